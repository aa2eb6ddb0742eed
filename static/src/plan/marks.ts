/** The marks of findings: each class has its own outline and colour, and what accuses nobody is hollow. */

import type { VNode } from 'preact';
import { colors, type Colors } from '../scheme.ts';
import { h } from '../ui/h.ts';
import type { FindingClass } from './review.ts';

const SIZE = 28;

interface Mark {
  outline: string;
  fill: string;
  stroke: string;
  ink: string;
  dash: number[];
}

type Tones = Pick<Colors, 'paper' | 'breached' | 'ink' | 'quiet' | 'accent'>;

/** How the marks look in the colours of a scheme, with 4.5:1 between ink and fill. */
export const markLooks = ({ paper, breached, ink, quiet, accent }: Tones): Record<FindingClass, Mark> => ({
  error: { outline: 'M14 1.5L26.5 14L14 26.5L1.5 14Z', fill: breached, stroke: paper, ink: paper, dash: [] },
  warning: { outline: 'M14 2L26.5 25H1.5Z', fill: '#ffd166', stroke: '#6b4a00', ink: '#3d2b00', dash: [] },
  undetermined: { outline: 'M3 3h22v22H3Z', fill: paper, stroke: quiet, ink, dash: [4, 2.6] },
  unknown: { outline: 'M14 2a12 12 0 1 1 0 24a12 12 0 0 1 0-24Z', fill: paper, stroke: quiet, ink, dash: [4, 2.6] },
  info: { outline: 'M14 2a12 12 0 1 1 0 24a12 12 0 0 1 0-24Z', fill: paper, stroke: accent, ink: accent, dash: [] },
});

// Of the style sheet, so that marks on the page turn with it.
const ON_PAGE = markLooks({ paper: 'var(--paper)', breached: 'var(--breached)', ink: 'var(--ink)', quiet: 'var(--quiet)', accent: 'var(--accent)' });

/** The map's name of a mark. */
export function markName(kind: FindingClass): string {
  return `finding-${kind}`;
}

/** The mark as pixels for the map. */
export function markImage(kind: FindingClass, ratio: number): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE * ratio;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no 2-D canvas to draw the map marks on');
  const { outline, fill, stroke, dash } = markLooks(colors())[kind];
  context.scale(ratio, ratio);
  const path = new Path2D(outline);
  context.fillStyle = fill;
  context.fill(path);
  context.strokeStyle = stroke;
  context.lineWidth = 1.8;
  context.lineJoin = 'round';
  context.setLineDash(dash);
  context.stroke(path);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The mark with its number for the page; the number also stands in words beside it. */
export function markElement(kind: FindingClass, number?: number): VNode {
  const { outline, fill, stroke, ink, dash } = ON_PAGE[kind];
  return h(
    'svg',
    { viewBox: `0 0 ${SIZE} ${SIZE}`, class: 'finding-mark', 'aria-hidden': 'true' },
    h('path', { d: outline, fill, stroke, 'stroke-width': 1.8, 'stroke-dasharray': dash.length > 0 ? dash.join(' ') : null }),
    number !== undefined && h('text', { x: SIZE / 2, y: kind === 'warning' ? 21.5 : 18.4, 'text-anchor': 'middle', 'font-size': number > 99 ? 9.5 : 12, 'font-weight': 600, fill: ink }, number),
  );
}
