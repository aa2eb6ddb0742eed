/** The city at a glance: targets, changes, the worst sites, hotspots; every number leads to its sites. */

import { serverUrl } from '../api.ts';
import { h } from '../dom.ts';
import { formatDate, formatNumber, formatRatio, pick } from '../i18n.ts';
import { fill } from '../panel/parts.ts';
import { pageUrl } from '../site/address.ts';
import type { Site } from '../sites.ts';
import { siteMark } from '../sitemarks.ts';
import { CHANGES } from './changes.ts';
import { changes, goalState, measuresOf, worstOf, type CityData, type Measure, type Target } from './data.ts';
import type { Row } from './facets.ts';
import { s, type DeskKey } from './words.ts';

/** What the overview reads and where it leads. */
export interface OverviewHost {
  city: CityData;
  /** Resolves when the rows have their breaches. */
  judge(): Promise<void>;
  rows(): readonly Row[];
  sites(): ReadonlyMap<string, Site>;
  /** The group that is open. */
  group(): string | undefined;
  /** Filters map and table to a group, or to all again where it is open already. */
  onGroup(name: string): void;
  onSite(site: Site): void;
  onHotspots(): void;
}

/** Parts that the reader has folded stay so from day to day. */
const folded = new Set<DeskKey>();

/** Draws the overview of a day; each part comes when its data do. */
export function overview(target: HTMLElement, host: OverviewHost): void {
  const part = (title: DeskKey, load: () => Promise<unknown>, show: (value: never) => (Node | string)[]) => {
    const content = h('div', { class: 'part-content' });
    const element = h('details', { class: 'overview-part', 'data-part': title, open: !folded.has(title) }, h('summary', {}, h('h2', {}, s(title))), content);
    element.addEventListener('toggle', () => (element.open ? folded.delete(title) : folded.add(title)));
    void fill(content, 'loadingPart', load as () => Promise<never>, show).then(() => markGroup(target, host.group()));
    return element;
  };
  const { city } = host;
  target.replaceChildren(
    part('targets', city.targets, (targets: Target[]) => targetParts(targets, host)),
    part('changes', () => changes(city, host.sites()), (kinds: Awaited<ReturnType<typeof changes>>) => changeParts(kinds, host)),
    part('worst', host.judge, () => worstParts(host)),
    part('hotspots', city.cells, (cells: Awaited<ReturnType<CityData['cells']>>) => hotspotParts(cells, host)),
    h('ul', { class: 'overview-part overview-ways' }, way(serverUrl('reports?f=html'), 'reports'), way(pageUrl('compare'), 'compare'), way(serverUrl('plans?f=html'), 'plans'), way(serverUrl('compliance/quality?f=html'), 'quality')),
  );
}

/** A way to another page about the city. */
function way({ href }: URL, title: DeskKey): HTMLElement {
  return h('li', {}, h('a', { href }, s(title)));
}

/** Marks the buttons of the open group. */
export function markGroup(target: HTMLElement, group: string | undefined): void {
  for (const button of target.querySelectorAll<HTMLElement>('[data-group]')) button.setAttribute('aria-pressed', String(button.dataset.group === group));
}

function groupButton(name: string, text: string, host: OverviewHost, kind = ''): HTMLElement {
  return h('button', { type: 'button', class: `group-button ${kind}`, 'data-group': name, 'aria-pressed': 'false', onclick: () => host.onGroup(name) }, text);
}

function targetParts(targets: readonly Target[], host: OverviewHost): HTMLElement[] {
  if (targets.length === 0) return [h('p', { class: 'quiet' }, s('targetsNone'))];
  const entry = (target: Target) =>
    h(
      'li',
      {},
      ...measuresOf(target).flatMap(({ name, measure }, at) => [
        at === 0 ? h('h3', {}, `${target.code} · ${pick(measure.title)}`) : h('h4', {}, pick(measure.title)),
        ...measureParts(name, measure, target.unit, host),
      ]),
      target.note && h('p', { class: 'quiet' }, pick(target.note)),
    );
  return [h('p', { class: 'quiet' }, s('targetsPlan', { document: [...new Set(targets.map(({ plan }) => plan.document))].join('; ') })), h('ul', { class: 'targets' }, ...targets.map(entry))];
}

