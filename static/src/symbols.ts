/**
 * The marks of sites. The outline tells the kind (square: cluster, circle: village) and the sign inside
 * the status, so that nothing hangs on colour alone. Drawn from the same paths on the map and on the page.
 */

import { colors, type Colors } from './scheme.ts';
import type { SiteCollection, Status } from './sites.ts';

/** Status colours: told apart with every kind of colour blindness, and 4.5:1 against the page's paper. */
export function statusColors(of: Colors = colors()): Record<Status, string> {
  return { non_compliant: of.breached, unknown: of.unknown, compliant: of.met, not_applicable: of.idle };
}

/** The sign inside a mark, as a path in its square. */
export const SIGN: Record<Status, string> = {
  non_compliant: 'M12 6.4v6.8M12 17.2v.3',
  unknown: 'M8.8 9.4c.2-1.9 1.5-3 3.3-3 1.9 0 3.2 1.1 3.2 2.8 0 2.3-3.2 2.4-3.2 4.6M12.1 17.3v.3',
  compliant: 'M7.2 12.4l3.4 3.4 6.4-7.4',
  not_applicable: 'M8 12h8',
};

/** The outline of a mark, as a path in its square. */
export const OUTLINE: Record<SiteCollection, string> = {
  clusters: 'M4 2h16a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2Z',
  craft_villages: 'M12 1.5a10.5 10.5 0 1 1 0 21a10.5 10.5 0 0 1 0-21Z',
};

/** The side of the square that a mark fills. */
export const SYMBOL_SIZE = 24;

/** At which zooms of the map a mark has how much of its size; between them it grows evenly, and beyond them not at all. */
export const SYMBOL_SCALES: [zoom: number, scale: number][] = [[8, 0.5], [11, 0.72], [14, 1]];

/** How much of its size a mark has at a zoom. */
export function symbolScale(zoom: number): number {
  const next = SYMBOL_SCALES.findIndex(([at]) => zoom < at);
  // Before the first (0) and from the last on (-1).
  if (next <= 0) return SYMBOL_SCALES.at(next)![1];
  const [[from, less], [to, more]] = [SYMBOL_SCALES[next - 1]!, SYMBOL_SCALES[next]!];
  return less + ((more - less) * (zoom - from)) / (to - from);
}

/** The colours that marks are drawn in. */
export type Tones = Pick<Colors, 'paper' | 'breached' | 'unknown' | 'met' | 'idle'>;

interface Look {
  fill: string;
  stroke: string;
  sign: string;
}

/** How a mark looks. Where no rule applies it is hollow: it recedes behind those that say something. */
export function lookOf(status: Status, of: Tones): Look {
  const color = { non_compliant: of.breached, unknown: of.unknown, compliant: of.met, not_applicable: of.idle }[status];
  return status === 'not_applicable' ? { fill: of.paper, stroke: color, sign: color } : { fill: color, stroke: of.paper, sign: of.paper };
}

/** Draws the mark into the square of `SYMBOL_SIZE` at the context's origin. */
export function drawSymbol(context: CanvasRenderingContext2D, collection: SiteCollection, status: Status): void {
  const { fill, stroke, sign } = lookOf(status, colors());
  context.lineCap = context.lineJoin = 'round';
  const outline = new Path2D(OUTLINE[collection]);
  context.fillStyle = fill;
  context.fill(outline);
  context.strokeStyle = stroke;
  context.lineWidth = 1.5;
  context.stroke(outline);
  context.strokeStyle = sign;
  context.lineWidth = 2.6;
  context.stroke(new Path2D(SIGN[status]));
}

/** The mark as pixels for the map, at `ratio` device pixels per unit. */
export function symbolImage(collection: SiteCollection, status: Status, ratio: number): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SYMBOL_SIZE * ratio;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no 2-D canvas to draw the map marks on');
  context.scale(ratio, ratio);
  drawSymbol(context, collection, status);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The map's name of the pattern of areas with a status. */
export function patternName(status: Status): string {
  return `area-${status}`;
}

/** Stripes for areas in breach, dots for what is unknown; everything else is plain. */
export function patternImage(status: Status, ratio: number): ImageData {
  const size = 12;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * ratio;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no 2-D canvas to draw the map marks on');
  context.scale(ratio, ratio);
  context.fillStyle = context.strokeStyle = statusColors()[status];
  if (status === 'non_compliant') {
    context.lineWidth = 1.6;
    // Once more at either side, so that the stripes go on from tile to tile.
    for (const from of [-size, 0, size]) {
      context.beginPath();
      context.moveTo(from, size);
      context.lineTo(from + size, 0);
      context.stroke();
    }
  } else if (status === 'unknown') {
    for (const [x, y] of [[3, 3], [9, 9]] as const) {
      context.beginPath();
      context.arc(x, y, 1.2, 0, 2 * Math.PI);
      context.fill();
    }
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The map's name of a mark. */
export function symbolName(collection: SiteCollection, status: Status): string {
  return `${collection}-${status}`;
}
