import { expect, test } from 'vitest';
import type { Item } from '../api.ts';
import { checklistOf, stateOf } from './items.ts';

const item = (id: string, properties: Record<string, unknown>): Item => ({ type: 'Feature', id, geometry: null, properties });

test('an item without a record is listed and unknown, never complete or missing', () => {
  const { inside, outside } = checklistOf(['ROAD', 'POWER'], []);
  expect(inside.map((line) => [line.code, stateOf(line)])).toEqual([
    ['ROAD', 'unknown'],
    ['POWER', 'unknown'],
  ]);
  expect(outside).toEqual([]);
});

test('a record without a state is unknown', () => {
  const { inside } = checklistOf(['ROAD'], [item('a', { item_code: 'ROAD', status: null })]);
  expect(stateOf(inside[0]!)).toBe('unknown');
});

test('of several records the newest speaks, and one without a date gives way', () => {
  const { inside } = checklistOf(
    ['ROAD'],
    [
      item('undated', { item_code: 'ROAD', status: 'missing', state_date: null }),
      item('old', { item_code: 'ROAD', status: 'planned', state_date: '2024-01-01' }),
      item('new', { item_code: 'ROAD', status: 'complete', state_date: '2026-01-01' }),
    ],
  );
  expect(inside[0]!.item?.id).toBe('new');
});

test('inside and outside the fence are told apart; a record that does not say is inside', () => {
  const { inside, outside } = checklistOf(
    ['ROAD', 'POWER'],
    [item('out', { item_code: 'ROAD', status: 'complete', fence_side: 'outside' }), item('unsaid', { item_code: 'POWER', status: 'partial', fence_side: null })],
  );
  expect(inside.map((line) => [line.code, line.item?.id])).toEqual([
    ['ROAD', undefined],
    ['POWER', 'unsaid'],
  ]);
  expect(outside.map((line) => [line.code, line.item?.id])).toEqual([['ROAD', 'out']]);
});

test('fire protection is beside the thirteen: listed where it is on record, and not counted', () => {
  expect(checklistOf(['ROAD', 'FIRE'], []).inside.map(({ code }) => code)).toEqual(['ROAD']);
  const { inside } = checklistOf(['ROAD', 'FIRE'], [item('f', { item_code: 'FIRE', status: 'missing' })]);
  expect(inside.map(({ code, counted }) => [code, counted])).toEqual([
    ['ROAD', true],
    ['FIRE', false],
  ]);
});
