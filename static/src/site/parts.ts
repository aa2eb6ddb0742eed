/** The parts of a site's page that the panel beside the map does not have: each from what its data say. */

import type { VNode } from 'preact';
import { recordUrl, type Assessment, type Collection, type Item, type RuleOutcome } from '../api.ts';
import { basisText, missingText, outcomeText, reasonText } from '../evidence/rules.ts';
import { formatDate, formatDistance, pick, t } from '../i18n.ts';
import { classOf, planUrl, type Review } from '../plan/review.ts';
import { STATUSES, statusTitle, type Site, type SiteCollection, type Status } from '../sites.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark, row } from '../ui/parts.ts';
import { outcomeMark, siteMark } from '../ui/sitemarks.ts';
import { collectionTitle, fieldOf, fieldTitle, NOTHING, valueText } from '../values.ts';
import { siteUrl } from './address.ts';
import type { Fault, Neighbours, Picture, Version } from './data.ts';
import { countOutcomes, openRules, sourcesOf } from './steps.ts';
import { p } from './words.ts';

type Collections = Map<string, Collection>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** How the rules came out, in two sentences. */
export function verdictLines({ rules }: Assessment): Child[] {
  const all = countOutcomes(rules);
  const core = countOutcomes(rules.filter((rule) => rule.core));
  return [
    h('p', {}, p('summaryCore', { breached: core.breached, unknown: core.unknown })),
    h('p', {}, p('summaryCounts', { breached: all.breached, unknown: all.unknown, met: all.met, idle: all.not_applicable })),
    all.unknown > 0 && h('p', { class: 'quiet' }, p('statusUnknownNote')),
  ];
}

/** What would make the site compliant: one entry for each rule that is open. */
export function steps({ rules }: Assessment, collections: Collections): Child[] {
  const { core, other } = openRules(rules);
  if (core.length + other.length === 0) return [h('p', {}, p('fixNone'))];
  const list = (of: RuleOutcome[]) => h('ol', { class: 'steps' }, of.map((rule) => step(rule, collections)));
  return [
    h('p', { class: 'quiet' }, p('fixHint')),
    core.length > 0 ? [h('h4', {}, p('fixCore', { count: core.length })), list(core)] : h('p', {}, p('fixCoreNone')),
    other.length > 0 && [h('h4', {}, p('fixOther', { count: other.length })), list(other)],
  ];
}

function step(rule: RuleOutcome, collections: Collections): VNode {
  const { settled_by: settled, missing = [], legal_basis: bases = [] } = rule;
  const facts = [...new Set(missing.map((fact) => missingText(fact, collections)))];
  return h(
    'li',
    { class: `step step-${rule.outcome}`, 'data-rule': rule.rule },
    h('h5', {}, h('span', { class: 'outcome' }, outcomeMark(rule.outcome), outcomeText(rule.outcome)), ' ', pick(rule.title) || rule.rule),
    h(
      'dl',
      {},
      row(p('fixWhy'), reasonText(rule)),
      settled?.action && row(p('fixDo'), h('strong', {}, pick(settled.action))),
      settled ? row(p(settled.action ? 'fixThen' : 'fixProof'), pick(settled.proof)) : row(p('fixDo'), p('fixNoStep')),
      facts.length > 0 && row(p('fixMissing'), `${facts.join('; ')}.`),
      row(p('fixLaw'), bases.length > 0 ? `${bases.map(basisText).join('; ')}.` : p('fixNoLaw'), ' ', h('code', {}, rule.rule)),
    ),
  );
}

/** The plans of the site, each with how its review came out; where drafts are kept from strangers that is said, whether there are any or not. */
export function plans(found: { plan: Item; review: Review | undefined }[], keepsDrafts: boolean, collections: Collections, asOf: string | undefined, mapUrl: (id: string) => string): Child[] {
  const kept = keepsDrafts && h('p', { class: 'quiet' }, p('draftsKept'));
  if (found.length === 0) return [h('p', {}, p(keepsDrafts ? 'plansNoneSeen' : 'plansNone')), kept];
  const declared = collections.get('plans');
  const entries = found.map(({ plan: { id, properties }, review }) => {
    const count = (kind: string) => (review?.findings ?? []).filter((finding) => classOf(finding) === kind).length;
    const checks = review?.checks ?? [];
    const open = checks.filter(({ verdict, counts }) => counts && (verdict === 'unknown' || verdict === 'undetermined'));
    const failed = checks.filter(({ verdict, counts }) => counts && verdict === 'fail');
    return h(
      'article',
      { class: 'site-plan', 'data-plan': id },
      h('h4', {}, text(properties.name_vi) || id, ' ', properties.is_demo === true && demoMark()),
      h(
        'dl',
        {},
        row(t('status'), valueText(fieldOf(declared, 'status'), properties.status)),
        row(p('decision'), [text(properties.decision_no) || p('noDecision'), text(properties.authority)].filter(Boolean).join(', ')),
        Boolean(properties.approved_on) && row(p('approvedOn'), formatDate(text(properties.approved_on))),
      ),
      review && h('p', {}, p('planCounts', { errors: count('error'), warnings: count('warning'), infos: count('info'), open: open.length })),
      failed.length > 0 && h('p', {}, `${p('planFailed')}:`),
      failed.length > 0 && h('ul', {}, failed.map((check) => h('li', {}, pick(check.title), ': ', pick(check.reason)))),
      h('p', { class: 'screen-only ways' }, h('a', { href: mapUrl(id) }, p('planOpen')), h('a', { href: planUrl(id, 'review', { f: 'html' }, asOf).href }, p('planReview')), h('a', { href: planUrl(id, 'review', { f: 'pdf' }, asOf).href }, p('planPdf'))),
    );
  });
  return [entries, kept];
}

