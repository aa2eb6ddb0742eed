/** The rules of an assessment by outcome: what is wrong on top, and the evidence under each. */

import type { VNode } from 'preact';
import { recordUrl, type Assessment, type Collection, type Evidence, type Field, type LegalBasis, type Missing, type Outcome, type RuleOutcome, type Severity } from '../api.ts';
import { formatDate, formatMeasure, formatRatio, pick, t, type Key } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';
import { outcomeMark } from '../ui/sitemarks.ts';
import { codeText, collectionTitle, confidenceText, fieldOf, fieldTitle, measureText, NOTHING } from '../values.ts';

/** Rules by outcome, in the order in which the panel lists them. */
const GROUPS: { outcome: Outcome; heading: Key }[] = [
  { outcome: 'breached', heading: 'rulesBreached' },
  { outcome: 'unknown', heading: 'rulesUnknown' },
  { outcome: 'met', heading: 'rulesMet' },
  { outcome: 'not_applicable', heading: 'rulesNotApplicable' },
];

/**
 * The rules by outcome. Open at first is what needs attention: breaches and, of what is unknown, the core rules,
 * for these decide the status; the rest is a line each, one press away. Records are linked as they stood on the day.
 */
export function ruleGroups({ rules, advice = [] }: Assessment, collections: Map<string, Collection>, asOf: string | undefined): VNode[] {
  const folds = (of: RuleOutcome[]) => of.map((rule) => ruleFold(rule, collections, asOf));
  const group = (heading: Key, open: boolean, of: RuleOutcome[], ...children: Child[]) =>
    h('details', { key: heading, class: 'rules', open }, h('summary', {}, h('h3', {}, `${t(heading)} (${of.length})`)), children);
  const groups = GROUPS.flatMap(({ outcome, heading }) => {
    const of = rules.filter((rule) => rule.outcome === outcome);
    const [core, other] = [of.filter((rule) => rule.core), of.filter((rule) => !rule.core)];
    if (of.length === 0) return [];
    if (outcome !== 'unknown') return [group(heading, outcome === 'breached', of, folds([...core, ...other]))];
    const additional = other.length > 0 && core.length > 0 ? group('rulesAdditional', false, other, folds(other)) : folds(other);
    return [group(heading, core.length > 0, of, folds(core), additional)];
  });
  if (advice.length > 0) groups.push(group('advice', false, advice, folds(advice)));
  return groups;
}

// A rule's title says what is wanted; under it alone a breach would read like its opposite.
const OUTCOME: Record<Outcome, Key> = { breached: 'outcomeBreached', unknown: 'outcomeUnknown', met: 'outcomeMet', not_applicable: 'outcomeNotApplicable' };

/** An outcome in words. */
export function outcomeText(outcome: Outcome): string {
  return t(OUTCOME[outcome]);
}

const SEVERITY: Record<Exclude<Severity, 'breach'>, Key> = { warning: 'severityWarning', advice: 'severityAdvice' };
const RESULT: Record<string, Key> = { legacy_below_minimum: 'resultLegacyBelowMinimum' };

/** What sets the rule apart from one whose breach is simply a breach. */
function tags({ severity, result }: RuleOutcome): VNode[] {
  const known = result ? RESULT[result] : undefined;
  const texts = [severity && severity !== 'breach' && t(SEVERITY[severity]), result && (known ? t(known) : result)];
  return texts.filter((text) => typeof text === 'string' && text !== '').map((text) => h('span', { class: 'tag' }, text as string));
}

function ruleFold(rule: RuleOutcome, collections: Map<string, Collection>, asOf: string | undefined): VNode {
  const missing = rule.missing ?? [];
  const legalBasis = rule.legal_basis ?? [];
  const marks = tags(rule);
  return h(
    'details',
    { key: rule.rule, class: `rule rule-${rule.outcome}`, 'data-rule': rule.rule, open: rule.outcome === 'breached' && rule.core },
    h(
      'summary',
      {},
      h('h4', {}, h('span', { class: 'outcome' }, outcomeMark(rule.outcome), outcomeText(rule.outcome)), ' ', t('requirement', { title: pick(rule.title) || rule.rule })),
      marks.length > 0 && h('p', { class: 'tags' }, marks),
      h('p', { class: 'reason' }, reasonText(rule)),
    ),
    missing.length > 0 && h('p', {}, `${t('missing')}: ${missing.map((fact) => missingText(fact, collections)).join('; ')}.`),
    evidenceTables(rule.evidence ?? [], collections, asOf),
    legalBasis.length > 0 && h('p', { class: 'quiet' }, `${t('legalBasis')}: ${legalBasis.map(basisText).join('; ')}.`),
    h('p', { class: 'quiet' }, `${t('ruleCode')}: `, h('code', {}, rule.rule), rule.core ? null : `. ${t('notCore')}`),
  );
}

