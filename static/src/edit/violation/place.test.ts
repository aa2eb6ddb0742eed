import { expect, test } from 'vitest';
import { zoneOf } from '../../survey/vn2000.ts';
import { spotText } from './place.ts';

const point = { type: 'Point' as const, coordinates: [105.7, 21.02] };

test('a place is read out on the plane where there is a zone, with how far it may be off', () => {
  expect(spotText({ point, precision: undefined }, undefined)).toBe('21.02, 105.7');
  expect(spotText({ point, precision: 8 }, zoneOf('http://www.opengis.net/def/crs/EPSG/0/5897'))).toMatch(/^X .*, Y .* · .*8 m/);
});
