/** What two sides come to: the rows of each table, from what is read of both. */

import type { VNode } from 'preact';
import type { Collection, Outcome } from '../api.ts';
import { today } from '../dates.ts';
import { outcomeText } from '../evidence/rules.ts';
import { formatDate, formatNumber, lang, pick, t } from '../i18n.ts';
import { siteUrl } from '../site/address.ts';
import { isDemo, placeOf, siteOf, STATUSES, statusTitle, type Site, type SiteCollection, type Status } from '../sites.ts';
import { h, type Child } from '../ui/h.ts';
import { outcomeMark, siteMark } from '../ui/sitemarks.ts';
import { fieldOf, fieldTitle, NOTHING, valueText } from '../values.ts';
import { fetchSite, fetchSummary, type SiteSide, type Summary } from './data.ts';
import type { Comparison, Side } from './fragment.ts';
import { boundsDifference, difference, outcomeDifference, ruleRows, type Bounds, type Difference, type Said } from './rows.ts';
import { c } from './words.ts';

const FACTS = ['area_ha', 'status', 'wastewater_status', 'effluent_worst_ratio', 'effluent_sampled_on', 'infrastructure_done', 'infrastructure_total', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'pollution_class', 'main_trade', 'investor'];

/** A row: what it is about, what each side says, and in what they differ. */
export interface Row {
  name: string;
  cells: [Child, Child];
  difference: Difference;
}

/** A table under its title. */
export interface TablePart {
  title: string;
  rows: Row[];
  /** What is said where there are no rows. */
  none?: string;
}

/** What two sides come to. */
export interface Tables {
  /** What the columns of the two sides are called. */
  heads: [Child, Child];
  parts: TablePart[];
  hasDemo: boolean;
}

/** Reads both sides and lays them side by side. */
export function compared(comparison: Comparison, collections: Map<string, Collection>): Promise<Tables> {
  return comparison.kind === 'sites' ? siteTables(comparison, collections) : summaryTables(comparison, collections);
}

const sideDay = ({ day }: Side) => formatDate(day ?? today());

/** Two sites, or one on two days. */
async function siteTables({ sides }: Comparison, collections: Map<string, Collection>): Promise<Tables> {
  const found = (await Promise.all(sides.map(fetchSite))) as [SiteSide, SiteSide];
  const sites = found.map(({ item }, at) => item && siteOf(sides[at]!.name.split('/')[0] as SiteCollection, item, collections.get(sides[at]!.name.split('/')[0]!))) as [Site | undefined, Site | undefined];
  const head = (at: 0 | 1): VNode => {
    const [side, site] = [sides[at], sites[at]];
    if (!site) return h('span', {}, `${side.name} · ${sideDay(side)}: `, c('notThere'));
    return h('span', {}, h('a', { href: siteUrl(site.collection, site.id, { asOf: side.day, lang }).href }, site.name), h('small', {}, ` ${placeOf(site.properties)} · ${sideDay(side)}`));
  };
  const said = (site: Site | undefined, name: string): Said => {
    const value = site?.properties[name];
    return typeof value === 'number' || (typeof value === 'string' && value !== '' && value !== 'unknown') ? value : null;
  };
  const declared = (site: Site | undefined) => collections.get(site?.collection ?? '');
  const titleOf = (name: string) => fieldTitle([declared(sites[0]), declared(sites[1])].find((one) => fieldOf(one, name)), name);
  const known = FACTS.filter((name) => sites.some((site) => site && name in site.properties));
  const factRow = (name: string): Row => ({
    name: titleOf(name),
    cells: sites.map((site) => (site && name in site.properties ? valueText(fieldOf(declared(site), name), site.properties[name]) : NOTHING)) as [string, string],
    difference: difference(said(sites[0], name), said(sites[1], name)),
  });
  const statusRow = (name: 'compliance_status' | 'detail_status', title: string): Row => ({
    name: title,
    cells: sites.map((site) => (site ? statusCell(site, name, collections) : NOTHING)) as [Child, Child],
    difference: difference(said(sites[0], name), said(sites[1], name)),
  });
  const rules = ruleRows(found[0].assessment, found[1].assessment).map((row): Row => ({ name: pick(row.title) || row.rule, cells: row.outcomes.map(outcomeCell) as [Child, Child], difference: outcomeDifference(row.outcomes) }));
  return {
    heads: [head(0), head(1)],
    hasDemo: sites.some((site) => site && isDemo(site)),
    parts: [
      { title: c('facts'), rows: [statusRow('compliance_status', c('status')), statusRow('detail_status', c('detail')), ...known.map(factRow)] },
      { title: c('rules'), rows: rules },
    ],
  };
}

