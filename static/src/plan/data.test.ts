import { expect, test } from 'vitest';
import { entryOf, occurring, type LegendEntry, type Part } from './data.ts';

const entry = (code: string | null): LegendEntry => ({ code, title: { vi: code ?? 'khác', en: code ?? 'other' }, colour: '#000000' });
const LEGEND = [entry('CN'), entry('CX'), entry(null)];
const part = (code: unknown, size: number): Part => ({ id: `${code}-${size}`, properties: { land_use_code: code }, drawn: null, stored: null, size });

test('a code that has no line, and none at all, go to the line of all others', () => {
  expect(entryOf(LEGEND, 'ONT')?.code).toBeNull();
  expect(entryOf(LEGEND, null)?.code).toBeNull();
  expect(entryOf(LEGEND, undefined)?.code).toBeNull();
  expect(entryOf([], 'CN')).toBeUndefined();
});

test('a legend lists what occurs and nothing else, in its own order, with sums', () => {
  const rows = occurring(LEGEND, [part('X', 5), part('CN', 100), part(null, 1), part('CN', 20)], 'land_use_code');
  expect(rows.map(({ entry, count, size }) => [entry.code, count, size])).toEqual([
    ['CN', 2, 120],
    [null, 2, 6],
  ]);
  expect(occurring(LEGEND, [], 'land_use_code')).toEqual([]);
});
