import type { Geometry, MultiPolygon, Polygon } from 'geojson';
import { expect, test } from 'vitest';
import { appended, emptyShape, geometryOf, inserted, moved, removed, sameShape, shapeOf, withHole, withPart } from './shape.ts';

const drawn: Polygon = { type: 'Polygon', coordinates: [[[105, 21], [105.1, 21], [105.1, 21.1], [105, 21]]] };
// The same three corners as surveyed, with heights and every digit they came with.
const stored: Polygon = { type: 'Polygon', coordinates: [[[500000.123, 2322000.1, 5.25], [510388.0000001, 2322000, 6], [510388, 2333071.999, 7], [500000.123, 2322000.1, 5.25]]] };
const vertex = (lon: number, lat: number, east: number, north: number) => ({ at: [lon, lat] as const, stored: [east, north] });

test('what nobody touched goes back to the last digit, heights too', () => {
  expect(geometryOf(shapeOf(drawn, stored)!)).toEqual(stored);
});

test('two forms with other vertices are not taken for one, nor is a collection edited', () => {
  expect(shapeOf(drawn, { type: 'Polygon', coordinates: [stored.coordinates[0]!.slice(1)] })).toBeUndefined();
  expect(shapeOf(drawn, { type: 'MultiPolygon', coordinates: [stored.coordinates] })).toBeUndefined();
  expect(shapeOf({ type: 'GeometryCollection', geometries: [] })).toBeUndefined();
});

test('a moved vertex changes its place and keeps its height; the ring stays closed', () => {
  const after = geometryOf(moved(shapeOf(drawn, stored)!, { part: 0, ring: 0, vertex: 0 }, vertex(105, 21.01, 500001, 2322001))) as Polygon;
  expect(after.coordinates[0]![0]).toEqual([500001, 2322001, 5.25]);
  expect(after.coordinates[0]!.at(-1)).toEqual([500001, 2322001, 5.25]);
  expect(after.coordinates[0]!.slice(1, 3)).toEqual(stored.coordinates[0]!.slice(1, 3));
});

test('a vertex that is added behind the last lies before the closing one', () => {
  const after = geometryOf(inserted(shapeOf(drawn)!, { part: 0, ring: 0, vertex: 2 }, vertex(105, 21.05, 105, 21.05))) as Polygon;
  expect(after.coordinates[0]!.at(-2)).toEqual([105, 21.05]);
  expect(after.coordinates[0]).toHaveLength(5);
});

test('a ring that would be left with too few vertices goes whole, and with an outer ring its part', () => {
  const two: MultiPolygon = { type: 'MultiPolygon', coordinates: [drawn.coordinates, [[[1, 1], [2, 1], [2, 2], [1, 1]]]] };
  expect((geometryOf(removed(shapeOf(two)!, { part: 0, ring: 0, vertex: 1 })) as MultiPolygon).coordinates).toEqual([two.coordinates[1]]);
  expect(geometryOf(removed(shapeOf(drawn)!, { part: 0, ring: 0, vertex: 1 }))).toBeNull();
});

test('a shape is drawn vertex by vertex, with a second part and a hole', () => {
  let shape = emptyShape('MultiPolygon')!;
  for (const [x, y] of [[0, 0], [4, 0], [4, 4]]) shape = appended(shape, vertex(x!, y!, x!, y!));
  shape = withPart(shape);
  for (const [x, y] of [[10, 0], [14, 0], [14, 4]]) shape = appended(shape, vertex(x!, y!, x!, y!));
  shape = withHole(shape);
  for (const [x, y] of [[12, 1], [13, 1], [13, 2]]) shape = appended(shape, vertex(x!, y!, x!, y!));
  expect(geometryOf(shape)).toEqual({
    type: 'MultiPolygon',
    coordinates: [[[[0, 0], [4, 0], [4, 4], [0, 0]]], [[[10, 0], [14, 0], [14, 4], [10, 0]], [[12, 1], [13, 1], [13, 2], [12, 1]]]],
  } satisfies Geometry);
});

test('a shape is the same only to the last digit', () => {
  const one = shapeOf(drawn)!;
  expect(sameShape(one, shapeOf(structuredClone(drawn)))).toBe(true);
  expect(sameShape(one, moved(one, { part: 0, ring: 0, vertex: 0 }, vertex(105, 21, 105, 21.000000000001)))).toBe(false);
  expect(sameShape(undefined, one)).toBe(false);
});
