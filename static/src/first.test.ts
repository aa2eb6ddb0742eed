import { expect, test } from 'vitest';
import { sightOf, type Place } from './first.ts';

// A square of a degree of longitude, drawn 2,000 units wide; its corner lies at 105° E, 21° N, where the square of the world
// has 105 / 360 + 0.5 and, by the formula of the projection, 0.44035… from its north.
const NORTH = 0.5 - Math.log((1 + Math.sin((21 * Math.PI) / 180)) / (1 - Math.sin((21 * Math.PI) / 180))) / (4 * Math.PI);
const PLACE: Place = { west: 105 / 360 + 0.5, north: NORTH, scale: 2000 * 360, width: 2000, height: 2000 };
const FRAME = { width: 1048, height: 648 };

test('an address that asks for what the drawing does not have shows none of it', () => {
  for (const fragment of ['#as-of=2024-12-31', '#status=unknown', '#hotspots=cells', '#plan=a', '#clusters/a', '#layers=clusters&map=10/21/105', '#district=x', '#map=13/21/105', '#map=10/21/105/30', '#map=x/y', '#map=']) expect(sightOf(fragment, PLACE, FRAME, 24), fragment).toBeUndefined();
  expect(sightOf('', PLACE, { width: 40, height: 40 }, 24)).toBeUndefined();
});

test('without a camera all of it is in sight with a margin, in the middle', () => {
  const { viewBox, unit } = sightOf('', PLACE, FRAME, 24)!;
  // 600 of 648 pixels for 2,000 units: 0.3 pixels a unit, so the frame is 3,493.3 by 2,160 units.
  expect(viewBox.map((one) => Math.round(one * 10) / 10)).toEqual([-746.7, -80, 3493.3, 2160]);
  // The world is 0.3 · 720,000 pixels wide: zoom log2(216,000 / 512) = 8.72, where marks have 0.5 + 0.22 · 0.72 / 3 of their size.
  expect(unit).toBeCloseTo(0.5528 / 0.3, 2);
});

test('a camera is kept to, with the marks as large as the map will have them', () => {
  // At zoom 11 the world is 1,048,576 pixels wide, 1.4564 a unit; the middle lies half a degree east of the corner.
  const { viewBox, unit } = sightOf('#clusters/a&map=11/21/105.5', PLACE, FRAME, 24)!;
  expect(viewBox[0] + viewBox[2] / 2).toBeCloseTo(1000, 6);
  expect(viewBox[1] + viewBox[3] / 2).toBeCloseTo(0, 6);
  expect(viewBox[2]).toBeCloseTo(1048 / 1.456356, 3);
  expect(unit).toBeCloseTo(0.72 / 1.456356, 5);
});
