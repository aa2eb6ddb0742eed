import { expect, test } from 'vitest';
import { boxOf, pointOn, ringAround } from './geometry.ts';

test('nothing has no box and no point', () => {
  expect(boxOf(null)).toBeNull();
  expect(pointOn(null)).toBeNull();
  expect(pointOn({ type: 'MultiPolygon', coordinates: [] })).toBeNull();
});

test('the point of a U shape lies inside one of its arms, not in the gap', () => {
  // A U of outer width 10 and height 10; its gap is x 2..7 above y 2, so the right arm (7..10) is the wider one.
  const u = [[0, 0], [10, 0], [10, 10], [7, 10], [7, 2], [2, 2], [2, 10], [0, 10], [0, 0]];
  const [x, y] = pointOn({ type: 'Polygon', coordinates: [u] })!;
  expect(x).toBeCloseTo(8.5);
  expect(y).toBeCloseTo(5, 1);
});

test('the point of a polygon with a hole is not in the hole', () => {
  const outer = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];
  const hole = [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]];
  const [x] = pointOn({ type: 'Polygon', coordinates: [outer, hole] })!;
  expect(x! < 1 || x! > 9).toBe(true);
});

test('the largest part of a multipolygon carries the point', () => {
  const square = (x: number, size: number) => [[[x, 0], [x + size, 0], [x + size, size], [x, size], [x, 0]]];
  const [x] = pointOn({ type: 'MultiPolygon', coordinates: [square(0, 1), square(100, 4)] })!;
  expect(x).toBeCloseTo(102);
});

test('a ring of 1 km at 21° north spans 2 km from south to north and closes', () => {
  const ring = ringAround([105.85, 21.03], 1000);
  const box = boxOf(ring)!;
  expect((box[3] - box[1]) * 111_320).toBeCloseTo(2000, 0);
  expect((box[2] - box[0]) * 111_320 * Math.cos((21.03 * Math.PI) / 180)).toBeCloseTo(2000, 0);
  expect(ring.coordinates[0]!.at(-1)).toEqual(ring.coordinates[0]![0]);
});
