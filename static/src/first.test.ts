import { expect, test } from 'vitest';
import { sightOf, type Place } from './first.ts';

// A square of a degree of longitude, drawn 2,000 units wide, whose corner lies at 105° E, 21° N: 105 / 360 + 0.5 of the world's
// width from its west and, by the formula of the projection, this much from its north.
const NORTH = 0.5 - Math.log((1 + Math.sin((21 * Math.PI) / 180)) / (1 - Math.sin((21 * Math.PI) / 180))) / (4 * Math.PI);
const PLACE: Place = { corner: [105 / 360 + 0.5, NORTH], scale: 2000 * 360, size: [2000, 2000] };
const FRAME: [number, number] = [1048, 648];

test('an address that asks for what the drawing does not have shows none of it', () => {
  for (const fragment of ['#as-of=2024-12-31', '#status=unknown', '#hotspots=cells', '#plan=a', '#clusters/a', '#layers=clusters&map=10/21/105', '#district=x', '#map=13/21/105', '#map=10/21/105/30', '#map=x/y', '#map=']) expect(sightOf(fragment, PLACE, FRAME), fragment).toBeUndefined();
  expect(sightOf('', PLACE, [40, 40])).toBeUndefined();
});

test('without a camera all of it is in sight with a margin, in the middle', () => {
  const { corner, pixels, mark } = sightOf('', PLACE, FRAME)!;
  // 600 of 648 pixels for 2,000 units: 0.3 pixels a unit, so the frame is 3,493.3 by 2,160 units.
  expect([...corner, pixels].map((one) => Math.round(one * 10) / 10)).toEqual([-746.7, -80, 0.3]);
  // The world is 0.3 · 720,000 pixels wide: zoom log2(216,000 / 512) = 8.72, where marks have 0.5 + 0.22 · 0.72 / 3 of their size.
  expect(mark).toBeCloseTo(0.5528, 3);
});

test('marks of a city so small that it is seen from near are no larger than the map draws them', () => {
  // A thousandth of that degree: zoom 8.72 + log2(1000) = 18.69.
  expect(sightOf('', { ...PLACE, scale: 2000 * 360_000 }, FRAME)!.mark).toBe(1);
});

test('a camera is kept to, with the marks as large as the map will have them', () => {
  // At zoom 11 the world is 1,048,576 pixels wide, 1.4564 a unit; the middle lies half a degree east of the corner.
  const { corner, pixels, mark } = sightOf('#clusters/a&map=11/21/105.5', PLACE, FRAME)!;
  expect(pixels).toBeCloseTo(1.456356, 5);
  expect(corner[0] + 1048 / pixels / 2).toBeCloseTo(1000, 6);
  expect(corner[1] + 648 / pixels / 2).toBeCloseTo(0, 6);
  expect(mark).toBeCloseTo(0.72, 6);
});
