/** The panel of one site: how it stands with each rule and why, then and now, and where that is known from. */

import { assessmentUrl, fetchAssessment, fetchEffluent, fetchHistory, fetchOfSite, recordUrl, type Collection, type Item } from './api.ts';
import { today } from './dates.ts';
import { element as drawn, h } from './dom.ts';
import { formatDate, formatDistance, formatRatio, lang, t, type Key } from './i18n.ts';
import { checklist, checklistBrief } from './panel/checklist.ts';
import { effluentBrief, effluentPart } from './panel/effluent.ts';
import { quarterGrid, quartersBrief } from './panel/grid.ts';
import { showPart } from './panel/head.ts';
import { copyButton, demoMark, fill, part, row, type PartName } from './panel/parts.ts';
import { gridDay } from './panel/quarters.ts';
import { parameterNames, ruleGroups } from './panel/rules.ts';
import { timeline, timelineBrief } from './panel/timeline.ts';
import { siteUrl } from './site/address.ts';
import { isDemo, placeOf, type Site } from './sites.ts';
import { siteMark } from './sitemarks.ts';
import { h as createVNode, type Child } from './ui.ts';
import { confidenceText, fieldOf, fieldTitle, valueText, versionText } from './values.ts';

const ABOUT_FIELDS = ['status', 'area_ha', 'main_trade', 'trade_vi', 'craft_group', 'recognition', 'established_year', 'investor', 'decision', 'pollution_class', 'pollution_report'];
const COMPLIANCE_FIELDS = ['wastewater_status', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'detail_status'];

/** What the panel needs to know of the page, and does to it. */
export interface Frame {
  collections: Map<string, Collection>;
  /** The day the site is shown for; undefined is today. */
  asOf: string | undefined;
  close(): void;
  /** Shows everything as of another day. */
  onDay(day: string): void;
  /** The 1/500 plans of a site. */
  plansOf(site: Site): Item[];
  /** Opens a plan in plan mode. */
  onPlan(id: string): void;
  /** Opens the site's record for editing, and the other records about it. */
  onEdit(site: Site): void;
  onRecords(site: Site): void;
  /** What was changed of the site's record, and its pictures. */
  edits(site: Site): Promise<Child>;
}

/** Counts the sites shown, so that one that comes late does not replace its successor. */
let latest = 0;

/** Fills the panel with the site; what is wrong comes first, and each part follows when its data arrive. */
export function showPanel(panel: HTMLElement, site: Site, frame: Frame): void {
  latest += 1;
  panel.replaceChildren(heading(site, frame), body(site, frame).element);
  panel.hidden = false;
  panel.querySelector('h2')?.focus();
}

/** Shows the same site for another day: what stands is replaced once all is there, and nothing moves under the reader's eyes. */
export async function refreshPanel(panel: HTMLElement, site: Site, frame: Frame): Promise<void> {
  const turn = (latest += 1);
  const old = panel.querySelector<HTMLElement>('.panel-body');
  if (!old) return showPanel(panel, site, frame);
  old.setAttribute('aria-busy', 'true');
  const fresh = body(site, frame);
  await fresh.loaded;
  if (turn !== latest) return;
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  const quarter = focused?.getAttribute('data-quarter');
  const top = anchorOf(old) - old.scrollTop;
  panel.replaceChildren(heading(site, frame), fresh.element);
  fresh.element.scrollTop = anchorOf(fresh.element) - top;
  if (quarter) fresh.element.querySelector<HTMLElement>(`thead [data-quarter="${CSS.escape(quarter)}"]`)?.focus();
  else if (focused) panel.querySelector('h2')?.focus();
}

/** Where the grid stands, by which a reader goes from quarter to quarter. */
function anchorOf(content: HTMLElement): number {
  return content.querySelector<HTMLElement>('#part-quarters')?.offsetTop ?? 0;
}