/** The rule whose readings the server's sentence lists one by one; here the table below does. */
const EFFLUENT_RULE = 'ENV-EFFLUENT';

/** Why a rule came out as it did. */
export function reasonText({ rule, reason, evidence = [] }: RuleOutcome): string {
  const judged = evidence.filter((fact) => fact.verdict);
  const failing = judged.filter((fact) => fact.verdict === 'fail');
  return rule === EFFLUENT_RULE && failing.length > 0 ? t('failing', { count: failing.length, total: judged.length }) : pick(reason);
}

/** A text of the law with its dates. */
export function basisText({ document, article, from, to, confidence }: LegalBasis): string {
  const dates = [from && t('inForceFrom', { from: formatDate(from) }), to && t('inForceTo', { to: formatDate(to) })].filter(Boolean).join(' ');
  const remarks = [dates, confidence && confidence !== 'verified' && confidenceText(confidence)].filter(Boolean);
  return [document, article].filter(Boolean).join(', ') + (remarks.length > 0 ? ` (${remarks.join('; ')})` : '');
}

/** What the law says is data too, and some of it is not entered. */
const LAW_DATA = new Set(['rule_bases', 'rule_limits', 'effluent_limits', 'wwtp_safety_distance']);

/** What is missing, in words; a parameter of a sample is written `effluent_samples.cod`. */
export function missingText({ collection, field, title: named }: Missing, collections: Map<string, Collection>): string {
  const [other, parameter] = field.split('.');
  const inOther = other && collections.get(other);
  if (inOther) return [collectionTitle(inOther), parameter && (pick(named) || codeText(inOther, parameter))].filter(Boolean).join(': ');
  if (LAW_DATA.has(collection)) return t('missingLaw', { what: [collection, field].filter(Boolean).join(': ') });
  const declared = collections.get(collection);
  const title = declared ? collectionTitle(declared) : collection;
  return field ? `${title}: ${fieldTitle(declared, field)}` : t('missingRecord', { collection: title });
}

/** Facts of one source share a table, and this its caption; their day stands there too or, where they differ in it, in a column. */
function evidenceTables(evidence: Evidence[], collections: Map<string, Collection>, asOf: string | undefined): VNode[] {
  const groups = new Map<string, Evidence[]>();
  for (const fact of evidence) {
    const shared = JSON.stringify([fact.collection, fact.source, fact.source_date, fact.is_demo]);
    groups.set(shared, [...(groups.get(shared) ?? []), fact]);
  }
  return [...groups.values()].flatMap((facts) => {
    const collection = collections.get(facts[0]!.collection);
    return [evidenceTable(facts, collection, asOf), ...evidenceNotes(facts, collection)];
  });
}

type Column = { title: Key; text(fact: Evidence, field: Field | undefined): string };

