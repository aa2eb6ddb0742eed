/** The surveyed vertices of a plan: where each is drawn, and its numbers as the register has them. */

import type { Geometry, Position } from 'geojson';
import type { Point } from './plane.ts';

/** A vertex that was found. */
export interface Vertex {
  lonLat: [number, number];
  /** Easting and northing as surveyed. */
  surveyed: Point;
}

/** The same feature as it is drawn and as it is stored. */
export interface Pair {
  drawn: Geometry | null;
  stored: Geometry | null;
}

/** Vertices that can be searched by place. */
export class Vertices {
  // Four numbers a vertex: longitude, latitude, easting, northing.
  private readonly numbers: Float64Array;

  /** A feature whose two forms do not have the same vertices is left out: no vertex is ever given another's numbers. */
  constructor(pairs: Iterable<Pair>) {
    const numbers: number[] = [];
    for (const { drawn, stored } of pairs) {
      const [at, surveyed] = [positions(drawn), positions(stored)];
      if (at.length !== surveyed.length) continue;
      at.forEach(([lon, lat], i) => numbers.push(lon!, lat!, surveyed[i]![0]!, surveyed[i]![1]!));
    }
    this.numbers = Float64Array.from(numbers);
  }

  /** How many there are; shared corners count for each feature. */
  get count(): number {
    return this.numbers.length / 4;
  }

  /** The nearest vertex no farther away than `reach`, in degrees of latitude; undefined where there is none. */
  nearest([lon, lat]: readonly [number, number], reach: number): Vertex | undefined {
    const { numbers } = this;
    const shrink = Math.cos((lat * Math.PI) / 180);
    let best = -1;
    let least = reach * reach;
    for (let i = 0; i < numbers.length; i += 4) {
      const dy = numbers[i + 1]! - lat;
      if (dy > reach || -dy > reach) continue;
      const dx = (numbers[i]! - lon) * shrink;
      const squared = dx * dx + dy * dy;
      // The first of several on one place: a shared corner has the same numbers in each lot.
      if (squared < least || (squared === least && best < 0)) [best, least] = [i, squared];
    }
    if (best < 0) return undefined;
    return { lonLat: [numbers[best]!, numbers[best + 1]!], surveyed: [numbers[best + 2]!, numbers[best + 3]!] };
  }
}

function positions(geometry: Geometry | null): Position[] {
  if (!geometry) return [];
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap(positions);
  if (geometry.type === 'Point') return [geometry.coordinates];
  if (geometry.type === 'MultiPoint' || geometry.type === 'LineString') return geometry.coordinates;
  return geometry.type === 'MultiPolygon' ? geometry.coordinates.flat(2) : geometry.coordinates.flat();
}
