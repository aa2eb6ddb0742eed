/** The drawing of the city that the server puts into the page: it stands where the map will, until that is there. */

import { colors } from './scheme.ts';
import type { SiteCollection, Status } from './sites.ts';
import { drawSymbol, SYMBOL_SIZE, symbolScale } from './symbols.ts';

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
  const [width, height] = [frame.clientWidth, frame.clientHeight];
  const sight = sightOf(fragment, drawing, [width, height]);
  if (!sight) return;
  const canvas = document.createElement('canvas');
  canvas.id = 'first-map';
  canvas.setAttribute('aria-hidden', 'true');
  const ratio = window.devicePixelRatio;
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  // What comes into the page later moves it, and does not stretch it.
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const context = canvas.getContext('2d');
  if (!context) return;
  draw(context, drawing, sight, ratio);
  frame.prepend(canvas);
  document.documentElement.toggleAttribute('data-first', true);
}

function draw(context: CanvasRenderingContext2D, { land, water, sites }: Drawing, { corner: [left, top], pixels, mark }: Sight, ratio: number): void {
  const c = colors();
  const unit = pixels * ratio;
  context.setTransform(unit, 0, 0, unit, -left * unit, -top * unit);
  context.lineJoin = context.lineCap = 'round';
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [c.land, c.border, 0.7 / pixels];
  for (const one of land) {
    const path = new Path2D(one);
    context.fill(path, 'evenodd');
    context.stroke(path);
  }
  [context.strokeStyle, context.lineWidth] = [c.water, 1.4 / pixels];
  context.stroke(new Path2D(water));
  const size = mark * ratio;
  for (const { collection, status, at } of sites) {
    for (let i = 0; i < at.length; i += 2) {
      context.setTransform(size, 0, 0, size, (at[i]! - left) * unit - (size * SYMBOL_SIZE) / 2, (at[i + 1]! - top) * unit - (size * SYMBOL_SIZE) / 2);
      drawSymbol(context, collection, status);
    }
  }
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
