/**
 * Work on a shape: the vertex that is chosen, whether a ring is still drawn, and the steps that can be taken back. Each step makes
 * new work of the old; where a place lies is for others to know.
 */

import { appended, inserted, moved, removed, samePath, sameShape, vertexAt, verticesOf, withoutRing, type Path, type Shape, type Vertex } from '../shape.ts';

export interface Work {
  shape: Shape;
  chosen: Path | undefined;
  /** The last ring is open: the next vertices go into it. */
  isDrawing: boolean;
  /** The shapes before this one, the newest last, and those that were taken back. */
  past: readonly Shape[];
  future: readonly Shape[];
}

/** The vertex that is chosen. */
export const chosenOf = ({ shape, chosen }: Work): Vertex | undefined => chosen && vertexAt(shape, chosen);

/** Whether the shape is one point, which a new place moves. */
export const isOnePoint = ({ shape, isDrawing }: Work): boolean => shape.kind === 'Point' && !shape.multi && !isDrawing;

/** The ring that is being drawn. */
export const lastRing = ({ parts }: Shape): readonly Vertex[] => parts.at(-1)?.at(-1) ?? [];

/** Half way from a vertex to the next one. */
export function middleAfter({ parts }: Shape, { part, ring, vertex }: Path): [number, number] {
  const vertices = parts[part]![ring]!;
  const [a, b] = [vertices[vertex]!.at, vertices[(vertex + 1) % vertices.length]!.at];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** The work to begin with: a shape that is there, or an empty one to be drawn. */
export function begun(shape: Shape | undefined, empty: Shape): Work {
  return { shape: shape ?? empty, chosen: undefined, isDrawing: shape === undefined, past: [], future: [] };
}

/** A changed shape, so that the step can be taken back. */
export function taken(work: Work, shape: Shape): Work {
  if (shape.kind === work.shape.kind && shape.parts.length === work.shape.parts.length && sameShape(shape, work.shape)) return work;
  return { ...work, shape, past: [...work.past, work.shape], future: [] };
}

/** The shape before the last step. */
export function takenBack(work: Work): Work {
  const shape = work.past.at(-1);
  return shape ? fitting({ ...work, shape, past: work.past.slice(0, -1), future: [...work.future, work.shape] }) : work;
}

/** The step that was taken back, done again. */
export function doneAgain(work: Work): Work {
  const shape = work.future.at(-1);
  return shape ? fitting({ ...work, shape, past: [...work.past, work.shape], future: work.future.slice(0, -1) }) : work;
}

/** A vertex that is gone is not chosen any more, and a shape without a part is one to be drawn. */
function fitting(work: Work): Work {
  return { ...work, chosen: chosenOf(work) && work.chosen, isDrawing: work.isDrawing || work.shape.parts.length === 0 };
}

/** A shape of another kind, to be drawn. */
export function ofKind(work: Work, empty: Shape): Work {
  return empty.kind === work.shape.kind ? work : taken({ ...work, chosen: undefined, isDrawing: true }, empty);
}

/** A ring more, which is drawn now. */
export const drawingOn = (work: Work, shape: Shape): Work => ({ ...work, shape, chosen: undefined, isDrawing: true });

/** Drawing has ended; a ring without any vertex is not kept. */
export function finished(work: Work): Work {
  const { parts } = work.shape;
  const isEmpty = parts.length > 0 && lastRing(work.shape).length === 0;
  return { ...work, isDrawing: false, shape: isEmpty ? withoutRing(work.shape, { part: parts.length - 1, ring: parts.at(-1)!.length - 1 }) : work.shape };
}

/** A vertex more of what is drawn; a point is ready with it. One on the last vertex is none. */
export function placed(work: Work, vertex: Vertex): Work {
  const last = lastRing(work.shape).at(-1);
  if (last && last.at[0] === vertex.at[0] && last.at[1] === vertex.at[1]) return work;
  return added(work, vertex);
}

/** A vertex more of what is drawn, wherever it lies. */
export function added(work: Work, vertex: Vertex): Work {
  const after = taken(work, appended(work.shape, vertex));
  return work.shape.kind === 'Point' ? finished(after) : after;
}

/** The one point of the shape moved. */
export const pointMoved = (work: Work, to: Vertex): Work => taken(work, moved(work.shape, { part: 0, ring: 0, vertex: 0 }, to));

/** The chosen vertex moved. */
export const chosenMoved = (work: Work, to: Vertex): Work => (work.chosen ? taken(work, moved(work.shape, work.chosen, to)) : work);

/** The chosen vertex moved by a drag, which is no step until it ends. */
export const dragged = (work: Work, to: Vertex): Work => (work.chosen ? { ...work, shape: moved(work.shape, work.chosen, to) } : work);

/** The end of a drag that began with the shape `before`. */
export function dropped(work: Work, before: Shape): Work {
  return sameShape(before, work.shape) ? work : { ...work, past: [...work.past, before], future: [] };
}

/** A new vertex behind one, chosen; no step by itself. */
export function insertedAfter(work: Work, path: Path, vertex: Vertex): Work {
  return { ...work, shape: inserted(work.shape, path, vertex), chosen: { ...path, vertex: path.vertex + 1 } };
}

/** Without the chosen vertex; the next one is chosen then. */
export function withoutChosen(work: Work): Work {
  const { shape, chosen } = work;
  if (!chosen) return work;
  const changed = removed(shape, chosen);
  const left = changed.parts[chosen.part]?.[chosen.ring]?.length ?? 0;
  const next = left > 0 ? { ...chosen, vertex: Math.min(chosen.vertex, left - 1) } : undefined;
  return taken({ ...work, chosen: next, isDrawing: work.isDrawing || changed.parts.length === 0 }, changed);
}

/** Without the last vertex of what is drawn. */
export function withoutLast(work: Work): Work {
  const { shape } = work;
  const ring = lastRing(shape);
  if (ring.length === 0) return work;
  const [part, r] = [shape.parts.length - 1, shape.parts.at(-1)!.length - 1];
  if (ring.length === 1) return taken(work, withoutRing(shape, { part, ring: r }));
  return taken(work, { ...shape, parts: shape.parts.with(part, shape.parts[part]!.with(r, ring.slice(0, -1))) });
}

/** The vertex after the chosen one, or before it. */
export function stepped(work: Work, by: 1 | -1): Work {
  const all = verticesOf(work.shape);
  if (all.length === 0) return work;
  const now = all.findIndex(({ path }) => samePath(path, work.chosen));
  return { ...work, chosen: all[(Math.max(now, by < 0 ? 0 : -1) + by + all.length) % all.length]!.path };
}
