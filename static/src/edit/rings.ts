/** What is wrong with a shape while it is drawn: sides that cross, too few vertices, vertices on each other. */

import { leastOf, type Path, type Shape } from './shape.ts';

type Point = readonly [number, number];

/** A fault of a shape, with a place to show. */
export interface ShapeFault {
  kind: 'crosses' | 'few' | 'double' | 'hole' | 'empty';
  path: Path;
  at: Point | undefined;
}

/** All faults, in the order of the vertices. Whatever passes here may still be refused by the server, which knows more rules. */
export function faultsOf(shape: Shape): ShapeFault[] {
  if (shape.parts.length === 0) return [{ kind: 'empty', path: { part: 0, ring: 0, vertex: 0 }, at: undefined }];
  return shape.parts.flatMap((rings, part) =>
    rings.flatMap((vertices, ring) => {
      const points = vertices.map(({ at }) => at);
      const faults: ShapeFault[] = [];
      const closed = shape.kind === 'Polygon';
      if (distinct(points) < leastOf(shape.kind)) faults.push({ kind: 'few', path: { part, ring, vertex: 0 }, at: points[0] });
      points.forEach((at, v) => {
        const next = points[v + 1] ?? (closed && points.length > 1 ? points[0] : undefined);
        if (next && next[0] === at[0] && next[1] === at[1]) faults.push({ kind: 'double', path: { part, ring, vertex: v }, at });
      });
      if (closed) faults.push(...crossingsOf(points).map(({ side, at }): ShapeFault => ({ kind: 'crosses', path: { part, ring, vertex: side }, at })));
      const outer = rings[0];
      if (closed && ring > 0 && outer && points.length > 0 && !points.every((at) => isWithin(at, outer.map((vertex) => vertex.at)))) {
        faults.push({ kind: 'hole', path: { part, ring, vertex: 0 }, at: points[0] });
      }
      return faults;
    }),
  );
}

/** Two sides of a closed ring that cross: the number of the first, and where. */
export interface Crossing {
  side: number;
  other: number;
  at: Point;
}

/**
 * Where sides of the closed ring cross each other, touch in a point that is no corner of both, or lie on each other. Sides are
 * taken from west to east, and only those whose ranges of longitude meet are compared.
 */
export function crossingsOf(ring: readonly Point[]): Crossing[] {
  const count = ring.length;
  const sides = ring
    .map((a, side) => {
      const b = ring[(side + 1) % count]!;
      return { side, a, b, west: Math.min(a[0], b[0]), east: Math.max(a[0], b[0]) };
    })
    .filter(({ a, b }) => a[0] !== b[0] || a[1] !== b[1])
    .sort((p, q) => p.west - q.west);
  const found: Crossing[] = [];
  sides.forEach((one, i) => {
    for (let j = i + 1; j < sides.length && sides[j]!.west <= one.east; j++) {
      const two = sides[j]!;
      const [first, second] = one.side < two.side ? [one, two] : [two, one];
      const at = meetingOf(first.a, first.b, second.a, second.b, isNeighbour(first.side, second.side, count));
      if (at) found.push({ side: first.side, other: second.side, at });
    }
  });
  return found.sort((p, q) => p.side - q.side || p.other - q.other);
}

const isNeighbour = (i: number, j: number, count: number) => j - i === 1 || (i === 0 && j === count - 1);

/** Twice the area of the triangle, by its turn. */
const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
const isBetween = (a: Point, b: Point, c: Point) => Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1]);

function meetingOf(a: Point, b: Point, c: Point, d: Point, neighbours: boolean): Point | undefined {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (neighbours) {
    // They share a corner; only a side that runs back over the other is wrong.
    const [corner, end, other] = b === c || (b[0] === c[0] && b[1] === c[1]) ? [b, a, d] : [a, b, c];
    const isStraight = turn(corner, end, other) === 0;
    const goesBack = (end[0] - corner[0]) * (other[0] - corner[0]) + (end[1] - corner[1]) * (other[1] - corner[1]) > 0;
    return isStraight && goesBack ? corner : undefined;
  }
  if (abc * abd < 0 && cda * cdb < 0) {
    const share = cda / (cda - cdb);
    return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
  }
  if (abc === 0 && isBetween(a, b, c)) return c;
  if (abd === 0 && isBetween(a, b, d)) return d;
  if (cda === 0 && isBetween(c, d, a)) return a;
  return cdb === 0 && isBetween(c, d, b) ? b : undefined;
}

/** Whether the place lies within the ring or on its border. */
export function isWithin([x, y]: Point, ring: readonly Point[]): boolean {
  let inside = false;
  for (let i = 0; i < ring.length; i++) {
    const [a, b] = [ring[i]!, ring[(i + 1) % ring.length]!];
    if (turn(a, b, [x, y]) === 0 && isBetween(a, b, [x, y])) return true;
    if (a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) inside = !inside;
  }
  return inside;
}

function distinct(points: readonly Point[]): number {
  return new Set(points.map(([x, y]) => `${x} ${y}`)).size;
}