function statusCell(site: Site, name: string, collections: Map<string, Collection>): VNode {
  const stated = site.properties[name] as Status;
  const status = STATUSES.includes(stated) ? stated : 'unknown';
  return h('span', { class: 'outcome' }, siteMark(site.collection, status), statusTitle(collections.get(site.collection), status));
}

function outcomeCell(outcome: Outcome | null): Child {
  return outcome === null ? NOTHING : h('span', { class: 'outcome' }, outcomeMark(outcome), outcomeText(outcome));
}

/** Two districts, or one of them or the city on two days. */
async function summaryTables({ kind, sides }: Comparison, collections: Map<string, Collection>): Promise<Tables> {
  // Of one district, or the city, on two days it can be said which sites differ; changes are told from the earlier day on.
  const isOne = sides[0].name === sides[1].name && sides[0].day !== sides[1].day;
  const dayOf = ({ day }: Side) => day ?? today();
  const isTurned = dayOf(sides[0]) > dayOf(sides[1]);
  const later = isTurned ? 0 : 1;
  const found = (await Promise.all(sides.map((side, at) => fetchSummary(side, isOne && at === later ? dayOf(sides[1 - later]!) : undefined)))) as [Summary | undefined, Summary | undefined];
  const head = (at: 0 | 1): VNode => h('span', {}, kind === 'city' ? c('wholeCity') : sides[at].name, h('small', {}, ` ${found[at] ? sideDay(sides[at]) : c('noSuch')}`));
  const numbers = (name: string, read: (of: Summary) => number | null | undefined, shown?: (of: Summary) => string): Row => {
    const values = found.map((of) => (of ? (read(of) ?? null) : null)) as [Said, Said];
    return { name, cells: found.map((of, at) => (of && shown ? shown(of) : values[at] === null ? NOTHING : formatNumber(values[at] as number))) as [string, string], difference: difference(values[0], values[1]) };
  };
  const first = found[0] ?? found[1];
  const counts = (first?.statuses ?? []).flatMap(({ collection }) =>
    STATUSES.map((status) => numbers(`${t(collection)}: ${statusTitle(collections.get(collection), status)}`, (of) => of.statuses.find((one) => one.collection === collection)?.now[status])),
  );
  const targets = (first?.targets ?? []).map(({ code, title }) => {
    const of = (summary: Summary) => summary.targets.find((one) => one.code === code);
    const shown = (summary: Summary | undefined) => {
      const target = summary && of(summary);
      return target ? c('share', { met: target.numerator, total: target.denominator, unknown: target.unknown }) : NOTHING;
    };
    const bounds = (summary: Summary | undefined): Bounds => (summary && of(summary)?.interval) ?? null;
    return { name: `${code} · ${pick(title)}`, cells: found.map(shown) as [string, string], difference: boundsDifference(bounds(found[0]), bounds(found[1])) };
  });
  const rules = (first?.rules ?? []).flatMap(({ rule, title }) => {
    const of = (summary: Summary) => summary.rules.find((one) => one.rule === rule);
    return [numbers(c('breached', { title: pick(title) }), (summary) => of(summary)?.breached), numbers(c('unknown', { title: pick(title) }), (summary) => of(summary)?.unknown)];
  });
  const duties = (first?.duties ?? []).flatMap(({ code, title }) => {
    const of = (summary: Summary) => summary.duties.find((one) => one.code === code);
    return [numbers(c('undone', { code, title: pick(title) }), (summary) => of(summary)?.undone), numbers(c('dutyUnknown', { code, title: pick(title) }), (summary) => of(summary)?.unknown)];
  });
  const word = (collection: SiteCollection, status: Status | null): VNode => (status ? h('span', { class: 'outcome' }, siteMark(collection, status), statusTitle(collections.get(collection), status)) : h('span', {}, c('absent')));
  const changes = (isOne ? (found[later]?.changes ?? []) : []).map(({ site, from, to }): Row => {
    const [a, b] = isTurned ? [to, from] : [from, to];
    // Only those that differ are told, and from unknown to known is a change too.
    return { name: site.name ?? site.id, cells: [word(site.collection, a), word(site.collection, b)], difference: { kind: 'differs' } };
  });
  return {
    heads: [head(0), head(1)],
    hasDemo: found.some((of) => (of?.demo_sites ?? 0) > 0),
    parts: [
      ...(isOne ? [{ title: c('changes'), rows: changes, none: c('changesNone') }] : []),
      { title: c('counts'), rows: counts },
      { title: c('targets'), rows: targets },
      { title: c('coreRules'), rows: rules },
      { title: c('duties'), rows: duties },
    ],
  };
}
