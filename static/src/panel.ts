/** The panel of one site: what it is, how it stands with each rule and why, and where that is known from. */

import {
  fetchAssessment,
  recordUrl,
  type Assessment,
  type Collection,
  type Evidence,
  type LegalBasis,
  type Outcome,
  type RuleOutcome,
} from './api.ts';
import { h } from './dom.ts';
import { errorBox } from './errors.ts';
import { formatDate, formatDistance, formatMeasure, pick, t, type Key } from './i18n.ts';
import { isDemo, placeOf, type Site } from './sites.ts';
import { symbolElement } from './symbols.ts';
import { fieldOf, fieldTitle, measureText, parameterText, valueText } from './values.ts';

const ABOUT_FIELDS = ['status', 'area_ha', 'main_trade', 'trade_vi', 'craft_group', 'recognition', 'established_year', 'investor', 'pollution_class'];
const COMPLIANCE_FIELDS = ['wastewater_status', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'detail_status'];

/** Rules by outcome, in the order in which the panel lists them; met ones are folded away. */
const OUTCOMES: { outcome: Outcome; heading: Key; open: boolean }[] = [
  { outcome: 'breached', heading: 'rulesBreached', open: true },
  { outcome: 'unknown', heading: 'rulesUnknown', open: true },
  { outcome: 'met', heading: 'rulesMet', open: false },
  { outcome: 'not_applicable', heading: 'rulesNotApplicable', open: false },
];

/** What the panel asks of the page. */
export interface PanelActions {
  close(): void;
  choose(site: Site): void;
}

