/** The findings of a review as a list: each leads to its place on the map. */

import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Outcome } from '../api.ts';
import { formatDate, formatNumber, pick, t } from '../i18n.ts';
import { grouped } from '../survey/numbers.ts';
import { h, type Child } from '../ui/h.ts';
import { row } from '../ui/parts.ts';
import { outcomeMark } from '../ui/sitemarks.ts';
import { confidenceText, unitText } from '../values.ts';
import type { Plan } from './data.ts';
import { decisionBoxes } from './decide.ts';
import { markElement } from './marks.ts';
import { classOf, FINDING_CLASSES, type Check, type Finding, type FindingClass, type Proposal, type Review, type Verdict } from './review.ts';
import { p, type PlanKey } from './words.ts';

/** So many findings of one rule are listed each for itself. */
const FEW = 3;

/** How many findings of each class there are, and how many rules could not be judged, in words. */
export function countsText(review: Review): string {
  const counts = FINDING_CLASSES.flatMap((kind) => {
    const count = review.findings.filter((finding) => classOf(finding) === kind).length;
    return count > 0 ? [p(`short_${kind}`, { count })] : [];
  });
  return [...counts, openChecks(review)].filter(Boolean).join(' · ');
}

/** Says how many rules lack data: nothing was found there, and nothing was passed. */
function openChecks({ checks = [] }: Review): string {
  const count = checks.filter(({ verdict }) => verdict === 'unknown').length;
  return count > 0 ? p('openChecks', { count }) : '';
}

/** The finding that was chosen last, and whether the list is to show it: not where it was chosen in the list itself. */
export interface Choice {
  number: number;
  isElsewhere: boolean;
}

/** What a list of findings shows. */
interface Listed {
  review: Review;
  plan: Plan;
  chosen: Choice | undefined;
  /** Shows a finding on the map. */
  onChoose(finding: Finding): void;
}

/** The findings by class. Open at first is what needs attention. */
export function findingList({ review, plan, chosen, onChoose }: Listed): Child[] {
  const { findings, proposed_violations: proposals = [] } = review;
  const law = h('p', { class: 'quiet' }, p('asOfLaw', { law: formatDate(review.law_on) }));
  if (findings.length === 0) return [h('p', {}, [p('findingsNone'), openChecks(review)].filter(Boolean).join(' ')), law, checkList(review.checks ?? [])];
  const names = namesOf(plan);
  const titles = new Map(review.checks?.map(({ rule, title }) => [rule, pick(title)]));
  const items = (of: Finding[]) =>
    of.map((finding) => h(FindingItem, { key: finding.number, finding, plan: plan.id, names, proposed: proposals.filter((one) => one.finding === finding.number), chosen: chosen?.number === finding.number ? chosen : undefined, onChoose }));
  // Many findings of one rule are one line until they are wanted.
  const ruleItems = (of: Finding[]) =>
    of.length <= FEW ? items(of) : h('details', { class: 'finding-rule' }, h('summary', {}, `${titles.get(of[0]!.rule) ?? of[0]!.rule} (${of.length})`), items(of));
  const group = (kind: FindingClass) => {
    const members = findings.filter((finding) => classOf(finding) === kind);
    return (
      members.length > 0 &&
      h(
        'details',
        { class: `finding-group finding-${kind}`, open: kind === 'error' || kind === 'warning' },
        h('summary', {}, h('h4', {}, `${p(`class_${kind}`)} (${members.length})`)),
        h('ul', {}, ...byRule(members).map((of) => h('li', {}, ruleItems(of)))),
      )
    );
  };
  return [law, ...FINDING_CLASSES.map(group), proposals.length > 0 && h('p', { class: 'quiet' }, p('proposalNote')), checkList(review.checks ?? [])];
}

interface Item {
  finding: Finding;
  plan: string;
  /** What lots and buildings are called. */
  names: Map<string, string>;
  proposed: Proposal[];
  /** Undefined where another one is, or none. */
  chosen: Choice | undefined;
  onChoose(finding: Finding): void;
}

