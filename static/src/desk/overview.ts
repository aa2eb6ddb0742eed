/** The city at a glance: targets, changes, the worst sites, hotspots; every number leads to its sites. */

import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { serverUrl } from '../api.ts';
import { formatDate, formatNumber, formatRatio, pick } from '../i18n.ts';
import { pageUrl } from '../site/address.ts';
import type { Site } from '../sites.ts';
import { h, type Child } from '../ui/h.ts';
import { arrivalOf, arrived, type Arrival } from '../ui/parts.ts';
import { siteMark } from '../ui/sitemarks.ts';
import { CHANGES } from './changes.ts';
import { changes, goalState, measuresOf, worstOf, type CityData, type Measure, type Target } from './data.ts';
import type { Row } from './facets.ts';
import { s, type DeskKey } from './words.ts';

/** What the overview shows and where it leads. */
export interface OverviewGiven {
  city: CityData;
  /** Resolves when the rows have their breaches. */
  judge: () => Promise<void>;
  rows: readonly Row[];
  sites: ReadonlyMap<string, Site>;
  /** The group that is open. */
  group: string | undefined;
  /** Filters map and table to a group, or to all again where it is open already. */
  onGroup: (name: string) => void;
  onSite: (site: Site) => void;
  onHotspots: () => void;
}

/** The overview of a day; each part comes when its data do. */
export function overview(given: OverviewGiven): VNode[] {
  const { city, judge, sites } = given;
  return [
    h(Part<Target[]>, { title: 'targets', city, load: city.targets, show: (targets) => targetParts(targets, given) }),
    h(Part<Changes>, { title: 'changes', city, load: () => changes(city, sites), show: (kinds) => changeParts(kinds, given) }),
    h(Part<void>, { title: 'worst', city, load: judge, show: () => worstParts(given) }),
    h(Part<Cells>, { title: 'hotspots', city, load: city.cells, show: (cells) => hotspotParts(cells, given) }),
    h('ul', { class: 'overview-part overview-ways' }, way(serverUrl('reports?f=html'), 'reports'), way(pageUrl('compare'), 'compare'), way(serverUrl('plans?f=html'), 'plans'), way(serverUrl('compliance/quality?f=html'), 'quality')),
  ];
}

type Changes = Awaited<ReturnType<typeof changes>>;
type Cells = Awaited<ReturnType<CityData['cells']>>;

interface PartGiven<T> {
  title: DeskKey;
  /** Of the day; those of another day are asked for anew. */
  city: CityData;
  load: () => Promise<T>;
  show: (value: T) => Child;
}

function Part<T>({ title, city, load, show }: PartGiven<T>): VNode {
  const [arrival, setArrival] = useState<Arrival<T>>(undefined);
  // Counts what was asked for, so that an answer that comes late does not replace its successor.
  const turn = useRef(0);
  const ask = () => {
    const mine = (turn.current += 1);
    setArrival(undefined);
    void arrivalOf(load()).then((found) => mine === turn.current && setArrival(found));
  };
  useLayoutEffect(ask, [city]);
  return h(
    'details',
    { class: 'overview-part', 'data-part': title, open: true },
    h('summary', {}, h('h2', {}, s(title))),
    h('div', { class: 'part-content', 'data-ready': arrival && 'true' }, arrived(arrival, 'loadingPart', ask, show)),
  );
}

/** A way to another page about the city. */
function way({ href }: URL, title: DeskKey): VNode {
  return h('li', {}, h('a', { href }, s(title)));
}

function groupButton(name: string, text: string, { group, onGroup }: OverviewGiven, kind = ''): VNode {
  return h('button', { type: 'button', class: `group-button ${kind}`, 'data-group': name, 'aria-pressed': name === group, onclick: () => onGroup(name) }, text);
}

