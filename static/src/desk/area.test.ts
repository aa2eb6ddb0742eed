import { expect, test } from 'vitest';
import { boxCorners, isArea, touches } from './area.ts';
import type { Corner } from './state.ts';

const square = boxCorners([0, 0, 10, 10]);
const box = (west: number, south: number, east: number, north: number) => [...boxCorners([west, south, east, north]), [west, south]];

test('what has no position lies in no area', () => {
  expect(touches(null, square)).toBe(false);
});

test('a point lies within or without, in the bay of a hooked area without', () => {
  const hook: Corner[] = [[0, 0], [10, 0], [10, 10], [8, 10], [8, 2], [0, 2]];
  expect(touches({ type: 'Point', coordinates: [9, 9] }, hook)).toBe(true);
  expect(touches({ type: 'Point', coordinates: [4, 6] }, hook)).toBe(false);
});

test('a polygon touches by a corner, by lying around the area, and by crossing it without a corner in it', () => {
  expect(touches({ type: 'Polygon', coordinates: [box(11, 0, 20, 5)] }, square)).toBe(false);
  expect(touches({ type: 'Polygon', coordinates: [box(9, 9, 20, 20)] }, square)).toBe(true);
  expect(touches({ type: 'Polygon', coordinates: [box(-5, -5, 20, 20)] }, square)).toBe(true);
  expect(touches({ type: 'Polygon', coordinates: [box(4, -5, 6, 15)] }, square)).toBe(true);
});

test('an area in the hole of a polygon touches it not', () => {
  expect(touches({ type: 'Polygon', coordinates: [box(-20, -20, 30, 30), box(-10, -10, 20, 20)] }, square)).toBe(false);
});

test('one part of many is enough', () => {
  expect(touches({ type: 'MultiPolygon', coordinates: [[box(50, 50, 60, 60)], [box(1, 1, 2, 2)]] }, square)).toBe(true);
});

test('two corners, a line and a bow tie are no area', () => {
  expect(isArea([[0, 0], [1, 1]])).toBe(false);
  expect(isArea([[0, 0], [1, 1], [2, 2]])).toBe(false);
  expect(isArea([[0, 0], [1, 1], [1, 0], [0, 1]])).toBe(false);
  expect(isArea([[0, 0], [1, 0], [0, 1]])).toBe(true);
});
