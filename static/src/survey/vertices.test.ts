import type { LineString } from 'geojson';
import { expect, test } from 'vitest';
import { Vertices } from './vertices.ts';

const line = (...coordinates: number[][]): LineString => ({ type: 'LineString', coordinates });
const drawn = line([105.66, 21.09], [105.661, 21.09]);
const stored = line([568586.421, 2333118.948], [568690.5, 2333119]);

test('nothing is found where there is nothing or all is too far away', () => {
  expect(new Vertices([]).nearest([105.66, 21.09], 1)).toBeUndefined();
  expect(new Vertices([{ drawn: null, stored: null }]).count).toBe(0);
  expect(new Vertices([{ drawn, stored }]).nearest([105.66, 21.0902], 0.0001)).toBeUndefined();
});

test('a feature whose two forms differ in their vertices gives none of its numbers away', () => {
  expect(new Vertices([{ drawn, stored: line([1, 2]) }]).count).toBe(0);
});

test('the nearest vertex comes with its surveyed numbers, digit by digit', () => {
  const found = new Vertices([{ drawn, stored }]).nearest([105.66004, 21.09001], 0.0001);
  expect(found).toEqual({ lonLat: [105.66, 21.09], surveyed: [568586.421, 2333118.948] });
});

test('nearness is that of the ground: a degree of longitude is shorter than one of latitude', () => {
  // 0.000105° of longitude at 21° north are 0.000098 of a degree of latitude.
  const vertices = new Vertices([{ drawn: line([105.660105, 21.09], [105.66, 21.0901]), stored: line([1, 1], [2, 2]) }]);
  expect(vertices.nearest([105.66, 21.09], 0.001)?.surveyed).toEqual([1, 1]);
});

test('a vertex right under the pointer is found with no reach at all', () => {
  expect(new Vertices([{ drawn, stored }]).nearest([105.66, 21.09], 0)?.surveyed).toEqual([568586.421, 2333118.948]);
});
