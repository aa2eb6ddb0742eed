import { expect, test } from 'vitest';
import { emptyShape, geometryOf, verticesOf, withHole, withPart, type Shape } from '../shape.ts';
import { added, begun, chosenMoved, chosenOf, doneAgain, dragged, drawingOn, dropped, finished, insertedAfter, middleAfter, ofKind, placed, stepped, taken, takenBack, withoutChosen, withoutLast, type Work } from './work.ts';

const at = (lon: number, lat: number) => ({ at: [lon, lat] as const, stored: [lon, lat] });
const empty = (type: string) => emptyShape(type)!;
const drawn = (...vertices: [number, number][]): Work => vertices.reduce((work, [lon, lat]) => placed(work, at(lon, lat)), begun(undefined, empty('Polygon')));
const square = finished(drawn([105, 21], [106, 21], [106, 22], [105, 22]));
const choose = (work: Work, vertex: number): Work => ({ ...work, chosen: { part: 0, ring: 0, vertex } });
const count = ({ shape }: Work) => verticesOf(shape).length;

test('vertices are drawn one after the other, and one on the last is none', () => {
  const work = drawn([105, 21], [106, 21], [106, 21], [106, 22]);
  expect(work.isDrawing).toBe(true);
  expect(count(work)).toBe(3);
  expect(geometryOf(finished(work).shape)).toMatchObject({ type: 'Polygon' });
});

test('a point is ready with its first place', () => {
  const work = added(begun(undefined, empty('Point')), at(105, 21));
  expect([work.isDrawing, count(work)]).toEqual([false, 1]);
});

test('steps are taken back and done again, until something else is done', () => {
  const back = takenBack(takenBack(square));
  expect(count(back)).toBe(2);
  expect(count(doneAgain(back))).toBe(3);
  expect(doneAgain(added(back, at(105.5, 22))).future).toEqual([]);
  expect(takenBack(begun(square.shape, square.shape))).toMatchObject({ past: [], future: [] });
});

test('a shape whose first vertex was taken back is to be drawn, and a vertex that is gone is not chosen', () => {
  const all = [1, 2, 3, 4].reduce(takenBack, { ...square, chosen: { part: 0, ring: 0, vertex: 3 } });
  expect([all.isDrawing, all.chosen, count(all)]).toEqual([true, undefined, 0]);
});

test('what changes nothing is no step', () => {
  expect(taken(square, square.shape)).toBe(square);
  expect(chosenMoved(choose(square, 1), at(106, 21)).past).toBe(square.past);
});

test('a shape that is still empty takes another kind', () => {
  const work = ofKind(begun(undefined, empty('Point')), empty('LineString'));
  expect(work.shape.kind).toBe('LineString');
  expect(takenBack(work).shape.kind).toBe('Point');
  expect(ofKind(square, empty('Polygon'))).toBe(square);
});

test('a drag is one step, however many places it goes through', () => {
  const dragging = [at(105.1, 21), at(105.2, 21)].reduce(dragged, choose(square, 0));
  const work = dropped(dragging, square.shape);
  expect(work.past).toHaveLength(square.past.length + 1);
  expect(chosenOf(takenBack(work))).toEqual(at(105, 21));
  expect(dropped(square, square.shape)).toBe(square);
});

test('a vertex that is put between two is chosen; the last one is followed by the first', () => {
  const path = { part: 0, ring: 0, vertex: 3 };
  expect(middleAfter(square.shape, path)).toEqual([105, 21.5]);
  const work = insertedAfter(square, path, at(105, 21.5));
  expect([count(work), chosenOf(work)]).toEqual([5, at(105, 21.5)]);
});

test('without the chosen vertex its follower is chosen; with too few left the ring goes', () => {
  const three = withoutChosen(choose(square, 3));
  expect([count(three), three.chosen?.vertex]).toEqual([3, 2]);
  const none = withoutChosen(three);
  expect([count(none), none.chosen, none.isDrawing]).toEqual([0, undefined, true]);
  expect(withoutChosen(square)).toBe(square);
});

test('the last vertex of what is drawn goes first', () => {
  const work = withoutLast(drawn([105, 21], [106, 21]));
  expect(verticesOf(work.shape).map(({ vertex }) => vertex)).toEqual([at(105, 21)]);
  expect(withoutLast(work).shape.parts).toEqual([]);
  expect(withoutLast(begun(undefined, empty('Polygon'))).past).toEqual([]);
});

test('a part or a hole that nothing was drawn of is not kept', () => {
  const many: Shape = { ...square.shape, multi: true };
  expect(finished(drawingOn(square, withPart(many))).shape.parts).toHaveLength(1);
  expect(finished(drawingOn(square, withHole(many))).shape.parts[0]).toHaveLength(1);
});

test('a walk through the vertices begins at either end and goes round', () => {
  const walk = (work: Work, by: 1 | -1) => stepped(work, by).chosen?.vertex;
  expect([walk(square, 1), walk(square, -1), walk(choose(square, 3), 1), walk(choose(square, 0), -1)]).toEqual([0, 3, 0, 3]);
});
