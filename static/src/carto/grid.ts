/** The grid of Hanoi's VN-2000 zone in what is in sight: lines of round kilometres, each with its number at the edge. */

import type { Feature, FeatureCollection, Position } from 'geojson';
import type { Box } from '../geometry.ts';
import type { Zone } from '../survey/vn2000.ts';

/** Distances of the lines in metres. */
const STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000] as const;

/** So many lines are to be seen along the longer side of the map at the most. */
const MOST = 9;

/** Lines of a projection are bent on another: so many pieces follow the bend to less than a pixel. */
const PIECES = 8;

/** How far apart the lines are in a sight of so many metres. */
export function gridStep(metres: number): number {
  return STEPS.find((step) => metres / step <= MOST) ?? STEPS.at(-1)!;
}

/** Numbers of a grid as text, in kilometres. */
export interface GridWords {
  east(kilometres: number): string;
  north(kilometres: number): string;
}

/** The lines and numbers within a box of longitudes and latitudes. Eastings are told at the upper edge, northings at the left one. */
export function gridOf(box: Box, zone: Zone, words: GridWords): FeatureCollection {
  const [west, south, east, north] = box;
  const corners = [[west, south], [west, north], [east, south], [east, north]].map((corner) => zone.toPlane(corner));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [minX, maxX, minY, maxY] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const step = gridStep(Math.max(maxX - minX, maxY - minY));
  const features: Feature[] = [];
  const line = (at: number, from: readonly [number, number], to: readonly [number, number]) => {
    const coordinates = Array.from({ length: PIECES + 1 }, (_, i): Position => zone.toLonLat([from[0] + ((to[0] - from[0]) * i) / PIECES, from[1] + ((to[1] - from[1]) * i) / PIECES]));
    // Every fifth line leads the eye.
    features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { isMain: at % (5 * step) === 0 } });
  };
  const label = (text: string, place: Position, anchor: string, offset: [number, number]) => features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: place }, properties: { label: text, anchor, offset } });
  for (const x of multiples(minX, maxX, step)) {
    line(x, [x, minY], [x, maxY]);
    // Where the line meets the upper edge: its northing is found by coming closer, for the line is nearly straight.
    let y = maxY;
    for (let i = 0; i < 3; i += 1) y += zone.toPlane([zone.toLonLat([x, y])[0], north])[1] - y;
    const place = zone.toLonLat([x, y]);
    if (place[0] > west && place[0] < east) label(words.east(x / 1000), place, 'top', [0, 0.3]);
  }
  for (const y of multiples(minY, maxY, step)) {
    line(y, [minX, y], [maxX, y]);
    let x = minX;
    for (let i = 0; i < 3; i += 1) x += zone.toPlane([west, zone.toLonLat([x, y])[1]])[0] - x;
    const place = zone.toLonLat([x, y]);
    if (place[1] > south && place[1] < north) label(words.north(y / 1000), place, 'left', [0.3, 0]);
  }
  return { type: 'FeatureCollection', features };
}

function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}
