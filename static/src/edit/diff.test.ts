import { expect, test } from 'vitest';
import { geometryChanges, valueChanges } from './diff.ts';

test('only what differs is told, in the order of the declaration', () => {
  expect(valueChanges({ a: 1, b: 'x', c: null }, { b: 'y', a: 2 }, ['b', 'a', 'c'])).toEqual([
    { name: 'b', before: 'x', after: 'y' },
    { name: 'a', before: 1, after: 2 },
  ]);
});

test('of a record that was made or deleted the other side is empty', () => {
  expect(valueChanges(null, { a: 1 }, [])).toEqual([{ name: 'a', before: null, after: 1 }]);
  expect(valueChanges({ a: 1 }, null, [])).toEqual([{ name: 'a', before: 1, after: null }]);
});

test('an outline that moved is there twice, with the vertices that went and came', () => {
  const line = (...coordinates: number[][]) => ({ type: 'LineString' as const, coordinates });
  const { features } = geometryChanges(line([0, 0], [1, 1]), line([0, 0], [2, 1]));
  expect(features.map(({ properties, geometry }) => [properties!.part, geometry.type])).toEqual([
    ['before', 'LineString'],
    ['after', 'LineString'],
    ['gone', 'Point'],
    ['new', 'Point'],
  ]);
  expect(geometryChanges(line([0, 0], [1, 1]), line([0, 0], [1, 1])).features).toHaveLength(1);
  expect(geometryChanges(null, null).features).toEqual([]);
});
