/** The panel of one site: what it is, how it stands with each rule and why, and where that is known from. */

import {
  assessmentUrl,
  fetchAssessment,
  recordUrl,
  type Assessment,
  type Collection,
  type Evidence,
  type Field,
  type LegalBasis,
  type Missing,
  type Outcome,
  type RuleOutcome,
} from './api.ts';
import { h } from './dom.ts';
import { errorBox } from './errors.ts';
import { formatDate, formatDistance, formatMeasure, formatRatio, pick, t, type Key } from './i18n.ts';
import { isDemo, placeOf, type Site } from './sites.ts';
import { symbolElement } from './symbols.ts';
import { codeText, collectionTitle, confidenceText, fieldOf, fieldTitle, measureText, NOTHING, valueText } from './values.ts';

const ABOUT_FIELDS = ['status', 'area_ha', 'main_trade', 'trade_vi', 'craft_group', 'recognition', 'established_year', 'investor', 'decision', 'pollution_class', 'pollution_report'];
const COMPLIANCE_FIELDS = ['wastewater_status', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'detail_status'];

/** Rules by outcome, in the order in which the panel lists them; met ones are folded away. */
const OUTCOMES: { outcome: Outcome; heading: Key; open: boolean }[] = [
  { outcome: 'breached', heading: 'rulesBreached', open: true },
  { outcome: 'unknown', heading: 'rulesUnknown', open: true },
  { outcome: 'met', heading: 'rulesMet', open: false },
  { outcome: 'not_applicable', heading: 'rulesNotApplicable', open: false },
];

