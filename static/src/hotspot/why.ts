/** “Why here?”: the sites and reaches that explain a cell, a zone or a reach, in words and as features. */

import type { Feature, FeatureCollection } from 'geojson';
import type { Ref, VNode } from 'preact';
import type { Collection, Item } from '../api.ts';
import { formatDistance, formatNumber, lang, pick } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { arrived, demoMark, row, type Arrival } from '../ui/parts.ts';
import { codeText } from '../values.ts';
import { classText, pressureText, trendText, type PressureSite, type Subject } from './data.ts';
import { collection } from './layers.ts';
import { s } from './words.ts';

/** How many sites are listed before the rest is folded away. */
const LISTED = 8;

/** What is asked about, and what came of it. */
export interface Asked {
  subject: Subject;
  /** The record of the subject in the quarter shown; undefined where there is none. */
  item: Item | undefined;
  answer: Arrival<FeatureCollection>;
}

/** What stands around an answer. */
export interface WhyContext {
  collections: Map<string, Collection>;
  /** How many reaches there are in all. */
  reachCount: number;
  /** The page's own day, for links to sites. */
  day: string | undefined;
  /** Asks again. */
  retry(): void;
  /** Asks no more. */
  end(): void;
}

/** The part about why under its heading, which takes the focus. */
export function whyParts({ subject, item, answer }: Asked, context: WhyContext, title: Ref<HTMLElement>): Child[] {
  return [
    h(
      'div',
      { class: 'hot-why-head' },
      h('h3', { tabindex: -1, ref: title }, s('why'), h('span', { class: 'brief' }, item && subjectName(subject, item))),
      h('button', { type: 'button', class: 'hot-clear', onclick: context.end }, s('whyClose')),
    ),
    item ? arrived(answer, 'loadingPart', context.retry, (value) => explained(subject, item, value, context)) : h('p', {}, s('whyGone')),
  ];
}

/** The sites of an answer, the largest share first. */
export function sitesOf(answer: FeatureCollection): PressureSite[] {
  return answer.features.flatMap(({ properties }) => (properties?.kind === 'site' ? [properties as PressureSite] : [])).sort((a, b) => (b.share_pct ?? 0) - (a.share_pct ?? 0));
}

/** Sites as circles by share and reaches as lines. */
export function whyFeatures(answer: FeatureCollection): { sites: FeatureCollection; reaches: FeatureCollection } {
  const of = (kind: string) => answer.features.filter(({ properties }) => properties?.kind === kind);
  const byShare = of('site').toSorted((a, b) => shareOf(b) - shareOf(a));
  const site = (feature: Feature, place: number) => {
    const share = shareOf(feature);
    return { geometry: feature.geometry, properties: { share, place: place + 1, label: `${String(feature.properties?.name)} ${shareText(share)}` } };
  };
  return { sites: collection(byShare.map(site)), reaches: collection(of('reach').map(({ geometry }) => ({ geometry, properties: {} }))) };
}

function shareOf({ properties }: Feature): number {
  return Number(properties?.share_pct ?? 0);
}

/** A share in percent with one decimal. */
export function shareText(percent: number): string {
  return s('share', { share: formatNumber(Number(percent.toFixed(1))) });
}

/** What the subject is called. */
export function subjectName({ kind }: Subject, { properties, id }: Item): string {
  const name = lang === 'en' ? (properties.name_en ?? properties.name_vi) : properties.name_vi;
  if (kind === 'cell') return s('whyCell');
  return `${s(kind === 'zone' ? 'whyZone' : 'whyReach')} ${typeof name === 'string' && name ? name : id}`;
}