/** What was found beside what is allowed, the breaches first; columns in which nothing stands are left out. */
function evidenceTable(facts: Evidence[], collection: Collection | undefined, asOf: string | undefined): VNode {
  const judged = facts.some((fact) => fact.verdict);
  const dates = new Set(facts.map((fact) => fact.date ?? ''));
  // What is on record of a thing, not of a field, is a code that some field of the collection knows.
  const measure = (field: Field | undefined, value: string | null | undefined, unit: string | null | undefined) => {
    const code = !field && value ? codeText(collection, value) : value;
    return code !== value ? code! : measureText(field, value, unit);
  };
  const columns: Column[] = [
    { title: 'date', text: (fact) => (dates.size > 1 && fact.date ? formatDate(fact.date) : NOTHING) },
    { title: 'measured', text: (fact, field) => measure(field, fact.measured, fact.unit) },
    { title: judged ? 'allowed' : 'required', text: (fact, field) => measure(field, fact.allowed, fact.allowed_unit) },
    { title: 'ratio', text: (fact) => (fact.ratio ? `${formatRatio(Number(fact.ratio))}×` : NOTHING) },
    { title: 'verdict', text: (fact) => (fact.verdict ? verdictText(fact.verdict) : NOTHING) },
  ];
  const fieldOfFact = (fact: Evidence) => fieldOf(collection, fact.subject);
  const used = columns.filter(({ title, text }) => title === 'measured' || facts.some((fact) => text(fact, fieldOfFact(fact)) !== NOTHING));
  const order = (fact: Evidence) => (fact.verdict ? VERDICT[fact.verdict].order : 0);
  // A breach of a closed range (pH) has no ratio: it stands before those that have.
  const distance = (fact: Evidence) => (fact.ratio ? Number(fact.ratio) : Infinity);
  return h(
    'table',
    { class: 'evidence' },
    h('caption', {}, origin(facts[0]!, dates.size === 1, collection)),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t(judged ? 'parameter' : 'subject')), used.map(({ title }) => h('th', { scope: 'col' }, t(title))))),
    h(
      'tbody',
      {},
      [...facts]
        .sort((a, b) => order(a) - order(b) || (judged ? compare(distance(b), distance(a)) : 0))
        .map((fact) =>
          h(
            'tr',
            { class: fact.verdict },
            h('th', { scope: 'row' }, h('a', { href: recordUrl(fact.collection, fact.id, asOf) }, subjectText(fact, collection)), ' ', h('button', { type: 'button', class: 'edit-fact editor-only', 'data-edit': `${fact.collection}/${fact.id}`, 'aria-label': t('editFact', { subject: subjectText(fact, collection) }) }, t('edit'))),
            used.map(({ text }) => h('td', {}, text(fact, fieldOfFact(fact)))),
          ),
        ),
    ),
  );
}

/** The parameters of an assessment by code, as the page calls them. */
export function parameterNames({ rules }: Assessment): Map<string, string> {
  return new Map(rules.flatMap((rule) => rule.evidence ?? []).map((fact) => [fact.subject, pick(fact.title)]));
}

const VERDICT: Record<NonNullable<Evidence['verdict']>, { title: Key; order: number }> = {
  fail: { title: 'verdictFail', order: 0 },
  not_assessable: { title: 'verdictNotAssessable', order: 1 },
  pass: { title: 'verdictPass', order: 2 },
};

/** Unlike a difference it holds for two infinite numbers too. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A verdict in words. */
export function verdictText(verdict: NonNullable<Evidence['verdict']>): string {
  return t(VERDICT[verdict].title);
}

function subjectText(fact: Evidence, collection: Collection | undefined): string {
  return pick(fact.title) || (fieldOf(collection, fact.subject) ? fieldTitle(collection, fact.subject) : codeText(collection, fact.subject));
}

/** How the limits came about and how sure they are; a remark that holds for several facts is made once. */
function evidenceNotes(facts: Evidence[], collection: Collection | undefined): VNode[] {
  const remarks = new Map<string, string[]>();
  for (const fact of facts) {
    const doubt = fact.confidence && fact.confidence !== 'verified' && t('limitNotVerified', { confidence: confidenceText(fact.confidence) });
    for (const remark of [fact.note && formatMeasure(pick(fact.note)), doubt]) {
      if (remark) remarks.set(remark, [...(remarks.get(remark) ?? []), subjectText(fact, collection)]);
    }
  }
  if (remarks.size === 0) return [];
  return [
    h(
      'details',
      { class: 'remarks' },
      h('summary', {}, t(facts.some((fact) => fact.verdict) ? 'remarks' : 'notes')),
      h('ul', {}, [...remarks].map(([remark, subjects]) => h('li', {}, `${subjects.join(', ')}: ${remark}`))),
    ),
  ];
}

function origin({ collection, date, source, source_date, is_demo }: Evidence, isDated: boolean, declared: Collection | undefined): Child[] {
  const parts = [
    declared ? collectionTitle(declared) : collection,
    isDated && date && t('recordDate', { date: formatDate(date) }),
    source && `${t('source').toLowerCase()}: ${source}`,
    source_date && formatDate(source_date),
  ].filter(Boolean);
  return [`${parts.join(', ')} `, is_demo && demoMark()];
}

