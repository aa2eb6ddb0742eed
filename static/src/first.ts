/** The drawing of the city that the server puts into the page: it stands where the map will, until that is there. */

import { colors, type Colors } from './scheme.ts';
import type { SiteCollection, Status } from './sites.ts';
import { lookOf, OUTLINE, SIGN, SYMBOL_SIZE, symbolScale } from './symbols.ts';

/** A drawing of the whole city is too coarse for more. */
const DEEPEST = 12;

/** What the map leaves free around the city. */
export const PADDING = 24;

/** Where a drawing lies: its corner on the square of the world, and how many of its units that is wide. */
export interface Place {
  corner: [number, number];
  scale: number;
  size: [number, number];
}

interface Drawing extends Place {
  demo: boolean;
  land: string[];
  water: string;
  sites: { collection: SiteCollection; status: Status; at: number[] }[];
}

/** Which part of a drawing is seen: what lies in the frame's corner, the pixels of a unit, and how large marks are of their full size. */
export interface Sight {
  corner: [number, number];
  pixels: number;
  mark: number;
}

/**
 * What of the drawing an address shows in a frame of so many pixels; undefined where it asks for something that the drawing
 * does not have: another day, a filter, a mode, a site that is yet to be framed.
 */
export function sightOf(fragment: string, { corner: [west, north], scale, size }: Place, frame: [number, number]): Sight | undefined {
  const parts = fragment.replace(/^#/, '').split('&').filter(Boolean);
  const camera = parts.find((part) => part.startsWith('map='));
  if (parts.some((part) => part.includes('=') && part !== camera) || (parts.length > 0 && !camera)) return undefined;
  const around = ([x, y]: readonly [number, number], pixels: number): Sight => ({
    corner: [x - frame[0] / pixels / 2, y - frame[1] / pixels / 2],
    pixels,
    mark: symbolScale(Math.log2((pixels * scale) / 512)),
  });
  if (!camera) {
    const pixels = Math.min((frame[0] - 2 * PADDING) / size[0], (frame[1] - 2 * PADDING) / size[1]);
    return pixels > 0 ? around([size[0] / 2, size[1] / 2], pixels) : undefined;
  }
  const [zoom = NaN, lat = NaN, lon = NaN, bearing = 0] = camera.slice(4).split('/').map(Number);
  if (![zoom, lat, lon].every(Number.isFinite) || bearing !== 0 || zoom > DEEPEST) return undefined;
  const sin = Math.sin((lat * Math.PI) / 180);
  return around([(lon / 360 + 0.5 - west) * scale, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI) - north) * scale], (512 * 2 ** zoom) / scale);
}

/** Shows the drawing, where there is one and the address asks for what it has. */
export function showFirst(fragment: string): void {
  const data = document.getElementById('first-data');
  const frame = document.querySelector('.map-frame');
  if (!data || !frame) return;
  const drawing = JSON.parse(data.textContent) as Drawing;
  data.remove();
  // It takes room from the map.
  if (drawing.demo) showNotice();
  // In whole pixels: nothing of it is cut off.
  const { width, height } = frame.getBoundingClientRect();
  const size: [number, number] = [Math.floor(width), Math.floor(height)];
  const sight = sightOf(fragment, drawing, size);
  if (!sight) return;
  const picture = document.createElement('img');
  picture.id = 'first-map';
  // What it shows is read out of the map and the table that follow.
  picture.alt = '';
  picture.src = `data:image/svg+xml,${encodeURIComponent(svgOf(drawing, sight, size, colors()))}`;
  frame.prepend(picture);
  document.documentElement.toggleAttribute('data-first', true);
}

/** What the sight shows of a drawing, as an SVG picture of so many pixels in these colours. */
export function svgOf({ land, water, sites }: Pick<Drawing, 'land' | 'water' | 'sites'>, { corner: [left, top], pixels, mark }: Sight, [width, height]: [number, number], c: Colors): string {
  const ground = land.map((one) => `<path d="${one}"/>`).join('');
  const marks = sites.map(({ collection, status, at }, i) => {
    const { fill, stroke, sign } = lookOf(status, c);
    const half = SYMBOL_SIZE / 2;
    const shape = `<g id="m${i}" transform="scale(${mark}) translate(${-half} ${-half})"><path d="${OUTLINE[collection]}" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/><path d="${SIGN[status]}" fill="none" stroke="${sign}" stroke-width="2.6"/></g>`;
    const places = at.flatMap((x, j) => (j % 2 === 0 ? [`<use href="#m${i}" x="${rounded((x - left) * pixels)}" y="${rounded((at[j + 1]! - top) * pixels)}"/>`] : []));
    return `<defs>${shape}</defs>${places.join('')}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" stroke-linecap="round" stroke-linejoin="round">`,
    `<g transform="scale(${pixels}) translate(${-left} ${-top})"><g fill="${c.land}" fill-rule="evenodd" stroke="${c.border}" stroke-width="${0.7 / pixels}">${ground}</g>`,
    `<path d="${water}" fill="none" stroke="${c.water}" stroke-width="${1.4 / pixels}"/></g>`,
    ...marks,
    '</svg>',
  ].join('');
}

/** To a tenth of a pixel. */
function rounded(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** That some of it is made up stands there from the first moment on. */
function showNotice(): void {
  const notice = document.getElementById('demo-notice');
  if (!notice) return;
  const lang = new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'vi';
  notice.querySelector(`:scope > :not([lang=${lang}])`)?.remove();
  notice.hidden = false;
}

/** Takes the drawing away: the map is there, or none will be. */
export function endFirst(): void {
  document.documentElement.toggleAttribute('data-first', false);
  document.getElementById('first-map')?.remove();
}
