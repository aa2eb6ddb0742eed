/** A shape as the map draws it while it is edited: its sides, vertices, the middles where one can be added, and faults. */

import type { Feature, Geometry, Position } from 'geojson';
import type { ShapeFault } from '../rings.ts';
import { leastOf, samePath, verticesOf, type Path, type Shape } from '../shape.ts';

/** How the shape is being edited. */
export interface Strokes {
  shape: Shape;
  chosen: Path | undefined;
  /** The last ring is open: it is being drawn. */
  isDrawing: boolean;
  /** Where the next vertex would go. */
  next?: readonly [number, number] | undefined;
  snap?: readonly [number, number] | undefined;
  faults: ShapeFault[];
  isRoomy: IsRoomy;
}

/** The place half way between a vertex and the next one, where a new one can be added. */
export interface Middle {
  path: Path;
  at: [number, number];
}

/** Whether a side is long enough on the screen for its middle to be told from its ends. */
export type IsRoomy = (a: readonly [number, number], b: readonly [number, number]) => boolean;

/** The middles of sides with room for one; rings that are still drawn have none at their open end. */
export function middlesOf(shape: Shape, isDrawing: boolean, isRoomy: IsRoomy): Middle[] {
  if (shape.kind === 'Point') return [];
  return shape.parts.flatMap((rings, part) =>
    rings.flatMap((ring, r) => {
      const isOpen = shape.kind === 'LineString' || (isDrawing && isLast(shape, part, r));
      return ring.flatMap(({ at }, vertex): Middle[] => {
        const next = ring[vertex + 1]?.at ?? (isOpen || ring.length < 3 ? undefined : ring[0]!.at);
        return next && isRoomy(at, next) ? [{ path: { part, ring: r, vertex }, at: [(at[0] + next[0]) / 2, (at[1] + next[1]) / 2] }] : [];
      });
    }),
  );
}

const isLast = ({ parts }: Shape, part: number, ring: number) => part === parts.length - 1 && ring === parts[part]!.length - 1;

export function strokesOf({ shape, chosen, isDrawing, next, snap, faults, isRoomy }: Strokes): Feature[] {
  const features: Feature[] = [];
  const add = (geometry: Geometry, part: string) => features.push({ type: 'Feature', geometry, properties: { part } });
  const point = (at: readonly [number, number], part: string) => add({ type: 'Point', coordinates: [...at] }, part);
  shape.parts.forEach((rings, part) => {
    const closed: Position[][] = [];
    rings.forEach((ring, r) => {
      const line = ring.map(({ at }): Position => [...at]);
      const isOpen = shape.kind !== 'Polygon' || (isDrawing && isLast(shape, part, r));
      if (!isOpen && line.length >= leastOf('Polygon')) closed.push([...line, line[0]!]);
      const drawn = isOpen ? line : [...line, ...line.slice(0, 1)];
      if (shape.kind !== 'Point' && drawn.length > 1) add({ type: 'LineString', coordinates: drawn }, 'outline');
    });
    if (closed.length === rings.length && closed.length > 0) add({ type: 'Polygon', coordinates: closed }, 'fill');
  });
  if (isDrawing && next && shape.kind !== 'Point') {
    const ring = shape.parts.at(-1)?.at(-1) ?? [];
    const back = shape.kind === 'Polygon' && ring.length > 1 ? [ring[0]!.at] : [];
    if (ring.length > 0) add({ type: 'LineString', coordinates: [ring.at(-1)!.at, next, ...back].map((at) => [...at]) }, 'band');
  }
  if (!isDrawing) for (const { at } of middlesOf(shape, isDrawing, isRoomy)) point(at, 'middle');
  for (const { path, vertex } of verticesOf(shape)) point(vertex.at, samePath(path, chosen) ? 'chosen' : 'vertex');
  if (snap) point(snap, 'snap');
  for (const { at } of faults) if (at) point(at, 'fault');
  return features;
}
