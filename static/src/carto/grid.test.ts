import type { LineString, Point } from 'geojson';
import { expect, test } from 'vitest';
import type { Box } from '../geometry.ts';
import { zoneOf } from '../survey/vn2000.ts';
import { gridOf, gridStep } from './grid.ts';

const zone = zoneOf('http://www.opengis.net/def/crs/EPSG/0/5897')!;
const words = { east: (km: number) => `E${km}`, north: (km: number) => `N${km}` };
/** Some 10 km around the middle of Hanoi. */
const BOX: Box = [105.8, 20.99, 105.9, 21.07];

test('lines lie as close as nine of them allow, and no closer than 100 m or farther than 50 km', () => {
  expect(gridStep(0)).toBe(100);
  expect(gridStep(900)).toBe(100);
  expect(gridStep(901)).toBe(200);
  expect(gridStep(10_400)).toBe(2000);
  expect(gridStep(1e7)).toBe(50_000);
});

test('every line is a round number on the plane, along all of it', () => {
  const lines = gridOf(BOX, zone, words).features.filter(({ geometry }) => geometry.type === 'LineString');
  expect(lines.length).toBeGreaterThan(6);
  for (const { geometry } of lines) {
    const places = (geometry as LineString).coordinates.map((place) => zone.toPlane(place));
    const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
    const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
    const round = spread(xs) < 0.01 ? xs[0]! : ys[0]!;
    expect(Math.min(spread(xs), spread(ys))).toBeLessThan(0.01);
    expect(Math.abs(round / 2000 - Math.round(round / 2000))).toBeLessThan(1e-5);
  }
});

test('numbers stand at the upper and the left edge, and name the line they stand on', () => {
  const labels = gridOf(BOX, zone, words).features.filter(({ geometry }) => geometry.type === 'Point');
  // PROJ's cs2cs puts 105.8542 E 21.0285 N at 588591.944, 2326345.312: the lines 584 to 592 km and 2322 to 2330 km run through the box.
  expect(labels.map(({ properties }) => properties!.label)).toEqual(expect.arrayContaining(['E584', 'E586', 'E588', 'E590', 'E592', 'N2324', 'N2326', 'N2328', 'N2330']));
  for (const { geometry, properties } of labels) {
    const [lon, lat] = (geometry as Point).coordinates as [number, number];
    const [x, y] = zone.toPlane([lon, lat]);
    if (properties!.label.startsWith('E')) {
      expect(lat).toBeCloseTo(BOX[3], 7);
      expect(x / 1000).toBeCloseTo(Number(properties!.label.slice(1)), 4);
    } else {
      expect(lon).toBeCloseTo(BOX[0], 7);
      expect(y / 1000).toBeCloseTo(Number(properties!.label.slice(1)), 4);
    }
  }
});
