/** Where a vertex lies and how large a shape is, in words. */

import { grouped, metres } from '../../survey/numbers.ts';
import { areaOf, lengthOf } from '../../survey/plane.ts';
import { planeOf, type PlaceSystem } from '../place.ts';
import { verticesOf, type Shape, type Vertex } from '../shape.ts';
import { w } from '../words.ts';

/** The numbers of a vertex. */
export function numbersText(system: PlaceSystem, vertex: Vertex): string {
  const plane = planeOf(system, vertex);
  return plane ? `${w('northing')} ${metres(plane.north)}, ${w('easting')} ${metres(plane.east)}` : `${w('latitude')} ${vertex.at[1]}, ${w('longitude')} ${vertex.at[0]}`;
}

/** The number of vertices, with the length of lines and the surface of areas on the plane. */
export function statusText(system: PlaceSystem, shape: Shape): string {
  const all = verticesOf(shape);
  if (all.length === 0) return w('noPlace');
  const count = w('vertexCount', { count: all.length });
  if (!system.shown) return count;
  const plane = (ring: readonly Vertex[]) => ring.map((vertex) => planeOf(system, vertex)!).map(({ east, north }) => [east, north] as const);
  if (shape.kind === 'Point') return numbersText(system, all[0]!.vertex);
  if (shape.kind === 'LineString') return `${count} · ${w('length', { length: grouped(shape.parts.reduce((sum, [line]) => sum + lengthOf(plane(line ?? [])), 0), 2) })}`;
  const surface = shape.parts.reduce((sum, rings) => sum + rings.reduce((part, ring, r) => part + (r === 0 ? 1 : -1) * areaOf(plane(ring)), 0), 0);
  return `${count} · ${w('surface', { area: grouped(surface, 1) })}`;
}