/** Fills the panel with the site; the assessment follows when it arrives, what is wrong and why on top. */
export function showPanel(panel: HTMLElement, site: Site, collections: Map<string, Collection>, close: () => void): void {
  const assessment = h('div', { class: 'assessment', 'aria-live': 'polite' });
  panel.replaceChildren(
    heading(site, close),
    h(
      'div',
      { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': site.name },
      isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
      assessment,
      attributes(site, collections.get(site.collection)),
      provenance(site),
      links(site),
    ),
  );
  panel.hidden = false;
  panel.querySelector('h2')?.focus();
  void fillAssessment(panel, assessment, site, collections);
}

/** The mark that stands at everything made up. */
export function demoMark(): HTMLElement {
  return h('strong', { class: 'demo-mark' }, t('demoMark'));
}

function heading(site: Site, close: () => void): HTMLElement {
  return h(
    'header',
    { class: 'panel-head' },
    h(
      'div',
      { class: 'panel-title' },
      h('p', { class: 'kind' }, t(site.collection)),
      h('h2', { tabindex: -1 }, site.name),
      h('p', { class: 'place' }, placeOf(site.properties)),
      h('p', { class: `status status-${site.status}` }, symbolElement(site.collection, site.status), site.statusTitle, asOf(site)),
    ),
    h(
      'div',
      { class: 'panel-tools' },
      h('button', { type: 'button', class: 'tool', onclick: () => window.print() }, t('print')),
      h('button', { type: 'button', class: 'tool close', 'aria-label': t('close'), onclick: close }, '✕'),
    ),
  );
}

function asOf(site: Site): HTMLElement | null {
  const date = site.properties.compliance_as_of;
  return typeof date === 'string' ? h('span', { class: 'as-of' }, t('asOf', { date: formatDate(date) })) : null;
}

function attributes(site: Site, collection: Collection | undefined): HTMLElement {
  const rows = (names: string[]) =>
    names
      .filter((name) => name in site.properties)
      .flatMap((name) => row(fieldTitle(collection, name), valueText(fieldOf(collection, name), site.properties[name])));
  return h(
    'section',
    {},
    h('h3', {}, t('about')),
    h('dl', {}, ...rows(ABOUT_FIELDS)),
    h('h3', {}, t('compliance')),
    h('dl', {}, ...worstEffluent(site), ...infrastructure(site), ...rows(COMPLIANCE_FIELDS)),
  );
}

function worstEffluent({ properties }: Site): HTMLElement[] {
  const { effluent_worst_parameter: parameter, effluent_worst_ratio: ratio, effluent_sampled_on: date } = properties;
  if (typeof parameter !== 'string' || parameter === '') return row(t('worstEffluent'), t('notKnown'));
  const parts = [
    typeof ratio === 'number' && t('timesLimit', { ratio: formatRatio(ratio) }),
    typeof date === 'string' && t('sampledOn', { date: formatDate(date) }),
  ].filter(Boolean);
  // The register has the parameter's code; its name comes with the assessment.
  return row(t('worstEffluent'), h('span', { 'data-parameter': parameter }, parameter), parts.map((part) => `, ${part}`).join(''));
}

function nameParameters(panel: HTMLElement, { rules }: Assessment): void {
  const names = new Map(rules.flatMap((rule) => rule.evidence ?? []).map((fact) => [fact.subject, pick(fact.title)]));
  for (const element of panel.querySelectorAll<HTMLElement>('[data-parameter]')) {
    element.textContent = names.get(element.dataset.parameter!) || element.textContent;
  }
}

function infrastructure({ properties }: Site): HTMLElement[] {
  const { infrastructure_done: done, infrastructure_total: total } = properties;
  return typeof done === 'number' && typeof total === 'number' ? row(t('infrastructure'), `${done} / ${total}`) : [];
}

function row(term: string, ...definition: (Node | string)[]): HTMLElement[] {
  return [h('dt', {}, term), h('dd', {}, ...definition)];
}

async function fillAssessment(panel: HTMLElement, target: HTMLElement, site: Site, collections: Map<string, Collection>): Promise<void> {
  target.replaceChildren(h('p', { class: 'quiet' }, t('assessing')));
  try {
    const assessment = await fetchAssessment(site.collection, site.id);
    target.replaceChildren(...assessmentSections(assessment, collections));
    // Meanwhile the reader may have opened another site.
    if (target.isConnected) nameParameters(panel, assessment);
  } catch (error) {
    target.replaceChildren(errorBox(error, () => void fillAssessment(panel, target, site, collections)));
  }
  target.dataset.ready = 'true';
}

function assessmentSections({ rules, advice = [] }: Assessment, collections: Map<string, Collection>): HTMLElement[] {
  const groups = OUTCOMES.map(({ outcome, heading, open }) => ({
    heading: t(heading),
    open,
    rules: rules.filter((rule) => rule.outcome === outcome).sort((a, b) => Number(b.core) - Number(a.core)),
  }));
  groups.push({ heading: t('advice'), open: false, rules: advice });
  return groups
    .filter((group) => group.rules.length > 0)
    .map(({ heading, open, rules }) =>
      h(
        'details',
        { class: 'rules', open },
        h('summary', {}, h('h3', {}, `${heading} (${rules.length})`)),
        ...rules.map((rule) => ruleArticle(rule, collections)),
      ),
    );
}

// A rule's title says what is wanted; under it alone a breach would read like its opposite.
const OUTCOME: Record<Outcome, Key> = { breached: 'outcomeBreached', unknown: 'outcomeUnknown', met: 'outcomeMet', not_applicable: 'outcomeNotApplicable' };

function ruleArticle(rule: RuleOutcome, collections: Map<string, Collection>): HTMLElement {
  const missing = rule.missing ?? [];
  const legalBasis = rule.legal_basis ?? [];
  return h(
    'article',
    { class: `rule rule-${rule.outcome}` },
    h('h4', {}, h('span', { class: 'outcome' }, t(OUTCOME[rule.outcome])), ' ', t('requirement', { title: pick(rule.title) || rule.rule })),
    h('p', {}, reasonText(rule)),
    missing.length > 0 && h('p', {}, `${t('missing')}: ${missing.map((fact) => missingText(fact, collections)).join('; ')}.`),
    ...evidenceTables(rule.evidence ?? [], collections),
    legalBasis.length > 0 && h('p', { class: 'quiet' }, `${t('legalBasis')}: ${legalBasis.map(basisText).join('; ')}.`),
    h('p', { class: 'quiet' }, `${t('ruleCode')}: `, h('code', {}, rule.rule), rule.core ? null : `. ${t('notCore')}`),
  );
}

/** Why it came out so. Where readings fail, the server's sentence lists them all; here the table below does. */
function reasonText({ reason, evidence = [] }: RuleOutcome): string {
  const judged = evidence.filter((fact) => fact.verdict);
  const failing = judged.filter((fact) => fact.verdict === 'fail');
  return failing.length > 0 ? t('failing', { count: failing.length, total: judged.length }) : pick(reason);
}

function basisText({ document, article, from, to }: LegalBasis): string {
  const dates = [from && t('inForceFrom', { from: formatDate(from) }), to && t('inForceTo', { to: formatDate(to) })].filter(Boolean);
  return [document, article].filter(Boolean).join(', ') + (dates.length > 0 ? ` (${dates.join(' ')})` : '');
}

/** What is missing, in words; a parameter of a sample is written `effluent_samples.cod`. */
function missingText({ collection, field }: Missing, collections: Map<string, Collection>): string {
  const [other, parameter] = field.split('.');
  const inOther = other && collections.get(other);
  if (inOther) return [collectionTitle(inOther), parameter && codeText(inOther, parameter)].filter(Boolean).join(': ');
  const declared = collections.get(collection);
  const title = declared ? collectionTitle(declared) : collection;
  return field ? `${title}: ${fieldTitle(declared, field)}` : t('missingRecord', { collection: title });
}

/** Facts of one day and source share a table, and these its caption. */
function evidenceTables(evidence: Evidence[], collections: Map<string, Collection>): HTMLElement[] {
  const groups = new Map<string, Evidence[]>();
  for (const fact of evidence) {
    const shared = JSON.stringify([fact.collection, fact.date, fact.source, fact.source_date, fact.is_demo]);
    groups.set(shared, [...(groups.get(shared) ?? []), fact]);
  }
  return [...groups.values()].flatMap((facts) => {
    const collection = collections.get(facts[0]!.collection);
    return [evidenceTable(facts, collection), ...evidenceNotes(facts, collection)];
  });
}

type Column = { title: Key; text(fact: Evidence, field: Field | undefined): string };

/** What was found beside what is allowed, the breaches first; columns in which nothing stands are left out. */
function evidenceTable(facts: Evidence[], collection: Collection | undefined): HTMLElement {
  const judged = facts.some((fact) => fact.verdict);
  const columns: Column[] = [
    { title: 'measured', text: (fact, field) => measureText(field, fact.measured, fact.unit) },
    { title: judged ? 'allowed' : 'required', text: (fact, field) => measureText(field, fact.allowed, fact.allowed_unit) },
    { title: 'ratio', text: (fact) => (fact.ratio ? `${formatRatio(Number(fact.ratio))}×` : NOTHING) },
    { title: 'verdict', text: (fact) => (fact.verdict ? t(VERDICT[fact.verdict].title) : NOTHING) },
  ];
  const fieldOfFact = (fact: Evidence) => fieldOf(collection, fact.subject);
  const used = columns.filter(({ title, text }) => title === 'measured' || facts.some((fact) => text(fact, fieldOfFact(fact)) !== NOTHING));
  const order = (fact: Evidence) => (fact.verdict ? VERDICT[fact.verdict].order : 0);
  return h(
    'table',
    { class: 'evidence' },
    h('caption', {}, ...origin(facts[0]!, collection)),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t(judged ? 'parameter' : 'subject')), ...used.map(({ title }) => h('th', { scope: 'col' }, t(title))))),
    h(
      'tbody',
      {},
      ...[...facts]
        .sort((a, b) => order(a) - order(b))
        .map((fact) =>
          h(
            'tr',
            { class: fact.verdict },
            h('th', { scope: 'row' }, h('a', { href: recordUrl(fact.collection, fact.id) }, subjectText(fact, collection))),
            ...used.map(({ text }) => h('td', {}, text(fact, fieldOfFact(fact)))),
          ),
        ),
    ),
  );
}

