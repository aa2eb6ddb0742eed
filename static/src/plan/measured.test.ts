import { expect, test } from 'vitest';
import type { Spot } from '../survey/tracker.ts';
import { measureFeatures, type Measured, type Placed } from './measured.ts';

const at = (east: number, north: number, surveyed = true): Placed => ({ lonLat: [east / 1e5, north / 1e5], point: [east, north], surveyed, from: 'pointer' });
const measured = (tool: Measured['tool'], ...points: Placed[]): Measured => ({ tool, points, zone: undefined, isRough: false });
const kinds = (of: Measured, last?: Spot) => measureFeatures(of, last).features.map(({ geometry, properties }) => properties?.part ?? geometry.type);
const labels = (of: Measured) => measureFeatures(of, undefined).features.flatMap(({ properties }) => properties?.label ?? []);

test('a length is a line, and each of its points says how far it is from the one before', () => {
  const way = measured('length', at(0, 0), at(3, 4));
  expect(kinds(way)).toEqual(['LineString', 'point', 'point']);
  expect(labels(way)).toEqual(['1', '2 · 5,000']);
  expect(labels({ ...way, isRough: true })).toEqual(['1', '2 · 5']);
});

test('an area is one from its third corner on, of which one may be where the mouse is', () => {
  const two = measured('area', at(0, 0), at(3, 0));
  expect(kinds(two)).toEqual(['LineString', 'point', 'point']);
  expect(kinds(two, at(3, 4, false))).toEqual(['Polygon', 'point', 'point']);
  expect(kinds(two, { ...at(3, 4, false), from: 'centre' })).toEqual(['LineString', 'point', 'point']);
});

test('a vertex that catches is marked, whether anything is measured or not', () => {
  expect(kinds(measured(undefined), at(3, 4))).toEqual(['snap']);
  expect(kinds(measured(undefined), at(3, 4, false))).toEqual([]);
});
