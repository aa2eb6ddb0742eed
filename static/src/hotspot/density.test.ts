import { expect, test } from 'vitest';
import { middleOf, rampColour, valueAt } from './density.ts';

test('a shape that is no polygon, or an empty one, has no middle', () => {
  expect(middleOf(null)).toBeUndefined();
  expect(middleOf({ type: 'Point', coordinates: [1, 2] })).toBeUndefined();
  expect(middleOf({ type: 'Polygon', coordinates: [] })).toBeUndefined();
});

test('the corner that closes a ring does not pull its middle', () => {
  expect(middleOf({ type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] })).toEqual([1, 1]);
});

test('far from every sample there is no value, and none is made up', () => {
  expect(valueAt([], [105.8, 21], 1800, 2400)).toBeUndefined();
  // A tenth of a degree of latitude is 11 km.
  expect(valueAt([{ at: [105.8, 21], value: 5 }], [105.8, 21.1], 1800, 2400)).toBeUndefined();
});

test('at one lone sample the value is its own; halfway between two alike it is their mean', () => {
  expect(valueAt([{ at: [105.8, 21], value: 5 }], [105.8, 21.01], 1800, 2400)).toBeCloseTo(5, 12);
  const two = [{ at: [105.8, 21], value: 2 }, { at: [105.8, 21.02], value: 4 }];
  expect(valueAt(two, [105.8, 21.01], 1800, 2400)).toBeCloseTo(3, 9);
});

test('values off either end of the scale have the colours of its ends', () => {
  expect(rampColour(-1)).toEqual(rampColour(0));
  expect(rampColour(7)).toEqual(rampColour(1));
  // #0a4245
  expect(rampColour(1)).toEqual([10, 66, 69]);
});

test('between two steps of a scale a colour is mixed of both', () => {
  expect(rampColour(0.25, ['#000000', '#0000c8', '#ff0000'])).toEqual([0, 0, 100]);
});
