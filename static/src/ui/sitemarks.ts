/** The marks of sites and of outcomes as elements of the page; decoration, so they are hidden from screen readers. */

import type { VNode } from 'preact';
import type { Outcome } from '../api.ts';
import type { SiteCollection, Status } from '../sites.ts';
import { lookOf, OUTLINE, SIGN, SYMBOL_SIZE, type Tones } from '../symbols.ts';
import { h } from './h.ts';

// Of the style sheet, so that marks on the page turn with it.
const PAGE: Tones = { paper: 'var(--paper)', breached: 'var(--breached)', unknown: 'var(--unknown)', met: 'var(--met)', idle: 'var(--idle)' };

const VIEW_BOX = `0 0 ${SYMBOL_SIZE} ${SYMBOL_SIZE}`;

/** The mark of a site. */
export function siteMark(collection: SiteCollection, status: Status): VNode {
  const { fill, stroke, sign } = lookOf(status, PAGE);
  return h(
    'svg',
    { viewBox: VIEW_BOX, class: 'symbol', 'aria-hidden': 'true' },
    h('path', { d: OUTLINE[collection], fill, stroke, 'stroke-width': 1.5 }),
    h('path', { d: SIGN[status], fill: 'none', stroke: sign, 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }),
  );
}

/** Marks of outcomes: each has its own outline, sign and colour, and what is not known or not asked is hollow. */
const OUTCOME: Record<Outcome, { outline: string; sign: string; fill: string; stroke: string; ink: string; dash?: string }> = {
  breached: { outline: 'M12 1.5L22.5 12L12 22.5L1.5 12Z', sign: SIGN.non_compliant, fill: PAGE.breached, stroke: PAGE.breached, ink: PAGE.paper },
  unknown: { outline: 'M2.5 2.5h19v19h-19Z', sign: SIGN.unknown, fill: PAGE.paper, stroke: PAGE.unknown, ink: 'var(--quiet)', dash: '4 2.4' },
  met: { outline: OUTLINE.craft_villages, sign: SIGN.compliant, fill: PAGE.met, stroke: PAGE.met, ink: PAGE.paper },
  not_applicable: { outline: '', sign: SIGN.not_applicable, fill: 'none', stroke: 'none', ink: PAGE.idle },
};

/** The mark of an outcome, beside its word. */
export function outcomeMark(outcome: Outcome): VNode {
  const { outline, sign, fill, stroke, ink, dash } = OUTCOME[outcome];
  return h(
    'svg',
    { viewBox: VIEW_BOX, class: 'outcome-mark', 'aria-hidden': 'true' },
    outline !== '' && h('path', { d: outline, fill, stroke, 'stroke-width': 1.8, 'stroke-dasharray': dash }),
    h('path', { d: sign, fill: 'none', stroke: ink, 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }),
  );
}
