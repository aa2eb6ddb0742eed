import { expect, test } from 'vitest';
import { zoneOf } from './vn2000.ts';

/** Longitude, latitude; easting and northing in EPSG:5897 and in EPSG:9209, worked out with PROJ's cs2cs 9.1.1. */
const PAIRS: [lonLat: [number, number], hanoi: [number, number], neighbours: [number, number]][] = [
  [[105.8542, 21.0285], [588591.944, 2326345.3117], [536619.8872, 2326149.2446]],
  [[105.545, 21.017], [556456.2877, 2324931.3156], [504481.8821, 2324835.9482]],
  [[105.41, 21.2], [542370.7581, 2345149.109], [490460.3878, 2345097.3024]],
  [[105.95, 20.69], [598771.5939, 2288924.5303], [546682.315, 2288700.2654]],
  [[105.3, 21.05], [530981.6892, 2328517.2872], [479019.2207, 2328501.6127]],
];

const uri = (code: number) => `http://www.opengis.net/def/crs/EPSG/0/${code}`;

test('what is no zone of VN-2000 is none', () => {
  for (const crs of [undefined, '', uri(4326), uri(3405), uri(6956), 'http://www.opengis.net/def/crs/OGC/1.3/CRS84']) expect(zoneOf(crs), crs).toBeUndefined();
});

test('degrees become eastings and northings to the millimetre, in Hanoi’s zone and in the neighbours’', () => {
  for (const [lonLat, ...planes] of PAIRS) {
    [5897, 9209].forEach((code, i) => {
      const [east, north] = zoneOf(uri(code))!.toPlane(lonLat);
      expect(Math.abs(east - planes[i]![0]), `${lonLat} in ${code}`).toBeLessThan(0.001);
      expect(Math.abs(north - planes[i]![1]), `${lonLat} in ${code}`).toBeLessThan(0.001);
    });
  }
});
