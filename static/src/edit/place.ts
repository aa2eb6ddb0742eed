/** From where someone points or what someone types to a vertex with the numbers that are stored. */

import type { Zone } from '../survey/vn2000.ts';
import type { Vertex } from './shape.ts';

/** The system in which vertices are made: that of the survey where there is one, else longitude and latitude. */
export interface PlaceSystem {
  /** The zone of the stored numbers; undefined where longitude and latitude are stored. */
  stored: Zone | undefined;
  /** The zone in which numbers are read out and typed. */
  shown: Zone | undefined;
}

/** A millimetre on the plane, a tenth of one in degrees: finer than any pointer, and short to read. */
const onPlane = (value: number) => Math.round(value * 1e3) / 1e3;
const inDegrees = (value: number) => Math.round(value * 1e9) / 1e9;

/** The vertex at a longitude and latitude that was pointed at. */
export function pointed({ stored }: PlaceSystem, [lon, lat]: readonly [number, number]): Vertex {
  const at = [inDegrees(lon), inDegrees(lat)] as const;
  return { at, stored: stored ? stored.toPlane([lon, lat]).map(onPlane) : at };
}

/** The vertex that was snapped to: another's vertex keeps its numbers, a place on a side is rounded as what is pointed at. */
export function snapped({ stored }: PlaceSystem, snap: Vertex & { kind: 'vertex' | 'edge' }): Vertex {
  if (snap.kind === 'vertex') return { at: snap.at, stored: snap.stored };
  return { at: snap.at, stored: snap.stored.slice(0, 2).map(stored ? onPlane : inDegrees) };
}

/** The vertex of a northing and easting that were typed, exactly as typed where the plane is what is stored. */
export function typedOnPlane({ stored, shown }: PlaceSystem, north: number, east: number): Vertex | undefined {
  if (!shown) return undefined;
  const at = shown.toLonLat([east, north]);
  if (!isPlace(at)) return undefined;
  if (!stored) return { at, stored: at.map(inDegrees) };
  return { at, stored: stored.epsg === shown.epsg ? [east, north] : stored.toPlane(at).map(onPlane) };
}

/** The vertex of a latitude and longitude that were typed. */
export function typedInDegrees({ stored }: PlaceSystem, lat: number, lon: number): Vertex | undefined {
  const at = [lon, lat] as const;
  if (!isPlace(at)) return undefined;
  return { at, stored: stored ? stored.toPlane(at).map(onPlane) : at };
}

/** Northing and easting of a vertex, as stored where the plane is what is stored; undefined where no zone is known. */
export function planeOf({ stored, shown }: PlaceSystem, vertex: Vertex): { north: number; east: number } | undefined {
  if (!shown) return undefined;
  const [east, north] = stored?.epsg === shown.epsg ? vertex.stored : shown.toPlane(vertex.at);
  return { north: north!, east: east! };
}

/** In the wider surroundings of Vietnam: a swapped or mistyped number lands elsewhere. */
const isPlace = ([lon, lat]: readonly [number, number]) => lon > 101 && lon < 118 && lat > 6 && lat < 25;