function table(name: string, head: string[], rows: VNode[]): VNode {
  return h(
    'div',
    { class: 'scroll', role: 'group', tabindex: 0, 'aria-label': name },
    h('table', { class: 'listing' }, h('thead', {}, h('tr', {}, head.map((title) => h('th', { scope: 'col' }, title)))), h('tbody', {}, rows)),
  );
}

const day = (value: unknown): string => (value ? formatDate(text(value)) : NOTHING);

/** The violations on record, the open ones first. */
export function violations(items: Item[], collections: Collections, asOf: string | undefined): Child[] {
  if (items.length === 0) return [h('p', {}, p('violationsNone'))];
  const declared = collections.get('violations');
  const order = items.toSorted((a, b) => Number(Boolean(a.properties.closed_on)) - Number(Boolean(b.properties.closed_on)) || (text(a.properties.opened_on) < text(b.properties.opened_on) ? 1 : -1));
  const line = ({ id, properties: of }: Item) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { href: recordUrl('violations', id, asOf) }, valueText(fieldOf(declared, 'violation_kind'), of.violation_kind)), of.is_demo === true && h('span', {}, ' ', demoMark())),
      h('td', {}, valueText(fieldOf(declared, 'status'), of.status)),
      h('td', {}, day(of.opened_on)),
      h('td', {}, day(of.deadline_on)),
      h('td', {}, day(of.closed_on)),
      h('td', {}, [text(of.evidence), text(of.remedy), text(of.legal_basis)].filter(Boolean).join(' · ') || NOTHING),
    );
  return [table(p('violations'), [p('kind'), p('state'), p('opened'), p('deadline'), p('closed'), p('found')], order.map(line))];
}

/** Everything that the registers hold about a site; undefined is what is kept from strangers. */
export interface Records {
  site: Site;
  stations: Item[] | undefined;
  plans: Item[] | undefined;
  violations: Item[] | undefined;
  works: Item[] | undefined;
  milestones: Item[] | undefined;
  /** Whether drafts among the plans are kept from strangers. */
  keepsDrafts: boolean;
}

/** Decisions and permits by their numbers, and whose word the records rest on. */
export function documents({ site, keepsDrafts, ...records }: Records, asOf: string | undefined): Child[] {
  const { stations = [], plans = [], violations = [], works = [], milestones = [] } = records;
  const isKept = keepsDrafts || Object.values(records).includes(undefined);
  const paper = (title: string, number: unknown, date: unknown, collection: string, id: string) => (text(number) ? [{ title, number: text(number), date, href: recordUrl(collection, id, asOf) }] : []);
  const papers = [
    ...paper(p('founding'), site.properties.decision, site.properties.established_on, site.collection, site.id),
    ...stations.flatMap(({ id, properties }) => paper(p('permit'), properties.env_permit_no, properties.env_permit_issued_on, 'treatment_stations', id)),
    ...plans.flatMap(({ id, properties }) => paper(p('planDecision'), properties.decision_no, properties.approved_on, 'plans', id)),
    ...violations.flatMap(({ id, properties }) => paper(p('violationDecision'), properties.decision_no, properties.opened_on, 'violations', id)),
  ];
  const line = ({ title, number, date, href }: (typeof papers)[number]) => h('tr', {}, h('th', { scope: 'row' }, title), h('td', {}, h('a', { href }, number)), h('td', {}, day(date)));
  const sources = sourcesOf([site, ...stations, ...plans, ...violations, ...works, ...milestones].map(({ properties }) => properties));
  const dates = (of: string[]) => (of.length > 1 ? `${formatDate(of[0]!)} – ${formatDate(of.at(-1)!)}` : of.map((one) => formatDate(one)).join(''));
  return [
    h('h4', {}, p('papers')),
    isKept && h('p', { class: 'quiet' }, p('papersKept')),
    papers.length > 0 ? table(p('papers'), [p('paper'), p('number'), t('date')], papers.map(line)) : h('p', {}, isKept ? p('papersNoneSeen') : p('papersNone')),
    h('h4', {}, p('sources')),
    h('ul', {}, sources.map(({ name, dates: of, count, isDemo }) => h('li', {}, [name || p('sourceNone'), dates(of), p('sourceRows', { count })].filter(Boolean).join(' · '), isDemo && [' ', demoMark()]))),
  ];
}