const VERDICT: Record<NonNullable<Evidence['verdict']>, { title: Key; order: number }> = {
  fail: { title: 'verdictFail', order: 0 },
  not_assessable: { title: 'verdictNotAssessable', order: 1 },
  pass: { title: 'verdictPass', order: 2 },
};

function subjectText(fact: Evidence, collection: Collection | undefined): string {
  return pick(fact.title) || (fieldOf(collection, fact.subject) ? fieldTitle(collection, fact.subject) : codeText(collection, fact.subject));
}

/** How the limits came about and how sure they are; a remark that holds for several facts is made once. */
function evidenceNotes(facts: Evidence[], collection: Collection | undefined): HTMLElement[] {
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
      h('summary', {}, t('remarks')),
      h('ul', {}, ...[...remarks].map(([remark, subjects]) => h('li', {}, `${subjects.join(', ')}: ${remark}`))),
    ),
  ];
}

function origin({ collection, date, source, source_date, is_demo }: Evidence, declared: Collection | undefined): (Node | string)[] {
  const parts = [
    declared ? collectionTitle(declared) : collection,
    date && t('recordDate', { date: formatDate(date) }),
    source && `${t('source').toLowerCase()}: ${source}`,
    source_date && formatDate(source_date),
  ].filter(Boolean);
  return [`${parts.join(', ')} `, ...(is_demo ? [demoMark()] : [])];
}

