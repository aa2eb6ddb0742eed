/** What a vertex can snap to: vertices and sides of the features around it, with the numbers that these are stored with. */

import type { Geometry, Position } from 'geojson';
import { Vertices, type Pair } from '../../survey/vertices.ts';
import type { Vertex } from '../shape.ts';

/** A place that was snapped to. */
export interface Snap extends Vertex {
  kind: 'vertex' | 'edge';
}

/** Vertices and sides that can be searched by place; vertices come before sides. */
export class Targets {
  private readonly vertices: Vertices;
  // Eight numbers a side: both ends as drawn, then both as stored.
  private readonly sides: Float64Array;

  /** A feature whose two forms do not have the same vertices is left out. */
  constructor(pairs: readonly Pair[]) {
    const sound = pairs.filter(({ drawn, stored }) => drawn && stored);
    this.vertices = new Vertices(sound);
    const sides: number[] = [];
    for (const { drawn, stored } of sound) {
      const [at, numbers] = [linesOf(drawn!), linesOf(stored!)];
      at.forEach((line, l) => {
        const other = numbers[l];
        if (other?.length !== line.length) return;
        for (let i = 1; i < line.length; i++) sides.push(...pair(line[i - 1]!), ...pair(line[i]!), ...pair(other[i - 1]!), ...pair(other[i]!));
      });
    }
    this.sides = Float64Array.from(sides);
  }

  /** The nearest vertex no farther away than `reach` (degrees of latitude), else the nearest place on a side. */
  nearest(place: readonly [number, number], reach: number): Snap | undefined {
    const vertex = this.vertices.nearest(place, reach);
    if (vertex) return { kind: 'vertex', at: vertex.lonLat, stored: vertex.surveyed };
    const { sides } = this;
    const [lon, lat] = place;
    const shrink = Math.cos((lat * Math.PI) / 180);
    let best: Snap | undefined;
    let least = reach * reach;
    for (let i = 0; i < sides.length; i += 8) {
      const [x1, y1, x2, y2] = [(sides[i]! - lon) * shrink, sides[i + 1]! - lat, (sides[i + 2]! - lon) * shrink, sides[i + 3]! - lat];
      const [dx, dy] = [x2 - x1, y2 - y1];
      const length = dx * dx + dy * dy;
      if (length === 0) continue;
      const share = Math.min(1, Math.max(0, -(x1 * dx + y1 * dy) / length));
      const squared = (x1 + share * dx) ** 2 + (y1 + share * dy) ** 2;
      if (squared > least || (squared === least && best)) continue;
      least = squared;
      const along = (from: number, to: number) => sides[i + from]! + share * (sides[i + to]! - sides[i + from]!);
      best = { kind: 'edge', at: [along(0, 2), along(1, 3)], stored: [along(4, 6), along(5, 7)] };
    }
    return best;
  }
}

const pair = (position: Position): [number, number] => [position[0]!, position[1]!];

function linesOf(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case 'LineString':
      return [geometry.coordinates];
    case 'MultiLineString':
    case 'Polygon':
      return geometry.coordinates;
    case 'MultiPolygon':
      return geometry.coordinates.flat();
    case 'GeometryCollection':
      return geometry.geometries.flatMap(linesOf);
    default:
      return [];
  }
}