/** Fills the panel with the site; `nearby` are other sites under the same click. The assessment follows when it arrives. */
export function showPanel(
  panel: HTMLElement,
  site: Site,
  nearby: Site[],
  collections: Map<string, Collection>,
  actions: PanelActions,
): void {
  const assessment = h('div', { class: 'assessment', 'aria-live': 'polite' });
  panel.replaceChildren(
    heading(site, actions),
    h(
      'div',
      { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': site.name },
      isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
      nearby.length > 0 && nearbySites(nearby, actions),
      attributes(site, collections.get(site.collection)),
      assessment,
      provenance(site, collections.get(site.collection)),
    ),
  );
  panel.hidden = false;
  panel.querySelector('h2')?.focus();
  void fillAssessment(assessment, site, collections);
}

/** The mark that stands at everything made up. */
export function demoMark(): HTMLElement {
  return h('strong', { class: 'demo-mark' }, t('demoMark'));
}

function heading(site: Site, { close }: PanelActions): HTMLElement {
  return h(
    'header',
    { class: 'panel-head' },
    h(
      'div',
      { class: 'panel-title' },
      h('p', { class: 'kind' }, t(site.collection)),
      h('h2', { tabindex: -1 }, site.name),
      h('p', { class: 'place' }, placeOf(site.properties)),
      h('p', { class: `status status-${site.status}` }, symbolElement(site.collection, site.status), t(site.status), asOf(site)),
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

function nearbySites(nearby: Site[], { choose }: PanelActions): HTMLElement {
  return h(
    'div',
    { class: 'nearby' },
    h('p', {}, t('nearby')),
    ...nearby.map((site) =>
      h('button', { type: 'button', onclick: () => choose(site) }, symbolElement(site.collection, site.status), site.name),
    ),
  );
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
    h('dl', {}, ...worstEffluent(site, collection), ...infrastructure(site), ...rows(COMPLIANCE_FIELDS)),
  );
}

function worstEffluent({ properties }: Site, collection: Collection | undefined): HTMLElement[] {
  const { effluent_worst_parameter: parameter, effluent_worst_ratio: ratio, effluent_sampled_on: date } = properties;
  if (typeof parameter !== 'string' || parameter === '') return row(t('worstEffluent'), t('notKnown'));
  const parts = [
    valueText(fieldOf(collection, 'effluent_worst_parameter'), parameter),
    typeof ratio === 'number' && t('timesLimit', { ratio: formatMeasure(ratio) }),
    typeof date === 'string' && t('sampledOn', { date: formatDate(date) }),
  ];
  return row(t('worstEffluent'), parts.filter(Boolean).join(', '));
}

function infrastructure({ properties }: Site): HTMLElement[] {
  const { infrastructure_done: done, infrastructure_total: total } = properties;
  return typeof done === 'number' && typeof total === 'number' ? row(t('infrastructure'), `${done} / ${total}`) : [];
}

function row(term: string, ...definition: (Node | string)[]): HTMLElement[] {
  return [h('dt', {}, term), h('dd', {}, ...definition)];
}

async function fillAssessment(target: HTMLElement, site: Site, collections: Map<string, Collection>): Promise<void> {
  target.replaceChildren(h('p', { class: 'quiet' }, t('assessing')));
  try {
    const assessment = await fetchAssessment(site.collection, site.id);
    target.replaceChildren(...assessmentSections(assessment, collections));
  } catch (error) {
    target.replaceChildren(errorBox(error, () => void fillAssessment(target, site, collections)));
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

function ruleArticle(rule: RuleOutcome, collections: Map<string, Collection>): HTMLElement {
  const missing = rule.missing ?? [];
  const legalBasis = rule.legal_basis ?? [];
  return h(
    'article',
    { class: `rule rule-${rule.outcome}` },
    h('h4', {}, pick(rule.title) || rule.rule, ' ', h('code', {}, rule.rule)),
    rule.reason ? h('p', {}, pick(rule.reason)) : null,
    missing.length > 0 && h('p', {}, `${t('missing')}: ${missing.map(pick).join('; ')}.`),
    ...evidenceBlocks(rule.evidence ?? [], collections),
    legalBasis.length > 0 && h('p', { class: 'quiet' }, `${t('legalBasis')}: ${legalBasis.map(basisText).join('; ')}.`),
    rule.core ? null : h('p', { class: 'quiet' }, t('notCore')),
  );
}

function basisText({ document, article, from, to }: LegalBasis): string {
  const dates = [from && t('inForceFrom', { from: formatDate(from) }), to && t('inForceTo', { to: formatDate(to) })].filter(Boolean);
  return [document, article].filter(Boolean).join(', ') + (dates.length > 0 ? ` (${dates.join(' ')})` : '');
}

/** Measurements of one sample share a table, and its date and source the caption; other records get a line each. */
function evidenceBlocks(evidence: Evidence[], collections: Map<string, Collection>): HTMLElement[] {
  const samples = new Map<string, Evidence[]>();
  const blocks: HTMLElement[] = [];
  for (const entry of evidence) {
    if (!entry.parameter) {
      blocks.push(h('p', { class: 'evidence' }, `${t('evidence')}: `, recordLink(entry, collections), ...origin(entry)));
      continue;
    }
    const sample = JSON.stringify([entry.date, entry.source, entry.source_date, entry.is_demo]);
    samples.set(sample, [...(samples.get(sample) ?? []), entry]);
  }
  for (const rows of samples.values()) blocks.push(sampleTable(rows, collections));
  return blocks;
}

function sampleTable(rows: Evidence[], collections: Map<string, Collection>): HTMLElement {
  const columns: Key[] = ['parameter', 'measured', 'allowed', 'ratio'];
  const samples = collections.get(rows[0]?.collection ?? '');
  return h(
    'table',
    { class: 'evidence' },
    h('caption', {}, t('evidence'), ...(rows[0] ? origin(rows[0]) : [])),
    h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, t(column))))),
    h(
      'tbody',
      {},
      ...rows.map((entry) =>
        h(
          'tr',
          { class: entry.verdict },
          h('th', { scope: 'row' }, h('a', { href: recordUrl(entry.collection, entry.id) }, parameterText(samples, entry.parameter ?? ''))),
          h('td', {}, measureText(entry.measured, entry.unit)),
          h('td', {}, measureText(entry.allowed, entry.unit)),
          h('td', {}, measureText(entry.ratio)),
        ),
      ),
    ),
  );
}

function recordLink({ collection, id }: Evidence, collections: Map<string, Collection>): HTMLElement {
  const known = collections.get(collection);
  return h('a', { href: recordUrl(collection, id) }, `${pick(known?.langxanh?.title) || known?.title || collection}, ${id}`);
}

function origin({ date, source, source_date, is_demo }: Evidence): (Node | string)[] {
  const parts = [
    date && t('sampledOn', { date: formatDate(date) }),
    source && `${t('source').toLowerCase()}: ${source}`,
    source_date && formatDate(source_date),
  ].filter(Boolean);
  return [parts.length > 0 ? ` – ${parts.join(', ')} ` : ' ', ...(is_demo ? [demoMark()] : [])];
}

function provenance(site: Site, collection: Collection | undefined): HTMLElement {
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
      ...(confidence ? row(t('confidence'), valueText(fieldOf(collection, 'confidence'), confidence)) : []),
      ...(notes ? row(t('notes'), String(notes)) : []),
      ...row(
        t('position'),
        typeof precision === 'number' ? t('precision', { distance: formatDistance(precision) }) : t('precisionUnknown'),
        ...(drawn ? [' ', t('boundaryDrawn'), ' ', demoMark()] : []),
      ),
    ),
    h('p', {}, h('a', { href: recordUrl(site.collection, site.id) }, t('record'))),
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