function provenance(site: Site): HTMLElement {
  const { position_precision_m: precision, source, source_date, confidence, notes } = site.properties;
  const drawn = site.geometry?.type !== 'Point' && site.properties.is_demo === true;
  return h(
    'section',
    {},
    h('h3', {}, t('sourceHeading')),
    h(
      'dl',
      {},
      ...row(t('source'), typeof source === 'string' && source ? source : t('notKnown')),
      ...(source_date ? row(t('sourceDate'), formatDate(String(source_date))) : []),
      ...(confidence ? row(t('confidence'), confidenceText(String(confidence))) : []),
      ...(notes ? row(t('notes'), String(notes)) : []),
      ...row(
        t('position'),
        typeof precision === 'number' ? t('precision', { distance: formatDistance(precision) }) : t('precisionUnknown'),
        ...(drawn ? [' ', t('boundaryDrawn'), ' ', demoMark()] : []),
      ),
    ),
  );
}

/** Where the rest of the record is, and an address of this site to hand on. */
function links({ key, collection, id }: Site): HTMLElement {
  const address = new URL(`#${key}`, location.href).href;
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = t('copied');
    } catch {
      // Browsers give the clipboard to secure origins only; a server on the office network may not be one.
      window.prompt(t('copyLink'), address);
    }
  };
  return h(
    'section',
    { class: 'links' },
    h('h3', {}, t('links')),
    h(
      'ul',
      {},
      h('li', {}, h('a', { href: recordUrl(collection, id) }, t('record'))),
      h('li', {}, h('a', { href: assessmentUrl(collection, id).href }, t('assessmentJson'))),
      h('li', {}, h('a', { href: address }, t('siteLink')), ' ', h('button', { type: 'button', 'aria-live': 'polite', onclick: (event) => void copy(event) }, t('copyLink'))),
    ),
  );
}

/** Unfolds what the panel has folded away for as long as it is being printed: it belongs on the paper. */
export function unfoldForPrint(panel: HTMLElement): void {
  let folded: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    folded = [...panel.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const details of folded) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
}
