/** Whether a site touches an area that was drawn; planar in degrees, as the server's S_INTERSECTS of the same corners. */

import type { Geometry, Position } from 'geojson';
import type { Corner } from './state.ts';

type Place = readonly number[];

/** Whether any part of the geometry lies in the area; nothing does that has no position. */
export function touches(geometry: Geometry | null, area: readonly Corner[]): boolean {
  switch (geometry?.type) {
    case 'Point':
      return isInside(geometry.coordinates, [area]);
    case 'Polygon':
      return polygonTouches(geometry.coordinates, area);
    case 'MultiPolygon':
      return geometry.coordinates.some((polygon) => polygonTouches(polygon, area));
    default:
      return false;
  }
}

function polygonTouches(rings: Position[][], area: readonly Corner[]): boolean {
  return (
    rings.some((ring) => ring.some((corner) => isInside(corner, [area]))) ||
    area.some((corner) => isInside(corner, rings)) ||
    rings.some((ring) => edges(ring).some(([a, b]) => edges(area).some(([c, d]) => crosses(a, b, c, d))))
  );
}

/** Whether the place lies in the rings by the even-odd rule, so that a hole is outside. */
function isInside([x, y]: Place, rings: readonly (readonly Place[])[]): boolean {
  let inside = false;
  for (const ring of rings)
    for (const [[x1, y1], [x2, y2]] of edges(ring) as [[number, number], [number, number]][])
      if (y1 > y! !== y2 > y! && x! < x1 + ((y! - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  return inside;
}

/** The edges of a ring, closed whether or not it repeats its first corner. */
function edges<P extends Place>(ring: readonly P[]): [P, P][] {
  return ring.map((corner, i) => [corner, ring[(i + 1) % ring.length]!]);
}

function crosses(a: Place, b: Place, c: Place, d: Place): boolean {
  const side = (p: Place, q: Place, r: Place) => Math.sign((q[0]! - p[0]!) * (r[1]! - p[1]!) - (q[1]! - p[1]!) * (r[0]! - p[0]!));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Whether the corners make an area: three of them at least, no two edges crossing, and not all in one line. */
export function isArea(corners: readonly Corner[]): boolean {
  if (corners.length < 3) return false;
  const all = edges(corners);
  if (all.some(([a, b], i) => all.slice(i + 1).some(([c, d]) => crosses(a, b, c, d)))) return false;
  return Math.abs(all.reduce((sum, [[x1, y1], [x2, y2]]) => sum + (x1 * y2 - x2 * y1), 0)) > 1e-9;
}

/** The four corners of a box of west, south, east, north, counter-clockwise. */
export function boxCorners([west, south, east, north]: readonly [number, number, number, number]): Corner[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}

/** A corner as exact as the address keeps it: about a metre. */
export function rounded([lon, lat]: Corner): Corner {
  return [Number(lon.toFixed(5)), Number(lat.toFixed(5))];
}
