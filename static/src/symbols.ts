/**
 * The marks of sites. The outline tells the kind (square: cluster, circle: village) and the sign inside
 * the status, so that nothing hangs on colour alone. Drawn from the same paths on the map and on the page.
 */

import type { Outcome } from './api.ts';
import { colors, type Colors } from './scheme.ts';
import type { SiteCollection, Status } from './sites.ts';

/** Status colours: told apart with every kind of colour blindness, and 4.5:1 against the page's paper. */
export function statusColors(of: Colors = colors()): Record<Status, string> {
  return { non_compliant: of.breached, unknown: of.unknown, compliant: of.met, not_applicable: of.idle };
}

// Of the style sheet, so that marks on the page turn with it.
const PAGE: Pick<Colors, 'paper' | 'breached' | 'unknown' | 'met' | 'idle'> = { paper: 'var(--paper)', breached: 'var(--breached)', unknown: 'var(--unknown)', met: 'var(--met)', idle: 'var(--idle)' };

const SIGN: Record<Status, string> = {
  non_compliant: 'M12 6.4v6.8M12 17.2v.3',
  unknown: 'M8.8 9.4c.2-1.9 1.5-3 3.3-3 1.9 0 3.2 1.1 3.2 2.8 0 2.3-3.2 2.4-3.2 4.6M12.1 17.3v.3',
  compliant: 'M7.2 12.4l3.4 3.4 6.4-7.4',
  not_applicable: 'M8 12h8',
};

const OUTLINE: Record<SiteCollection, string> = {
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

interface Look {
  fill: string;
  stroke: string;
  sign: string;
}

// Where no rule applies the mark is hollow: it recedes behind those that say something.
function look(status: Status, of: typeof PAGE): Look {
  const color = { non_compliant: of.breached, unknown: of.unknown, compliant: of.met, not_applicable: of.idle }[status];
  return status === 'not_applicable' ? { fill: of.paper, stroke: color, sign: color } : { fill: color, stroke: of.paper, sign: of.paper };
}

/** The mark as an SVG element of the page; decoration, so it is hidden from screen readers. */
export function symbolElement(collection: SiteCollection, status: Status): SVGSVGElement {
  const { fill, stroke, sign } = look(status, PAGE);
  const svg = svgElement('svg', { viewBox: `0 0 ${SYMBOL_SIZE} ${SYMBOL_SIZE}`, class: 'symbol', 'aria-hidden': 'true' });
  svg.append(
    svgElement('path', { d: OUTLINE[collection], fill, stroke, 'stroke-width': 1.5 }),
    svgElement('path', { d: SIGN[status], fill: 'none', stroke: sign, 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }),
  );
  return svg;
}

/** Marks of outcomes: each has its own outline, sign and colour, and what is not known or not asked is hollow. */
const OUTCOME: Record<Outcome, { outline: string; sign: string; fill: string; stroke: string; ink: string; dash?: string }> = {
  breached: { outline: 'M12 1.5L22.5 12L12 22.5L1.5 12Z', sign: SIGN.non_compliant, fill: PAGE.breached, stroke: PAGE.breached, ink: PAGE.paper },
  unknown: { outline: 'M2.5 2.5h19v19h-19Z', sign: SIGN.unknown, fill: PAGE.paper, stroke: PAGE.unknown, ink: 'var(--quiet)', dash: '4 2.4' },
  met: { outline: OUTLINE.craft_villages, sign: SIGN.compliant, fill: PAGE.met, stroke: PAGE.met, ink: PAGE.paper },
  not_applicable: { outline: '', sign: SIGN.not_applicable, fill: 'none', stroke: 'none', ink: PAGE.idle },
};

/** The mark of an outcome; decoration beside its word. */
export function outcomeElement(outcome: Outcome): SVGSVGElement {
  const { outline, sign, fill, stroke, ink, dash } = OUTCOME[outcome];
  const svg = svgElement('svg', { viewBox: `0 0 ${SYMBOL_SIZE} ${SYMBOL_SIZE}`, class: 'outcome-mark', 'aria-hidden': 'true' });
  if (outline) svg.append(svgElement('path', { d: outline, fill, stroke, 'stroke-width': 1.8, ...(dash ? { 'stroke-dasharray': dash } : {}) }));
  svg.append(svgElement('path', { d: sign, fill: 'none', stroke: ink, 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
  return svg;
}

/** Draws the mark into the square of `SYMBOL_SIZE` at the context's origin. */
export function drawSymbol(context: CanvasRenderingContext2D, collection: SiteCollection, status: Status): void {
  const { fill, stroke, sign } = look(status, colors());
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

/** An SVG element with attributes. */
export function svgElement<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number>): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