/** The pictures of the site. */
export function pictures(all: Picture[]): Child[] {
  if (all.length === 0) return [h('p', { class: 'quiet' }, p('picturesNone'))];
  const one = ({ href, name, at, who, width, height }: Picture, i: number) =>
    h(
      'li',
      {},
      h('a', { href }, h('img', { loading: 'lazy', src: href, alt: p('picture', { number: i + 1, name }), width, height })),
      h('small', {}, [formatDate(at), who].filter(Boolean).join(' · ')),
    );
  return [h('ul', { class: 'pictures' }, all.map(one))];
}

/** What lies around the site. */
export function neighbours({ has_place: hasPlace, uncertainty_m: off, neighbours: all, numberMatched, kept }: Neighbours, collections: Collections, asOf: string | undefined, lang: string): Child[] {
  if (!hasPlace) return [h('p', {}, p('neighboursNoPlace'))];
  const hint = h('p', { class: 'quiet' }, [p('neighboursHint'), off > 0 && p('neighboursOff', { distance: formatDistance(off) })].filter(Boolean).join(' '));
  const isKept = kept.length > 0 && h('p', { class: 'quiet' }, p('neighboursKept'));
  if (all.length === 0) return [hint, isKept || h('p', {}, p('neighboursNone'))];
  const line = ({ collection, id, name, compliance_status: stated, distance_m: metres, uncertainty_m, within, is_demo: demo }: Neighbours['neighbours'][number]) => {
    const declared = collections.get(collection);
    const status = STATUSES.find((one) => one === stated);
    const href = status ? siteUrl(collection, id, { asOf, lang }).href : recordUrl(collection, id, asOf);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { href }, name || id), h('small', {}, ` ${declared ? collectionTitle(declared) : collection} `), demo && demoMark()),
      h('td', {}, metres === 0 ? p('awayTouching') : formatDistance(metres)),
      h('td', {}, within === 'yes' ? p('withinYes') : p('withinPerhaps', { distance: formatDistance(uncertainty_m) })),
      h('td', { class: status ? `status status-${status}` : null }, status ? siteMark(collection as SiteCollection, status as Status) : null, status ? statusTitle(declared, status) : NOTHING),
    );
  };
  const more = numberMatched - all.length;
  return [hint, table(p('neighbours'), [p('neighbour'), p('away'), p('within'), t('status')], all.map(line)), more > 0 && h('p', { class: 'quiet' }, p('neighboursMore', { count: more })), isKept];
}

/** What cannot be right of the site's data. */
export function faults(all: Fault[], collections: Collections, asOf: string | undefined): Child[] {
  if (all.length === 0) return [h('p', {}, p('qualityNone'))];
  const line = ({ collection, id, severity, message, field }: Fault) => {
    const declared = collections.get(collection);
    return h('li', {}, h('strong', {}, p(`severity_${severity}`)), ': ', pick(message), ' ', h('a', { href: recordUrl(collection, id, asOf) }, [declared ? collectionTitle(declared) : collection, field && fieldTitle(declared, field)].filter(Boolean).join(', ')));
  };
  return [h('p', { class: 'quiet' }, p('qualityHint')), h('ul', {}, all.map(line))];
}

/** Who changed the site's own record, when, and what. */
export function edits(versions: Version[], declared: Collection | undefined, versionsUrl: string): Child[] {
  if (versions.length === 0) return [h('p', {}, p('editsNone'))];
  const did = ({ operation, changed }: Version) => {
    if (operation === 'delete') return p('editDelete');
    if (operation === 'insert') return p('editInsert');
    return p('editUpdate', { fields: changed.map((name) => (name === 'geometry' ? p('editPlace') : fieldTitle(declared, name))).join(', ') });
  };
  const line = (version: Version) => h('li', {}, h('time', { datetime: version.at }, formatDate(version.at)), ` · ${version.who || p('somebody')} · ${did(version)}`, version.why && h('span', { class: 'quiet' }, ` “${version.why}”`));
  return [h('ul', {}, versions.map(line)), h('p', { class: 'screen-only' }, h('a', { href: versionsUrl }, p('allVersions')))];
}
