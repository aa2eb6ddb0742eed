/**
 * A geometry under the hands of an editor: parts of rings of vertices. Each vertex keeps the numbers it came with, in the system
 * the record is stored in, so that what nobody touched goes back to the last digit.
 */

import type { Geometry, Position } from 'geojson';

/** A vertex: where it is drawn, and its numbers in the system that is edited in. */
export interface Vertex {
  /** Longitude and latitude. */
  at: readonly [number, number];
  /** As it goes to the server; a height stays behind the two. */
  stored: readonly number[];
}

export type ShapeKind = 'Point' | 'LineString' | 'Polygon';

/** Rings are open here: the first vertex is not repeated. A point or line has one ring for each part. */
export interface Shape {
  kind: ShapeKind;
  multi: boolean;
  parts: readonly (readonly (readonly Vertex[])[])[];
}

/** The place of a vertex in a shape. */
export interface Path {
  part: number;
  ring: number;
  vertex: number;
}

const KINDS: Record<string, [ShapeKind, boolean]> = {
  Point: ['Point', false],
  MultiPoint: ['Point', true],
  LineString: ['LineString', false],
  MultiLineString: ['LineString', true],
  Polygon: ['Polygon', false],
  MultiPolygon: ['Polygon', true],
};

/** A shape without vertices, for a geometry type of a collection; undefined for a type that cannot be edited here. */
export function emptyShape(type: string): Shape | undefined {
  const known = KINDS[type];
  return known && { kind: known[0], multi: known[1], parts: [] };
}

/**
 * The shape of a geometry that is drawn in longitude and latitude and stored in another system; `stored` is the same geometry
 * there. Undefined where the two differ in their vertices or the type is a collection.
 */
export function shapeOf(drawn: Geometry, stored: Geometry = drawn): Shape | undefined {
  const known = KINDS[drawn.type];
  if (!known || drawn.type !== stored.type) return undefined;
  const [kind, multi] = known;
  const [at, numbers] = [partsOf(drawn, kind, multi), partsOf(stored, kind, multi)];
  let same = at.length === numbers.length;
  const parts = at.map((rings, p) => {
    same &&= rings.length === numbers[p]?.length;
    return rings.map((ring, r) => {
      same &&= ring.length === numbers[p]?.[r]?.length;
      return ring.map(([lon, lat], v): Vertex => ({ at: [lon!, lat!], stored: numbers[p]?.[r]?.[v] ?? [] }));
    });
  });
  return same ? { kind, multi, parts } : undefined;
}

function partsOf(geometry: Geometry, kind: ShapeKind, multi: boolean): Position[][][] {
  const { coordinates } = geometry as { coordinates: unknown[] };
  const list: unknown[] = multi ? coordinates : [coordinates];
  if (kind === 'Point') return list.map((at) => [[at as Position]]);
  if (kind === 'LineString') return list.map((line) => [line as Position[]]);
  return list.map((rings) => (rings as Position[][]).map((ring) => ring.slice(0, -1)));
}

/** The geometry of the shape in the stored system; null where it has no part. */
export function geometryOf(shape: Shape): Geometry | null {
  return assemble(shape, ({ stored }) => [...stored]);
}

/** The geometry of the shape as it is drawn. */
export function drawnOf(shape: Shape): Geometry | null {
  return assemble(shape, ({ at }) => [...at]);
}

function assemble({ kind, multi, parts }: Shape, position: (vertex: Vertex) => Position): Geometry | null {
  if (parts.length === 0) return null;
  const coordinates = parts.map((rings) => {
    const open = rings.map((ring) => ring.map(position));
    if (kind === 'Point') return open[0]![0];
    if (kind === 'LineString') return open[0];
    return open.map((ring) => (ring.length > 0 ? [...ring, ring[0]!] : ring));
  });
  return (multi ? { type: `Multi${kind}`, coordinates } : { type: kind, coordinates: coordinates[0] }) as Geometry;
}