function measureParts(name: string, measure: Measure, unit: string, host: OverviewHost): HTMLElement[] {
  const { numerator, denominator, unknown, interval, ids, goal } = measure;
  if (numerator === null || denominator === null) return [h('p', { class: 'quiet' }, s('goalOpen'))];
  const open = unknown ?? 0;
  const notMet = Math.max(0, denominator - numerator - open);
  const amount = (value: number) => `${formatNumber(Math.round(value * 10) / 10)}${unit === '%' ? '\u00a0%' : ''}`;
  const wanted =
    goal.min !== null && goal.max !== null && goal.min !== goal.max
      ? s('between', { from: amount(goal.min), to: amount(goal.max) })
      : goal.min !== null
        ? s('atLeast', { value: amount(goal.min) })
        : goal.max !== null && s('atMost', { value: amount(goal.max) });
  const state = goalState(measure);
  const word = { reached: 'goalReached', missed: 'goalMissed', open: 'goalOpen' } as const;
  const count = (outcome: 'met' | 'not_met' | 'unknown', key: DeskKey, value: number) =>
    ids && value > 0 ? groupButton(`${name}.${outcome}`, s(key, { count: value }), host, `is-${outcome}`) : h('span', { class: `group-button is-${outcome} none` }, s(key, { count: value }));
  return [
    h('div', { class: 'bar-line' }, bar(pick(measure.title), numerator, notMet, open, denominator, unit === '%' ? goal.min : null), h('strong', {}, s('target', { met: formatNumber(numerator), total: formatNumber(denominator) }))),
    h('p', { class: 'counts' }, count('met', 'met', numerator), count('not_met', 'notMet', notMet), count('unknown', 'unknownCount', open)),
    h(
      'p',
      { class: 'quiet' },
      [wanted ? s('goal', { goal: wanted }) : s('goalUnknown'), state && s(word[state]), interval && open > 0 && s('interval', { from: amount(interval[0]), to: amount(interval[1]) })].filter(Boolean).join(' · '),
    ),
  ];
}

/** The bar says by patterns what its colours say; in words it is one picture. */
function bar(title: string, met: number, notMet: number, unknown: number, total: number, goal: number | null): HTMLElement {
  const piece = (kind: string, count: number) => {
    const element = h('span', { class: `bar-${kind}` });
    element.style.flexGrow = String(count);
    return element;
  };
  const mark = goal !== null && h('span', { class: 'bar-goal' });
  if (mark) mark.style.left = `${Math.min(100, goal!)}%`;
  return h('div', { class: 'bar', role: 'img', 'aria-label': s('barLabel', { title, met, notMet, unknown, total }) }, ...(total > 0 ? [piece('met', met), piece('not', notMet), piece('unknown', unknown)] : []), mark);
}

function changeParts(kinds: Awaited<ReturnType<typeof changes>>, host: OverviewHost): HTMLElement[] {
  const { from, to } = host.city.days;
  const dates = h('p', { class: 'quiet' }, s('changesDates', { from: formatDate(from), to: formatDate(to) }));
  const some = CHANGES.filter((kind) => kinds[kind].length > 0);
  if (some.length === 0) return [dates, h('p', {}, s('changesNone'))];
  const entry = (kind: (typeof CHANGES)[number]) => {
    const text = `${formatNumber(kinds[kind].length)} ${s(`change_${kind}`)}`;
    // What is gone from the register stands on no map.
    return h('li', {}, kind === 'gone' ? h('span', { class: 'group-button none' }, text) : groupButton(`change.${kind}`, text, host, `change-${kind}`));
  };
  return [dates, h('ul', { class: 'changes' }, ...some.map(entry))];
}

function worstParts(host: OverviewHost): HTMLElement[] {
  const rows = host.rows();
  const listed = worstOf(rows);
  const unknown = rows.filter(({ site }) => site.status === 'unknown').length;
  if (listed.length === 0) return [h('p', {}, s('worstNone', { count: formatNumber(unknown) }))];
  const entry = ({ site, breaches, ratio }: Row) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', 'data-worst': site.key, onclick: () => host.onSite(site) },
        siteMark(site.collection, site.status),
        h('span', { class: 'site-name' }, site.name),
        h('span', { class: 'site-place' }, s('worstFacts', { count: breaches ?? 0, ratio: ratio === null ? s('ratioUnknown') : s('ratioTimes', { ratio: formatRatio(ratio) }) })),
      ),
    );
  return [
    h('p', { class: 'quiet' }, s('worstOrder')),
    h('ol', { class: 'worst' }, ...listed.map(entry)),
    h('p', {}, groupButton('worst', s('showAll'), host)),
    h('p', { class: 'quiet' }, [listed.length < 10 && s('worstFew', { count: listed.length }), s('worstUnknown', { count: formatNumber(unknown) })].filter(Boolean).join(' ')),
  ];
}

function hotspotParts(cells: Awaited<ReturnType<CityData['cells']>>, { onHotspots }: OverviewHost): HTMLElement[] {
  if (!cells || cells.length === 0) return [h('p', { class: 'quiet' }, s('hotUnknown'))];
  const hot = cells.filter(({ properties }) => String(properties.hotspot_class).startsWith('hot')).length;
  const sure = cells.filter(({ properties }) => properties.hotspot_class === 'hot_99').length;
  return [h('p', {}, hot > 0 ? s('hotCells', { hot, sure, total: cells.length }) : s('hotNone')), h('button', { type: 'button', onclick: onHotspots }, s('openHotspots'))];
}