/** Shows that the site was not in the register on the day. */
export function showAbsent(panel: HTMLElement, name: string, { asOf, close }: Frame): void {
  latest += 1;
  panel.replaceChildren(
    h('header', { class: 'panel-head' }, h('h2', { tabindex: -1 }, name), h('div', { class: 'panel-tools' }, closeButton(close))),
    h('div', { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': name }, h('p', {}, t('absent', { date: formatDate(asOf ?? today()) }))),
  );
  panel.hidden = false;
}

function body(site: Site, frame: Frame): { element: HTMLElement; loaded: Promise<unknown> } {
  const { collections, asOf } = frame;
  const { collection, id } = site;
  const assessment = h('div', { class: 'assessment', 'aria-live': 'polite' });
  const [quarters, effluent, works, events] = [part('quarters', 'quarters'), part('effluent', 'effluent'), part('works', 'works'), part('events', 'events')];
  const [about, source, edits] = [part('about', 'register'), part('source', 'sourceHeading'), part('edits', 'edits')];
  edits.element.classList.add('screen-only');
  // What reads history comes from the desk, which is not loaded for nothing.
  const loadEdits = () => edits.element.open && void fill(edits.content, 'loadingPart', () => frame.edits(site), (parts) => [drawn(createVNode('div', {}, parts))]);
  edits.element.addEventListener('toggle', loadEdits, { once: true });
  about.content.append(...attributes(site, collections.get(collection)));
  source.content.append(...provenance(site), links(site, asOf));
  works.brief.textContent = checklistBrief(site);
  const element = h(
    'div',
    { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': site.name },
    isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
    planButtons(site, frame),
    assessment,
    ...[quarters, effluent, works, events, about, source, edits].map((one) => one.element),
  );
  // The grid may end later than the events: it leads back to today.
  const gridEnd = gridDay(asOf, today());
  const history = () => fetchHistory(collection, id, asOf);
  const eventsLoaded = fill(events.content, 'loadingPart', history, (loaded) => {
    events.brief.textContent = timelineBrief(loaded);
    quarters.brief.textContent = quartersBrief(loaded);
    return timeline(loaded, collections, asOf);
  });
  const loaded = Promise.all([
    fill(assessment, 'assessing', () => fetchAssessment(collection, id, asOf), (loaded) => {
      nameParameters(element, parameterNames(loaded));
      return ruleGroups(loaded, collections, asOf);
    }),
    fill(quarters.content, 'loadingPart', () => fetchHistory(collection, id, gridEnd), (loaded) => quarterGrid(loaded, asOf ?? loaded.as_of, frame.onDay)),
    fill(effluent.content, 'loadingPart', () => fetchEffluent(collection, id, asOf), (loaded) => {
      effluent.brief.textContent = effluentBrief(loaded);
      return effluentPart(loaded, asOf);
    }),
    fill(works.content, 'loadingPart', () => fetchOfSite('infrastructure_items', site, asOf), (loaded) => checklist(loaded, collections.get('infrastructure_items'), asOf)),
    eventsLoaded,
  ]);
  return { element, loaded };
}

/** The ways to the site's 1/500 plans, where it has any. */
function planButtons(site: Site, { collections, plansOf, onPlan }: Frame): HTMLElement | null {
  const plans = plansOf(site);
  if (plans.length === 0) return null;
  const status = fieldOf(collections.get('plans'), 'status');
  const entry = ({ id, properties }: Item) =>
    h('li', {}, h('button', { type: 'button', class: 'open-plan', 'data-plan': id, onclick: () => onPlan(id) }, t('openPlan')), ' ', h('small', {}, [valueText(status, properties.status), versionText(collections.get('plans'), properties)].filter(Boolean).join(' · ')));
  return h('ul', { class: 'plans', 'aria-label': t('plansLayer') }, ...plans.map(entry));
}

/** What a sheet of paper must say of itself; not shown on the screen. */
/** A title in the middle of a line: its first letter small, names in it as they are. */
function withSmallFirst(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

function paperHead(site: Site): HTMLElement {
  const { source, source_date: date } = site.properties;
  const printed = h('p', {});
  const element = h(
    'div',
    { class: 'paper-head', 'data-paper': true },
    h('p', {}, h('strong', {}, t('dossier')), ' · ', `${t('title')}, ${withSmallFirst(t('subtitle'))}`),
    h('p', {}, `${t('source')}: ${typeof source === 'string' && source ? source : t('notKnown')}${typeof date === 'string' ? `, ${formatDate(date)}` : ''} `, isDemo(site) && demoMark()),
    printed,
  );
  element.addEventListener('paper', () => {
    printed.textContent = t('printedOn', { date: formatDate(today()), address: location.href });
  });
  return element;
}

const JUMPS: [PartName | 'rules', Key][] = [
  ['rules', 'jumpRules'],
  ['quarters', 'jumpQuarters'],
  ['effluent', 'jumpEffluent'],
  ['works', 'jumpWorks'],
  ['events', 'jumpEvents'],
  ['about', 'jumpAbout'],
];

function heading(site: Site, { asOf, close, onEdit, onRecords }: Frame): HTMLElement {
  return h(
    'header',
    { class: 'panel-head' },
    paperHead(site),
    h(
      'div',
      { class: 'panel-title' },
      h('p', { class: 'kind' }, t(site.collection)),
      h('h2', { tabindex: -1 }, site.name),
      h('p', { class: 'place' }, placeOf(site.properties)),
      h('p', { class: `status status-${site.status}` }, siteMark(site.collection, site.status), site.statusTitle, asOfText(site)),
      h('p', { class: 'screen-only' }, h('a', { href: siteUrl(site.collection, site.id, { asOf, lang }).href }, t('sitePage'))),
    ),
    h(
      'div',
      { class: 'panel-tools' },
      h('button', { type: 'button', class: 'tool narrow-only', 'aria-pressed': 'false', onclick: enlarge }, t('enlarge')),
      h('button', { type: 'button', class: 'tool', onclick: () => window.print() }, t('print')),
      closeButton(close),
    ),
    h(
      'div',
      { class: 'editor-only editor-tools' },
      h('button', { type: 'button', class: 'edit-site', onclick: () => onEdit(site) }, t('editRecord')),
      h('button', { type: 'button', class: 'site-records', onclick: () => onRecords(site) }, t('otherRecords')),
    ),
    h('nav', { class: 'jumps', 'aria-label': t('jumps') }, ...JUMPS.map(([name, title]) => h('button', { type: 'button', onclick: (event) => jumpTo(event, name) }, t(title)))),
  );
}

function closeButton(close: () => void): HTMLElement {
  return h('button', { type: 'button', class: 'tool close', 'aria-label': t('close'), onclick: close }, '✕');
}

function jumpTo(event: Event, name: PartName | 'rules'): void {
  const panel = (event.currentTarget as HTMLElement).closest('#panel');
  const target = panel?.querySelector<HTMLElement>(name === 'rules' ? '.panel-body' : `#part-${name}`);
  if (!target) return;
  if (target instanceof HTMLDetailsElement) {
    showPart(target);
  } else {
    target.scrollTop = 0;
    target.focus();
  }
}

/** On a phone the panel takes half of the screen, or all of it. */
function enlarge(event: Event): void {
  const button = event.currentTarget as HTMLElement;
  const isLarge = button.closest('#panel')?.classList.toggle('large') ?? false;
  button.setAttribute('aria-pressed', String(isLarge));
}

function asOfText(site: Site): HTMLElement | null {
  const date = site.properties.compliance_as_of;
  return typeof date === 'string' ? h('span', { class: 'as-of' }, t('asOf', { date: formatDate(date) })) : null;
}

/** What the register says of the site, and what follows from it. */
export function attributes(site: Site, collection: Collection | undefined): HTMLElement[] {
  const rows = (names: string[]) =>
    names
      .filter((name) => name in site.properties)
      .flatMap((name) => row(fieldTitle(collection, name), valueText(fieldOf(collection, name), site.properties[name])));
  return [h('dl', {}, ...rows(ABOUT_FIELDS)), h('h4', {}, t('compliance')), h('dl', {}, ...worstEffluent(site), ...infrastructure(site), ...rows(COMPLIANCE_FIELDS))];
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

/** Writes the names of parameters where their codes stand. */
export function nameParameters(content: HTMLElement, names: Map<string, string>): void {
  for (const element of content.querySelectorAll<HTMLElement>('[data-parameter]')) {
    element.textContent = names.get(element.dataset.parameter!) || element.textContent;
  }
}

function infrastructure({ properties }: Site): HTMLElement[] {
  const { infrastructure_done: done, infrastructure_total: total } = properties;
  return typeof done === 'number' && typeof total === 'number' ? row(t('infrastructure'), `${done} / ${total}`) : [];
}

/** Where the site's own record comes from, and how sure its place is. */
export function provenance(site: Site): HTMLElement[] {
  const { position_precision_m: precision, source, source_date, confidence, notes } = site.properties;
  const drawn = site.geometry?.type !== 'Point' && site.properties.is_demo === true;
  return [
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
  ];
}

/** Where the rest of the record is, and an address of this site to hand on. */
function links({ key, collection, id }: Site, asOf: string | undefined): HTMLElement {
  const address = new URL(`#${[key, asOf && `as-of=${asOf}`].filter(Boolean).join('&')}`, location.href).href;
  return h(
    'section',
    { class: 'links' },
    h('h4', {}, t('links')),
    h(
      'ul',
      {},
      h('li', {}, h('a', { href: recordUrl(collection, id, asOf) }, t('record'))),
      h('li', {}, h('a', { href: assessmentUrl(collection, id, asOf).href }, t('assessmentJson'))),
      h('li', {}, h('a', { href: address }, t('siteLink')), ' ', copyButton(() => address)),
    ),
  );
}

/**
 * Unfolds what the panel has folded away for as long as it is being printed: it belongs on the paper. Elements
 * marked `data-paper` hear of it by an event `paper`, in time to draw what is for paper alone.
 */
export function unfoldForPrint(panel: HTMLElement): void {
  let folded: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    folded = [...panel.querySelectorAll<HTMLDetailsElement>('details:not([open], .screen-only)')];
    for (const details of folded) details.open = true;
    for (const element of panel.querySelectorAll('[data-paper]')) element.dispatchEvent(new Event('paper'));
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
}