function FindingItem({ finding, plan, names, proposed, chosen, onChoose }: Item): VNode {
  const { number, message, rule, geometry, law = [] } = finding;
  const hasPlace = Boolean(geometry);
  const article = useRef<HTMLElement>(null);
  const head = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (!chosen?.isElsewhere) return;
    for (let fold = article.current?.closest('details'); fold; fold = fold.parentElement?.closest('details')) fold.open = true;
    article.current?.scrollIntoView({ block: 'center' });
    head.current?.focus({ preventScroll: true });
  }, [chosen]);
  const concerned = (ids: string[] | undefined, title: PlanKey) => ids && ids.length > 0 && row(p(title), ids.map((id) => names.get(id) ?? id).join(', '));
  return h(
    'article',
    { class: chosen ? 'finding chosen' : 'finding', id: `finding-${number}`, 'data-number': number, ref: article },
    h(
      'button',
      { type: 'button', class: 'finding-head', disabled: !hasPlace, 'aria-pressed': String(Boolean(chosen)), 'data-number': number, onclick: () => onChoose(finding), ref: head },
      markElement(classOf(finding), number),
      h('span', { class: 'finding-text' }, h('span', { class: 'visually-hidden' }, `${number}. `), pick(message), !hasPlace && h('small', {}, ` ${p('noPlace')}`)),
    ),
    h('p', { class: 'finding-numbers' }, ...numbers(finding), proposed.length > 0 && h('span', { class: 'tag proposal' }, p('proposal'))),
    ...decisionBoxes(plan, proposed),
    h(
      'details',
      { class: 'finding-more' },
      h('summary', {}, p('law'), ' · ', h('code', {}, rule)),
      h('ul', {}, ...law.map(({ document, article, confidence }) => h('li', {}, [document, article, confidence && confidenceText(confidence)].filter(Boolean).join(', ')))),
      h('dl', {}, concerned(finding.parcels, 'lots'), concerned(finding.buildings, 'building')),
    ),
  );
}

function numbers({ measured, required, unit, verdict }: Finding): Child[] {
  const value = (title: PlanKey, number: number | null | undefined) => typeof number === 'number' && h('span', {}, `${p(title)} `, h('strong', {}, valueText(number, unit)));
  return [value('measured', measured), value('required', required), verdict === 'undetermined' && h('span', { class: 'tag' }, t('outcomeUnknown'))];
}

function namesOf({ parcels, buildings }: Plan): Map<string, string> {
  const named = (id: string, ...of: unknown[]): [string, string] => [id, String(of.find((name) => typeof name === 'string' && name !== '') ?? id)];
  return new Map([...parcels.map(({ id, properties }) => named(id, properties.lot_symbol)), ...buildings.map(({ id, properties }) => named(id, properties.name_vi))]);
}

/** Findings of one rule beside each other, in the order of the first of each. */
function byRule(findings: Finding[]): Finding[][] {
  const rules = new Map<string, Finding[]>();
  for (const finding of findings) rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  return [...rules.values()];
}

const OUTCOME: Record<Verdict, { outcome: Outcome; word: PlanKey }> = {
  fail: { outcome: 'breached', word: 'verdict_fail' },
  undetermined: { outcome: 'unknown', word: 'verdict_undetermined' },
  unknown: { outcome: 'unknown', word: 'verdict_unknown' },
  pass: { outcome: 'met', word: 'verdict_pass' },
  not_applicable: { outcome: 'not_applicable', word: 'verdict_not_applicable' },
};
const ORDER = Object.keys(OUTCOME) as Verdict[];

/** Every rule that was looked at, with what came out: what was not found out is not left to be taken for a pass. */
function checkList(checks: Check[]): VNode {
  const sorted = checks.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return h(
    'details',
    { class: 'checks' },
    h('summary', {}, h('h4', {}, p('checks', { count: checks.length }))),
    h(
      'ul',
      {},
      ...sorted.map(({ rule, title, verdict, counts, reason }) => {
        const { outcome, word } = OUTCOME[verdict] ?? OUTCOME.unknown;
        return h('li', { 'data-rule': rule, 'data-verdict': verdict }, outcomeMark(outcome), h('span', {}, pick(title), ' – ', h('strong', {}, p(word)), !counts && h('span', { class: 'tag' }, p('informs')), h('small', {}, pick(reason))));
      }),
    ),
  );
}

/** A measured or required value with its unit; areas to a tenth, lengths to the millimetre where they have one. */
function valueText(value: number, unit: string | null | undefined): string {
  // No minus before a zero.
  const text = unit === 'm2' ? grouped(value + 0, 1) : formatNumber(value + 0);
  if (unit === '%') return `${text}%`;
  if (unit === 'd') return `${text} ${t('perDay')}`;
  return [text, unitText(unit)].filter(Boolean).join(' ');
}
