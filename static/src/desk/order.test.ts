import { expect, test } from 'vitest';
import type { Row } from './facets.ts';
import { ordered, worst } from './order.ts';

const row = (name: string, breaches: number | null, ratio: number | null) => ({ site: { key: name, name }, breaches, ratio }) as Row;
const names = (rows: Row[]) => rows.map(({ site }) => site.name).join('');
const rows = [row('A', 1, null), row('B', null, 9), row('C', 2, 0.5), row('D', 1, 3), row('E', 0, 8), row('F', 2, 0.5)];

test('no breach is no place among the worst, however dirty the water and however little is known', () => {
  expect(names(worst([row('A', null, 9), row('B', 0, 5)], 10))).toBe('');
});

test('more breaches stand first, then the higher ratio, an unknown one after every known one, then the name', () => {
  expect(names(worst(rows, 10))).toBe('CFDA');
  expect(names(worst(rows, 2))).toBe('CF');
});

test('what is not on record comes last both ways', () => {
  const byRatio = (row: Row) => row.ratio;
  expect(names(ordered(rows, { column: 'ratio', isDown: true }, byRatio))).toBe('BEDCFA');
  expect(names(ordered(rows, { column: 'ratio', isDown: false }, byRatio))).toBe('CFDEBA');
});
