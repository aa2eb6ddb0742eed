/** Small planar geometry in degrees, for placing labels, framing sites and drawing the ring of uncertainty. */

import type { Geometry, Polygon, Position } from 'geojson';

/** West, south, east, north. */
export type Box = [number, number, number, number];

/** The smallest box around the geometries, or null where none has a position. */
export function boxOf(...geometries: (Geometry | null)[]): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const geometry of geometries) {
    if (geometry) eachPosition(geometry, ([x, y]) => {
      box[0] = Math.min(box[0], x!);
      box[1] = Math.min(box[1], y!);
      box[2] = Math.max(box[2], x!);
      box[3] = Math.max(box[3], y!);
    });
  }
  return Number.isFinite(box[0]) ? box : null;
}

/**
 * One position that stands for the geometry: a point itself; for areas the middle of the widest stretch
 * inside the largest part, along the part's middle latitude. The centroid would not do: it lies outside
 * a crescent, and a click on the mark must hit the site.
 */
export function pointOn(geometry: Geometry | null): Position | null {
  if (!geometry) return null;
  switch (geometry.type) {
    case 'Point':
      return geometry.coordinates;
    case 'Polygon':
      return insideRings(geometry.coordinates);
    case 'MultiPolygon': {
      const parts = [...geometry.coordinates].sort((a, b) => ringArea(b[0] ?? []) - ringArea(a[0] ?? []));
      return parts[0] ? insideRings(parts[0]) : null;
    }
    default: {
      const box = boxOf(geometry);
      return box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    }
  }
}

/** A ring of the given radius in metres around a position, round on the ground near it. */
export function ringAround([lon, lat]: Position, metres: number, corners = 72): Polygon {
  const degrees = metres / 111_320;
  const shrink = Math.cos((lat! * Math.PI) / 180);
  const ring = Array.from({ length: corners + 1 }, (_, corner): Position => {
    const angle = (2 * Math.PI * (corner % corners)) / corners;
    return [lon! + (degrees * Math.cos(angle)) / shrink, lat! + degrees * Math.sin(angle)];
  });
  return { type: 'Polygon', coordinates: [ring] };
}

function insideRings(rings: Position[][]): Position | null {
  const box = boxOf({ type: 'Polygon', coordinates: rings });
  if (!box) return null;
  // Off the exact middle, so that the line does not run along an edge or through a corner of a neat shape.
  const y = box[1] + (box[3] - box[1]) * 0.4999;
  const crossings = rings
    .flatMap((ring) =>
      ring.slice(1).flatMap(([x2, y2], i) => {
        const [x1, y1] = ring[i]!;
        return y1! > y !== y2! > y ? [x1! + ((y - y1!) / (y2! - y1!)) * (x2! - x1!)] : [];
      }),
    )
    .sort((a, b) => a - b);
  let widest: [number, number] = [box[0], box[2]];
  let width = -1;
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i]!, crossings[i + 1]!];
    if (to - from > width) [widest, width] = [[from, to], to - from];
  }
  return [(widest[0] + widest[1]) / 2, y];
}

function ringArea(ring: Position[]): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) twice += ring[i - 1]![0]! * ring[i]![1]! - ring[i]![0]! * ring[i - 1]![1]!;
  return Math.abs(twice) / 2;
}

function eachPosition(geometry: Geometry, visit: (position: Position) => void): void {
  if (geometry.type === 'GeometryCollection') {
    for (const part of geometry.geometries) eachPosition(part, visit);
    return;
  }
  const walk = (value: unknown[]): void => {
    if (typeof value[0] === 'number') visit(value as Position);
    else for (const part of value) walk(part as unknown[]);
  };
  walk(geometry.coordinates);
}