/** The facts of the subject, the sites by share, and the reaches. */
function explained(subject: Subject, item: Item, answer: FeatureCollection, { collections, reachCount, day }: WhyContext): Child[] {
  const sites = sitesOf(answer);
  const { properties } = item;
  const reaches = answer.features.filter(({ properties: own }) => own?.kind === 'reach').length;
  const reason = lang === 'en' ? properties.why_en : properties.why_vi;
  const note = lang === 'en' ? properties.note_en : properties.note_vi;
  const [first, rest] = [sites.slice(0, LISTED), sites.slice(LISTED)];
  const list = (some: PressureSite[]) => h('ol', { class: 'hot-sites' }, ...some.map((site) => siteEntry(site, collections, day)));
  const restShare = rest.reduce((sum, { share_pct }) => sum + (share_pct ?? 0), 0);
  const texts = [reason, note].filter((text): text is string => typeof text === 'string' && text !== '');
  return [
    ...texts.map((text) => h('p', {}, text)),
    h('dl', {}, subject.kind === 'reach' ? reachFacts(item, reachCount) : cellFacts(item)),
    subject.kind === 'cell' && h('p', { class: 'quiet' }, s('whyCellHow')),
    sites.length > 0 ? [h('h4', {}, s('whySites', { count: sites.length })), list(first)] : h('p', {}, s('whyNoSites')),
    rest.length > 0 && h('details', { class: 'hot-rest' }, h('summary', {}, s('whyRest', { count: rest.length, share: formatNumber(Number(restShare.toFixed(1))) })), list(rest)),
    reaches > 0 && h('p', { class: 'hot-reach-note' }, s(subject.kind === 'reach' ? 'whyUpstream' : 'whyReaches', { count: reaches })),
  ];
}

function cellFacts({ properties }: Item): Child[] {
  const number = (name: string) => (typeof properties[name] === 'number' ? properties[name] : undefined);
  const [p, q] = [number('p_value'), number('q_value')];
  const has = (name: string) => properties[name] !== undefined && properties[name] !== null;
  return [
    row(s('factClass'), classText(properties.hotspot_class)),
    has('class_low') && row(s('factLow'), classText(properties.class_low)),
    has('class_high') && row(s('factHigh'), classText(properties.class_high)),
    has('class_is_stable') && row(s('factStable'), s(properties.class_is_stable === false ? 'notStable' : 'stable')),
    row(s('factTrend'), trendText(properties.trend)),
    p !== undefined && row(s('factP'), chanceText(p)),
    q !== undefined && row(s('factQ'), chanceText(q)),
    row(s('factPressure'), rangeText(properties as unknown as PressureSite)),
  ];
}

/** A chance in percent, with the digits that matter. */
export function chanceText(chance: number): string {
  const percent = chance * 100;
  return `${formatNumber(Number(percent.toFixed(percent < 10 ? 2 : 0)))} %`;
}

function reachFacts({ properties }: Item, count: number): Child[] {
  const load = (name: string) => formatNumber(Math.round(Number(properties[name] ?? 0)));
  const times = properties.load_per_flow;
  return [
    typeof properties.rank === 'number' && row(s('factRank'), s('rankOf', { rank: properties.rank, all: count })),
    row(s('factLoad'), s('loadRange', { mid: load('load'), low: load('load_low'), high: load('load_high') })),
    row(s('factDilution'), typeof times === 'number' ? s('dilution', { times: formatNumber(Number(times.toPrecision(3))) }) : s('dilutionUnknown')),
  ];
}

function rangeText({ pressure, pressure_low, pressure_high }: Pick<PressureSite, 'pressure' | 'pressure_low' | 'pressure_high'>): string {
  return s('pressureRange', { mid: pressureText(pressure), low: pressureText(pressure_low), high: pressureText(pressure_high) });
}

/** A site as an entry of a list: its share where it has one, its pressure, and what is known and not known; a link to it. */
export function siteEntry(site: PressureSite, collections: Map<string, Collection>, day: string | undefined): VNode {
  const { share_pct: share, rank_best: best, rank_worst: worst, position_precision_m: precision } = site;
  const samples = collections.get('effluent_samples');
  const exceeded = site.exceeded.slice(0, 3).map(({ parameter, ratio }) => s('exceeded', { parameter: codeText(samples, parameter), ratio: formatNumber(Number(ratio.toPrecision(3))) }));
  const facts = [rangeText(site), best !== undefined && worst !== undefined && best !== worst && s('rankRange', { best, worst }), ...exceeded, precision !== null && s('offBy', { distance: formatDistance(precision) })];
  return h(
    'li',
    {},
    h('a', { href: `#${[`${site.collection}/${site.id}`, day && `as-of=${day}`].filter(Boolean).join('&')}` }, site.name),
    share !== undefined && h('strong', { class: 'hot-share' }, shareText(share)),
    share !== undefined && h('span', { class: 'hot-bar', 'aria-hidden': 'true', style: { '--share': `${Math.min(100, share)}%` } }),
    h('small', {}, facts.filter(Boolean).join(' · '), ' ', site.demo_data && demoMark()),
    site.not_known.length > 0 && h('small', {}, s('notKnown', { what: site.not_known.map(pick).join('; ') })),
  );
}
