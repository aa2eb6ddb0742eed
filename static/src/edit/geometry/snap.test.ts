import { expect, test } from 'vitest';
import { zoneOf } from '../../survey/vn2000.ts';
import { planeOf, pointed, snapped, typedInDegrees, typedOnPlane } from '../place.ts';
import { Targets } from './snap.ts';

const lot = {
  drawn: { type: 'Polygon' as const, coordinates: [[[105, 21], [105.002, 21], [105.002, 21.002], [105, 21]]] },
  stored: { type: 'Polygon' as const, coordinates: [[[1000, 2000], [1200, 2000], [1200, 2200], [1000, 2000]]] },
};
const targets = new Targets([lot]);

test('a vertex is snapped to with its own numbers, before any side', () => {
  expect(targets.nearest([105.00005, 21.00001], 0.0001)).toEqual({ kind: 'vertex', at: [105, 21], stored: [1000, 2000] });
});

test('a side is snapped to where it is nearest, its numbers shared out between its ends', () => {
  // Half way along the lower side, 0.00005° above it.
  const snap = targets.nearest([105.001, 21.00005], 0.0001)!;
  expect(snap.kind).toBe('edge');
  expect(snap.at[0]).toBeCloseTo(105.001, 9);
  expect(snap.at[1]).toBeCloseTo(21, 9);
  expect(snap.stored[0]).toBeCloseTo(1100, 6);
  expect(snap.stored[1]).toBeCloseTo(2000, 6);
});

test('beyond its reach nothing is snapped to', () => {
  expect(targets.nearest([105.001, 21.01], 0.0001)).toBeUndefined();
  expect(new Targets([]).nearest([105, 21], 1)).toBeUndefined();
});

test('a feature whose stored form is not known is nothing to snap to', () => {
  expect(new Targets([{ drawn: lot.drawn, stored: null }]).nearest([105, 21], 1)).toBeUndefined();
});

const zone = zoneOf('http://www.opengis.net/def/crs/EPSG/0/5897')!;
const survey = { stored: zone, shown: zone };
const degrees = { stored: undefined, shown: zone };

test('a typed northing and easting is stored as typed, to the last digit', () => {
  expect(typedOnPlane(survey, 2325123.4567, 587654.321)!.stored).toEqual([587654.321, 2325123.4567]);
});

test('there and back from the plane comes to the same place within a tenth of a millimetre', () => {
  const made = typedOnPlane(degrees, 2325123.456, 587654.321)!;
  const back = planeOf(degrees, made)!;
  expect(back.north).toBeCloseTo(2325123.456, 3);
  expect(back.east).toBeCloseTo(587654.321, 3);
});

test('swapped numbers are elsewhere, and refused', () => {
  expect(typedOnPlane(survey, 587654, 2325123)).toBeUndefined();
  expect(typedInDegrees(degrees, 105.5, 21)).toBeUndefined();
  expect(typedInDegrees(degrees, 21, 105.5)!.stored).toEqual([105.5, 21]);
});

test('what is pointed at is stored to the millimetre; a vertex that was snapped to as it is', () => {
  for (const number of pointed(survey, [105.5, 21.02]).stored) expect(number * 1000).toBeCloseTo(Math.round(number * 1000), 4);
  expect(snapped(survey, { kind: 'vertex', at: [105, 21], stored: [587654.32145, 2325123.1] }).stored).toEqual([587654.32145, 2325123.1]);
  expect(snapped(survey, { kind: 'edge', at: [105, 21], stored: [587654.32145, 2325123.10004] }).stored).toEqual([587654.321, 2325123.1]);
});