/** Every vertex with its path, part by part. */
export function verticesOf(shape: Shape): { path: Path; vertex: Vertex }[] {
  return shape.parts.flatMap((rings, part) => rings.flatMap((ring, r) => ring.map((vertex, v) => ({ path: { part, ring: r, vertex: v }, vertex }))));
}

export function vertexAt(shape: Shape, path: Path): Vertex | undefined {
  return shape.parts[path.part]?.[path.ring]?.[path.vertex];
}

export const samePath = (a: Path | undefined, b: Path | undefined): boolean => a !== undefined && b !== undefined && a.part === b.part && a.ring === b.ring && a.vertex === b.vertex;

/** The shape with one ring replaced. */
function withRing(shape: Shape, { part, ring }: Path, change: (vertices: readonly Vertex[]) => readonly Vertex[]): Shape {
  const parts = shape.parts.map((rings, p) => (p === part ? rings.map((vertices, r) => (r === ring ? change(vertices) : vertices)) : rings));
  return { ...shape, parts };
}

/** The vertex moved; its height stays. */
export function moved(shape: Shape, path: Path, to: Vertex): Shape {
  return withRing(shape, path, (ring) => ring.map((vertex, v) => (v === path.vertex ? { at: to.at, stored: [...to.stored.slice(0, 2), ...vertex.stored.slice(2)] } : vertex)));
}

/** A new vertex behind the one at the path; it has the height of the one before it, where that has one. */
export function inserted(shape: Shape, path: Path, vertex: Vertex): Shape {
  return withRing(shape, path, (ring) => {
    const height = ring[path.vertex]?.stored.slice(2) ?? [];
    return ring.toSpliced(path.vertex + 1, 0, { at: vertex.at, stored: [...vertex.stored.slice(0, 2), ...height] });
  });
}

/** How many vertices a ring needs at least. */
export function leastOf(kind: ShapeKind): number {
  return { Point: 1, LineString: 2, Polygon: 3 }[kind];
}

/** The shape without the vertex; a ring that has too few left goes whole, and with an outer ring its part. */
export function removed(shape: Shape, path: Path): Shape {
  const ring = shape.parts[path.part]?.[path.ring];
  if (!ring) return shape;
  if (ring.length > leastOf(shape.kind)) return withRing(shape, path, (vertices) => vertices.toSpliced(path.vertex, 1));
  return withoutRing(shape, path);
}

/** The shape without a ring; with an outer ring its holes go too. */
export function withoutRing(shape: Shape, { part, ring }: Pick<Path, 'part' | 'ring'>): Shape {
  if (ring === 0) return { ...shape, parts: shape.parts.toSpliced(part, 1) };
  return { ...shape, parts: shape.parts.map((rings, p) => (p === part ? rings.toSpliced(ring, 1) : rings)) };
}

/** A further vertex of what is being drawn: at the end of the last ring of the last part. */
export function appended(shape: Shape, vertex: Vertex): Shape {
  if (shape.parts.length === 0) return { ...shape, parts: [[[vertex]]] };
  const part = shape.parts.length - 1;
  const ring = shape.parts[part]!.length - 1;
  const last = shape.parts[part]![ring]!.length - 1;
  return last < 0 ? withRing(shape, { part, ring, vertex: 0 }, () => [vertex]) : inserted(shape, { part, ring, vertex: last }, vertex);
}

/** A further, empty part, which the next vertices go into. */
export function withPart(shape: Shape): Shape {
  return { ...shape, parts: [...shape.parts, [[]]] };
}

/** A further, empty hole in the last part, which the next vertices go into. */
export function withHole(shape: Shape): Shape {
  const part = shape.parts.length - 1;
  return { ...shape, parts: shape.parts.map((rings, p) => (p === part ? [...rings, []] : rings)) };
}

/** Whether both have the same vertices with the same numbers. */
export function sameShape(a: Shape | undefined, b: Shape | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(geometryOf(a)) === JSON.stringify(geometryOf(b));
}
