import { expect, test } from 'vitest';
import { crossingsOf, faultsOf, isWithin } from './rings.ts';
import { shapeOf } from './shape.ts';

type Ring = [number, number][];
const square: Ring = [[0, 0], [4, 0], [4, 4], [0, 4]];
const polygon = (...rings: Ring[]) => shapeOf({ type: 'Polygon', coordinates: rings.map((ring) => [...ring, ring[0]!]) })!;

test('a square has no crossing, whichever way round', () => {
  expect(crossingsOf(square)).toEqual([]);
  expect(crossingsOf(square.toReversed())).toEqual([]);
});

test('a bow tie crosses in its middle', () => {
  // The sides (0,0)–(4,4) and (4,0)–(0,4) meet at (2,2).
  expect(crossingsOf([[0, 0], [4, 4], [4, 0], [0, 4]])).toEqual([{ side: 0, other: 2, at: [2, 2] }]);
});

test('a vertex that touches a far side, and a side that runs back over the last, are found', () => {
  expect(crossingsOf([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]]).map(({ at }) => at)).toContainEqual([2, 0]);
  expect(crossingsOf([[0, 0], [4, 0], [2, 0], [2, 3]]).length).toBeGreaterThan(0);
});

test('many sides are judged as by comparing each with each', () => {
  // A star of which every other point is pulled in does not cross; joining every second point of a circle does.
  const circle = Array.from({ length: 301 }, (_, i): [number, number] => [Math.cos((2 * Math.PI * i) / 301), Math.sin((2 * Math.PI * i) / 301)]);
  expect(crossingsOf(circle)).toEqual([]);
  const pentagram = Array.from({ length: 5 }, (_, i): [number, number] => [Math.cos((4 * Math.PI * i) / 5), Math.sin((4 * Math.PI * i) / 5)]);
  expect(crossingsOf(pentagram)).toHaveLength(5);
});

test('too few vertices, doubled ones and a hole outside are faults; a hole inside is none', () => {
  const kinds = (...rings: Ring[]) => faultsOf(polygon(...rings)).map(({ kind }) => kind);
  expect(kinds([[0, 0], [4, 0]])).toContain('few');
  expect(kinds([[0, 0], [4, 0], [4, 0], [4, 4]])).toContain('double');
  expect(kinds(square, [[5, 5], [6, 5], [6, 6]])).toContain('hole');
  expect(kinds(square, [[1, 1], [2, 1], [2, 2]])).toEqual([]);
  expect(faultsOf({ kind: 'Polygon', multi: false, parts: [] }).map(({ kind }) => kind)).toEqual(['empty']);
});

test('the border belongs to what it encloses', () => {
  expect(isWithin([4, 2], square)).toBe(true);
  expect(isWithin([2, 2], square)).toBe(true);
  expect(isWithin([4.001, 2], square)).toBe(false);
});