function targetParts(targets: readonly Target[], given: OverviewGiven): VNode[] {
  if (targets.length === 0) return [h('p', { class: 'quiet' }, s('targetsNone'))];
  const entry = (target: Target) =>
    h(
      'li',
      {},
      measuresOf(target).flatMap(({ name, measure }, at) => [
        at === 0 ? h('h3', {}, `${target.code} · ${pick(measure.title)}`) : h('h4', {}, pick(measure.title)),
        ...measureParts(name, measure, target.unit, given),
      ]),
      target.note && h('p', { class: 'quiet' }, pick(target.note)),
    );
  return [h('p', { class: 'quiet' }, s('targetsPlan', { document: [...new Set(targets.map(({ plan }) => plan.document))].join('; ') })), h('ul', { class: 'targets' }, targets.map(entry))];
}

function measureParts(name: string, measure: Measure, unit: string, given: OverviewGiven): VNode[] {
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
    ids && value > 0 ? groupButton(`${name}.${outcome}`, s(key, { count: value }), given, `is-${outcome}`) : h('span', { class: `group-button is-${outcome} none` }, s(key, { count: value }));
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
function bar(title: string, met: number, notMet: number, unknown: number, total: number, goal: number | null): VNode {
  const piece = (kind: string, count: number) => h('span', { class: `bar-${kind}`, style: { flexGrow: count } });
  return h(
    'div',
    { class: 'bar', role: 'img', 'aria-label': s('barLabel', { title, met, notMet, unknown, total }) },
    total > 0 && [piece('met', met), piece('not', notMet), piece('unknown', unknown)],
    goal !== null && h('span', { class: 'bar-goal', style: { left: `${Math.min(100, goal)}%` } }),
  );
}

function changeParts(kinds: Changes, given: OverviewGiven): VNode[] {
  const { from, to } = given.city.days;
  const dates = h('p', { class: 'quiet' }, s('changesDates', { from: formatDate(from), to: formatDate(to) }));
  const some = CHANGES.filter((kind) => kinds[kind].length > 0);
  if (some.length === 0) return [dates, h('p', {}, s('changesNone'))];
  const entry = (kind: (typeof CHANGES)[number]) => {
    const text = `${formatNumber(kinds[kind].length)} ${s(`change_${kind}`)}`;
    // What is gone from the register stands on no map.
    return h('li', {}, kind === 'gone' ? h('span', { class: 'group-button none' }, text) : groupButton(`change.${kind}`, text, given, `change-${kind}`));
  };
  return [dates, h('ul', { class: 'changes' }, some.map(entry))];
}

function worstParts(given: OverviewGiven): VNode[] {
  const { rows } = given;
  const listed = worstOf(rows);
  const unknown = rows.filter(({ site }) => site.status === 'unknown').length;
  if (listed.length === 0) return [h('p', {}, s('worstNone', { count: formatNumber(unknown) }))];
  const entry = ({ site, breaches, ratio }: Row) =>
    h(
      'li',
      { key: site.key },
      h(
        'button',
        { type: 'button', 'data-worst': site.key, onclick: () => given.onSite(site) },
        siteMark(site.collection, site.status),
        h('span', { class: 'site-name' }, site.name),
        h('span', { class: 'site-place' }, s('worstFacts', { count: breaches ?? 0, ratio: ratio === null ? s('ratioUnknown') : s('ratioTimes', { ratio: formatRatio(ratio) }) })),
      ),
    );
  return [
    h('p', { class: 'quiet' }, s('worstOrder')),
    h('ol', { class: 'worst' }, listed.map(entry)),
    h('p', {}, groupButton('worst', s('showAll'), given)),
    h('p', { class: 'quiet' }, [listed.length < 10 && s('worstFew', { count: listed.length }), s('worstUnknown', { count: formatNumber(unknown) })].filter(Boolean).join(' ')),
  ];
}

function hotspotParts(cells: Cells, { onHotspots }: OverviewGiven): VNode[] {
  if (!cells || cells.length === 0) return [h('p', { class: 'quiet' }, s('hotUnknown'))];
  const hot = cells.filter(({ properties }) => String(properties.hotspot_class).startsWith('hot')).length;
  const sure = cells.filter(({ properties }) => properties.hotspot_class === 'hot_99').length;
  return [h('p', {}, hot > 0 ? s('hotCells', { hot, sure, total: cells.length }) : s('hotNone')), h('button', { type: 'button', onclick: onHotspots }, s('openHotspots'))];
}
