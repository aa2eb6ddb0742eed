/** Lengths and areas on the plane of the projection, in metres: straight from surveyed numbers, without a transformation. */

import type { Geometry, Position } from 'geojson';

/** Easting and northing in metres. */
export type Point = readonly [east: number, north: number];

/** The straight distance of two points on the plane. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** The length of a line through the points; of a closed one the way back to the first counts too. */
export function lengthOf(points: readonly Point[], closed = false): number {
  const way = closed && points.length > 2 ? [...points, points[0]!] : points;
  return way.slice(1).reduce((sum, point, i) => sum + distance(way[i]!, point), 0);
}

/**
 * The area within the points, in square metres; whether the last repeats the first does not matter. Summed about the first
 * point: products of whole eastings and northings would eat up the digits of the millimetres.
 */
export function areaOf(points: readonly Point[]): number {
  const [x0, y0] = points[0] ?? [0, 0];
  let twice = 0;
  points.forEach(([x1, y1], i) => {
    const [x2, y2] = points[(i + 1) % points.length]!;
    twice += (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  });
  return Math.abs(twice) / 2;
}

/** Whether two sides of the closed outline cross: then it encloses no area that could be stated. */
export function crossesItself(points: readonly Point[]): boolean {
  const count = points.length;
  const side = (a: Point, b: Point, c: Point) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      const [a, b, c, d] = [points[i]!, points[i + 1]!, points[j]!, points[(j + 1) % count]!];
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}

/** The area of a feature on the plane without its holes, in square metres; zero for what has none. */
export function areaOfGeometry(geometry: Geometry | null): number {
  const ofRings = (rings: Position[][]) =>
    rings.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * areaOf(ring as unknown as Point[]), 0);
  if (geometry?.type === 'Polygon') return ofRings(geometry.coordinates);
  if (geometry?.type === 'MultiPolygon') return geometry.coordinates.reduce((sum, rings) => sum + ofRings(rings), 0);
  return 0;
}

/** The length of a line feature on the plane, in metres; zero for what is no line. */
export function lengthOfGeometry(geometry: Geometry | null): number {
  const ofLine = (line: Position[]) => lengthOf(line as unknown as Point[]);
  if (geometry?.type === 'LineString') return ofLine(geometry.coordinates);
  if (geometry?.type === 'MultiLineString') return geometry.coordinates.reduce((sum, line) => sum + ofLine(line), 0);
  return 0;
}
