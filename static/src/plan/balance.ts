/** Legend and land-use balance in one: what occurs on the plan, how much of it there is, and how much there must be. */

import type { VNode } from 'preact';
import { formatMeasure, formatNumber, pick } from '../i18n.ts';
import { percent, grouped } from '../survey/numbers.ts';
import { h } from '../ui/h.ts';
import { entryOf, occurring, type LegendEntry, type Plan } from './data.ts';
import { lotArea } from './layers.ts';
import type { BalanceRow, Review } from './review.ts';
import { p } from './words.ts';

/** One land use of the balance. */
interface Row {
  entry: LegendEntry;
  count: number;
  area: number;
  required?: BalanceRow | undefined;
}

/** The table of land uses; `review` adds what the law wants. */
export function balanceTable(plan: Plan, review: Review | undefined): VNode[] {
  if (plan.parcels.length === 0) return [h('p', {}, p('noDrawing'))];
  const measured = plan.parcels.every(({ size }) => size > 0);
  const sized = plan.parcels.map((part) => ({ ...part, size: lotArea(part) ?? 0 }));
  const rows: Row[] = occurring(plan.landUse, sized, 'land_use_code').map(({ entry, count, size }) => ({
    entry,
    count,
    area: size,
    required: review?.balance.rows.find((row) => row.land_use !== null && row.land_use === entry.code),
  }));
  const lacking = (review?.balance.rows ?? []).filter((row) => row.lots === 0 && typeof row.required_pct === 'number');
  for (const row of lacking) {
    const entry = entryOf(plan.landUse, row.land_use);
    if (entry) rows.push({ entry, count: 0, area: 0, required: row });
  }
  const area = rows.reduce((sum, row) => sum + row.area, 0);
  const hasLimits = rows.some(({ required }) => typeof required?.required_pct === 'number');
  const table = h(
    'table',
    { class: 'balance' },
    h('caption', { class: 'visually-hidden' }, p('balance')),
    h('thead', {}, h('tr', {}, ...[p('landUse'), p('count'), p('area'), p('share'), ...(hasLimits ? [p('least')] : [])].map((title) => h('th', { scope: 'col' }, title)))),
    h(
      'tbody',
      {},
      ...rows.map(({ entry, count, area: own, required }) => {
        const share = area > 0 ? (own / area) * 100 : 0;
        const limit = required?.required_pct;
        const isShort = required?.verdict === 'fail';
        return h(
          'tr',
          { class: isShort && 'short' },
          h('th', { scope: 'row' }, h('span', { class: 'use' }, swatch(entry.colour), h('span', {}, entry.code && h('strong', {}, entry.code), entry.code && ' ', pick(entry.title)))),
          h('td', {}, formatNumber(count)),
          h('td', {}, grouped(own, 1)),
          h('td', {}, percent(share, limit)),
          hasLimits && h('td', {}, typeof limit === 'number' ? formatNumber(limit) : '', isShort && h('span', { class: 'short-word' }, ` ${p('short_of')}`)),
        );
      }),
    ),
    h('tfoot', {}, h('tr', {}, h('th', { scope: 'row' }, p('total')), h('td', {}, formatNumber(plan.parcels.length)), h('td', {}, grouped(area, 1)), h('td', {}, percent(area > 0 ? 100 : 0)), hasLimits && h('td', {}))),
  );
  const { scale_factor: factor, total_ground_m2: ground } = review?.balance ?? {};
  const onGround = measured && typeof factor === 'number' && typeof ground === 'number' && p('balanceGround', { factor: formatMeasure(factor.toFixed(7)), area: grouped(ground, 1) });
  return [table, h('p', { class: 'quiet' }, [p(measured ? 'balanceNote' : 'balanceStated'), onGround].filter(Boolean).join(' '))];
}

/** What else is drawn: the boundary, the kinds of line that occur, the buildings. */
export function drawnLegend(plan: Plan): VNode[] {
  const lines = occurring(plan.lineKinds, plan.lines, 'line_kind');
  const builtArea = plan.buildings.reduce((sum, { size }) => sum + size, 0);
  const items = [
    plan.boundary && h('li', {}, h('span', { class: 'swatch swatch-boundary', 'aria-hidden': 'true' }), p('boundary')),
    ...lines.map(({ entry, size }) => h('li', {}, lineSwatch(entry), pick(entry.title), size > 0 && h('span', { class: 'quiet' }, p('length', { length: grouped(size, 1) })))),
    plan.buildings.length > 0
      ? h('li', {}, h('span', { class: 'swatch swatch-built', 'aria-hidden': 'true' }), p('buildings', { count: formatNumber(plan.buildings.length) }), builtArea > 0 && h('span', { class: 'quiet' }, p('buildingsArea', { area: grouped(builtArea, 1) })))
      : h('li', { class: 'quiet' }, p('buildingsNone')),
  ];
  return [h('ul', { class: 'drawn-legend' }, ...items)];
}

function swatch(color: string): VNode {
  return h('span', { class: 'swatch', 'aria-hidden': 'true', style: { background: color } });
}

function lineSwatch({ code, colour }: LegendEntry): VNode {
  const solid = ['red_line', 'road_edge', 'fence'].includes(code ?? '');
  return h('span', { class: 'swatch swatch-line', 'aria-hidden': 'true', style: { borderTop: `3px ${solid ? 'solid' : code === 'building_line' ? 'dashed' : 'dotted'} ${colour}` } });
}
