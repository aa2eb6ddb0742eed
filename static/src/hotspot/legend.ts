/** The legend of hotspots for people who know no statistics, and what is shown. */

import type { VNode } from 'preact';
import type { Item } from '../api.ts';
import { formatDistance, formatNumber, t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { CLASSES, countBy, doubtsOf, reasonText, sideOf, TRENDS, trendText, type Density, type HotspotClass } from './data.ts';
import { ramp } from './density.ts';
import { cellLabel, RANK_STEPS, RANK_WIDTHS, tones } from './layers.ts';
import { s } from './words.ts';

/** What lies on the map: hexagons, or the smooth density. */
export const SURFACES = ['cells', 'density'] as const;
export type Surface = (typeof SURFACES)[number];

/** Chooses the surface and, unless `reaches` is undefined for want of any, whether they are drawn. */
export function showControl(surface: Surface, reaches: boolean | undefined, onSurface: (surface: Surface) => void, onReaches: (shown: boolean) => void): VNode {
  return h(
    'fieldset',
    { class: 'hot-show' },
    h('legend', {}, s('show')),
    ...SURFACES.map((one) => h('label', {}, h('input', { type: 'radio', name: 'hot-surface', value: one, checked: one === surface, onchange: () => onSurface(one) }), s(`show_${one}`))),
    reaches !== undefined && h('label', {}, h('input', { type: 'checkbox', id: 'hot-reaches', checked: reaches, onchange: () => onReaches(!reaches) }), s('reaches')),
  );
}

/** The classes and the marks of doubt with how many cells have each, in sight and in all; without a map, `seen` is undefined. */
export function classLegend(cells: readonly Item[], seen: readonly Item[] | undefined): Child[] {
  const [all, inSight] = [tally(cells), seen && tally(seen)];
  const count = (of: (one: Tally) => number) => h('span', { class: 'count' }, inSight ? s('cellsInSight', { seen: formatNumber(of(inSight)), count: formatNumber(of(all)) }) : s('cellCount', { count: formatNumber(of(all)) }));
  const line = (one: HotspotClass) => h('li', { 'data-class': one }, swatch(one), h('span', {}, s(`class_${one}`)), count(({ classes }) => classes.get(one) ?? 0));
  const group = (side: 'hot' | 'cold') => [h('h4', {}, s(`group_${side}`)), h('ul', { class: 'hot-classes' }, ...CLASSES.filter((one) => sideOf(one) === side).map(line))];
  const tested = cells.filter(({ properties }) => properties.hotspot_class !== 'none').length;
  const mark = (kind: 'unproven' | 'possible' | 'unstable') => h('li', {}, h('span', { class: `hot-swatch hot-${kind}`, 'aria-hidden': 'true' }, kind === 'unstable' ? '?' : ''), h('span', {}, s(kind)), count((one) => one[kind]));
  return [
    ...group('hot'),
    ...group('cold'),
    h(
      'ul',
      { class: 'hot-classes' },
      line('none'),
      mark('unproven'),
      mark('possible'),
      mark('unstable'),
    ),
    h('p', { class: 'quiet' }, seen ? `${t('seenHint')} ` : '', s('signs'), ' ', s('exact')),
    tested > 0 && all.unproven === tested && h('p', { class: 'hot-caution' }, s('allUnproven')),
  ];
}

/** How many of some cells have each class, and each mark of doubt. */
interface Tally {
  classes: Map<unknown, number>;
  unproven: number;
  possible: number;
  unstable: number;
}

function tally(cells: readonly Item[]): Tally {
  const doubts = cells.map(({ properties }) => doubtsOf(properties));
  const count = (doubt: keyof ReturnType<typeof doubtsOf>) => doubts.filter((one) => one[doubt]).length;
  return { classes: countBy(cells, 'hotspot_class'), unproven: count('isUnproven'), possible: count('isPossible'), unstable: count('isUnstable') };
}

function swatch(one: HotspotClass): VNode {
  return h('span', { class: `hot-swatch hot-side-${sideOf(one)}`, 'aria-hidden': 'true', style: { '--class': tones().classes[one] } }, cellLabel(one, false));
}

/** The scale of the density, which ends at `most`, and its bandwidth. */
export function densityLegend(density: Density, most: number): VNode[] {
  if (density.bandwidth === null) return [h('p', {}, s('densityNone', { reason: reasonText(density) }))];
  return [
    h('h4', {}, s('densityTitle')),
    h('div', { class: 'hot-ramp', 'aria-hidden': 'true', style: { background: `linear-gradient(to right, ${ramp().join(', ')})` } }),
    h('p', { class: 'hot-ends' }, h('span', {}, '0'), h('span', {}, formatNumber(Number(most.toPrecision(3))))),
    h('p', {}, s('densityBand', { bandwidth: formatDistance(density.bandwidth) })),
    h('p', { class: 'quiet' }, s('densityNote')),
  ];
}

/** The widths of reaches, and what is not known of them. */
export function reachLegend(reaches: readonly Item[]): VNode[] {
  const line = (width: number, color: string, text: string, isDashed = false) =>
    h('li', {}, h('span', { class: 'hot-line', 'aria-hidden': 'true', style: { borderTop: `${width}px ${isDashed ? 'dashed' : 'solid'} ${color}` } }), h('span', {}, text));
  const from = (at: number) => (at === 0 ? 1 : RANK_STEPS[at - 1]! + 1);
  const unknown = reaches.filter(({ properties }) => typeof properties.load_per_flow !== 'number').length;
  return [
    h('h4', {}, s('reachTitle')),
    h(
      'ul',
      { class: 'hot-classes' },
      ...RANK_STEPS.map((to, at) => line(RANK_WIDTHS[at]!, tones().ranks[at]!, s('reachTop', { from: from(at), to }))),
      line(RANK_WIDTHS.at(-1)!, tones().ranks.at(-1)!, s('reachRest', { from: from(RANK_STEPS.length) })),
      line(1.5, tones().none, s('reachZero'), true),
    ),
    h('p', { class: 'hot-caution' }, unknown > 0 ? s('reachDilution', { count: unknown, all: reaches.length }) : s('reachDiluted', { all: reaches.length })),
  ];
}

/** How many cells have each trend that says something. */
export function trendList(cells: readonly Item[]): VNode {
  const counts = countBy(cells, 'trend');
  const known = TRENDS.filter((trend) => counts.has(trend));
  if (known.length === 0) return h('p', { class: 'quiet' }, s('trendsNone'));
  return h('ul', { class: 'hot-trends' }, ...known.map((trend) => h('li', {}, s('trendCount', { count: counts.get(trend)!, trend: trendText(trend) }))));
}
