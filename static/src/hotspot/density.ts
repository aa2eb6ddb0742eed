/** Makes a smooth picture of a density that is known in the middles of hexagons. */

import type { Geometry, Position } from 'geojson';
import { colors } from '../scheme.ts';

/** A value in a place. */
export interface Sample {
  /** Longitude and latitude in degrees. */
  at: Position;
  value: number;
}

/** The middle of a hexagon: the mean of its corners. */
export function middleOf(geometry: Geometry | null): Position | undefined {
  if (geometry?.type !== 'Polygon') return undefined;
  const corners = geometry.coordinates[0]?.slice(1) ?? [];
  if (corners.length === 0) return undefined;
  const mean = (axis: 0 | 1) => corners.reduce((sum, corner) => sum + corner[axis]!, 0) / corners.length;
  return [mean(0), mean(1)];
}

/** Between the samples: each weighs by a bell of `sigma` metres; undefined farther than `reach` metres from all of them. */
export function valueAt(samples: readonly Sample[], [lon, lat]: Position, sigma: number, reach: number): number | undefined {
  const [perLon, perLat] = [111_320 * Math.cos(((lat as number) * Math.PI) / 180), 110_574];
  let [sum, weights, closest] = [0, 0, Infinity];
  for (const { at, value } of samples) {
    const y = ((at[1] as number) - (lat as number)) * perLat;
    if (Math.abs(y) > 4 * sigma) continue;
    const x = ((at[0] as number) - (lon as number)) * perLon;
    const squared = x * x + y * y;
    const weight = Math.exp(-squared / (2 * sigma * sigma));
    sum += weight * value;
    weights += weight;
    closest = Math.min(closest, squared);
  }
  return closest <= reach * reach && weights > 0 ? sum / weights : undefined;
}

/** The colours of the scale from nothing to the most; their lightness alone tells the order. */
const RAMP = ['#f1f6ee', '#c4dfc6', '#8cc0a3', '#4f9c85', '#1f7268', '#0a4245'] as const;

/** The same on a dark ground, where what is most is lightest. */
const DARK_RAMP = ['#1c2b2c', '#1c4a49', '#2a736b', '#55a289', '#98cda9', '#e2f4da'] as const;

/** The scale of the page's scheme. */
export function ramp(): readonly string[] {
  return colors().isDark ? DARK_RAMP : RAMP;
}

/** A colour of the scale, 0 being its start and 1 its end, as red, green and blue. */
export function rampColour(share: number, scale = ramp()): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const [from, to] = [Math.floor(at), Math.ceil(at)].map((index) => channels(scale[index]!)) as [number[], number[]];
  return from.map((channel, index) => Math.round(channel + (to[index]! - channel) * (at - Math.floor(at)))) as [number, number, number];
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/** A picture with its corners in the order that MapLibre wants: top left, top right, bottom right, bottom left. */
export interface Picture {
  canvas: HTMLCanvasElement;
  corners: [[number, number], [number, number], [number, number], [number, number]];
}

/** Pixels of the picture from side to side: cells are far coarser than that. */
const WIDTH = 240;

/** The picture of the samples, of cells so many metres wide; `most` is where the scale ends. */
export function paintDensity(samples: readonly Sample[], cell: number, most: number): Picture {
  const [lons, lats] = [samples.map(({ at }) => at[0]!), samples.map(({ at }) => at[1]!)];
  const margin = cell / 111_320;
  const [west, south, east, north] = [Math.min(...lons) - margin, Math.min(...lats) - margin, Math.max(...lons) + margin, Math.max(...lats) + margin];
  const mercator = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  const [top, bottom] = [mercator(north), mercator(south)];
  const height = Math.max(1, Math.round((WIDTH * (top - bottom)) / (((east - west) * Math.PI) / 180)));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, height];
  const context = canvas.getContext('2d');
  const image = context?.createImageData(WIDTH, height);
  const scale = ramp();
  for (let y = 0; image && y < height; y += 1) {
    // Rows are as far apart as on the map, which is in Mercator.
    const lat = (360 / Math.PI) * Math.atan(Math.exp(top - ((y + 0.5) / height) * (top - bottom))) - 90;
    for (let x = 0; x < WIDTH; x += 1) {
      const value = valueAt(samples, [west + ((x + 0.5) / WIDTH) * (east - west), lat], cell * 0.45, cell * 0.6);
      if (value === undefined) continue;
      image.data.set([...rampColour(most > 0 ? value / most : 0, scale), 225], 4 * (y * WIDTH + x));
    }
  }
  if (image) context?.putImageData(image, 0, 0);
  return { canvas, corners: [[west, north], [east, north], [east, south], [west, south]] };
}
