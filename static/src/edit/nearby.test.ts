import { expect, test } from 'vitest';
import type { Site } from '../sites.ts';
import { fitted } from './photo.ts';
import { sitesNear } from './nearby.ts';

const site = (id: string, point: [number, number] | null, geometry: Site['geometry'] = null): Site => ({ key: `clusters/${id}`, collection: 'clusters', id, name: id, status: 'unknown', statusTitle: '', point, geometry, properties: {} });
const area = (x: number, y: number, hole = false): Site['geometry'] => ({
  type: 'MultiPolygon',
  coordinates: [[[[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y + 0.01], [x, y]], ...(hole ? [[[x + 0.004, y + 0.004], [x + 0.006, y + 0.004], [x + 0.006, y + 0.006], [x + 0.004, y + 0.004]]] : [])]],
});

test('the site whose boundary holds the place comes before one whose mark is nearer', () => {
  const near = sitesNear([105.009, 21.009], [site('mark', [105.0091, 21.0091]), site('area', [105.005, 21.005], area(105, 21))]);
  expect(near.map(({ site: { id }, metres }) => [id, metres === 0])).toEqual([['area', true], ['mark', false]]);
});

test('a place in a hole is not within, and a site far away or without a place is none', () => {
  expect(sitesNear([105.0055, 21.0045], [site('area', null, area(105, 21, true))])).toEqual([]);
  expect(sitesNear([105, 21], [site('far', [106, 21]), site('nowhere', null)])).toEqual([]);
});

test('a degree of longitude is shorter than one of latitude', () => {
  // 0.01° of longitude at 21° north is 111,320 m × 0.01 × cos 21° = 1039 m.
  expect(sitesNear([105, 21], [site('east', [105.01, 21])])[0]!.metres).toBeCloseTo(1039.3, 0);
});

test('a picture is made smaller and never larger, its shape kept', () => {
  expect(fitted(8000, 6000)).toEqual({ width: 2560, height: 1920 });
  expect(fitted(3000, 6000)).toEqual({ width: 1280, height: 2560 });
  expect(fitted(640, 480)).toEqual({ width: 640, height: 480 });
  expect(fitted(10000, 1)).toEqual({ width: 2560, height: 1 });
});
