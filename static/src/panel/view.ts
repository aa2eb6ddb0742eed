/** How the panel of a site looks: its head, and one part after the other as their data arrive. */

import type { Ref, RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Assessment, Collection, Item, SiteHistory } from '../api.ts';
import { attributes, links, provenance } from '../evidence/about.ts';
import { checklist, checklistBrief } from '../evidence/checklist.ts';
import { effluentBrief, EffluentPart, type Drawable } from '../evidence/effluent.ts';
import { quartersBrief, QuarterGrid } from '../evidence/grid.ts';
import { parameterNames, ruleGroups } from '../evidence/rules.ts';
import { timeline, timelineBrief } from '../evidence/timeline.ts';
import { formatDate, lang, t, type Key } from '../i18n.ts';
import { siteUrl } from '../site/address.ts';
import { isDemo, placeOf, type Site } from '../sites.ts';
import type { Arrivals } from '../ui/arrivals.ts';
import { byId } from '../ui/dom.ts';
import { h, type Child } from '../ui/h.ts';
import { arrivalOf, arrived, demoMark, valueOf, type Arrival } from '../ui/parts.ts';
import { printPage } from '../ui/print.ts';
import { siteMark } from '../ui/sitemarks.ts';
import { fieldOf, valueText, versionText } from '../values.ts';
import { jumps, PaperHead, showPart } from './head.ts';
import { part, type PartName } from './part.ts';

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

/** What is read for the panel. */
export interface Read {
  assessment: Assessment;
  /** The history of the quarters that the grid shows: it may end later than that of the day, and leads back to today. */
  quarters: SiteHistory;
  effluent: Drawable;
  works: Item[];
  events: SiteHistory;
}

/** A site as the panel shows it. */
export interface Shown {
  site: Site;
  frame: Frame;
  read: Arrivals<Read>;
}

/** The panel; while it is busy another day of the site is on its way. `end` hears when it goes. */
export function SitePanel({ shown, isBusy, end }: { shown: Shown; isBusy: boolean; end: () => void }): Child {
  useLayoutEffect(() => end, []);
  const content = useRef<HTMLElement | null>(null);
  return [heading(shown, content), body(shown, content, isBusy)];
}

/** Says that the site was not in the register on the day. */
export function absentSite(name: string, day: string, close: () => void): Child {
  return [
    h('header', { class: 'panel-head' }, h('h2', { tabindex: -1 }, name), h('div', { class: 'panel-tools' }, closeButton(close))),
    h('div', { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': name }, h('p', {}, t('absent', { date: formatDate(day) }))),
  ];
}

function body({ site, frame, read }: Shown, ref: Ref<HTMLElement | null>, isBusy: boolean): VNode {
  const { collections, asOf, onDay, edits } = frame;
  const { of } = read;
  const shown = <K extends keyof Read>(name: K, show: (value: Read[K]) => Child, loading: Key = 'loadingPart') => arrived(of[name] as Arrival<Read[K]>, loading, () => read.again(name), show);
  const [assessment, effluent, history] = [valueOf(of.assessment), valueOf(of.effluent), valueOf(of.events)];
  const isReady = (name: keyof Read) => of[name] !== undefined;
  return h(
    'div',
    { ref, class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': site.name, 'aria-busy': isBusy || null },
    isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
    planButtons(site, frame),
    h('div', { class: 'assessment', 'aria-live': 'polite', 'data-ready': isReady('assessment') || null }, shown('assessment', (value) => ruleGroups(value, collections, asOf), 'assessing')),
    part({ name: 'quarters', title: 'quarters', brief: history && quartersBrief(history), isReady: isReady('quarters'), content: shown('quarters', (history) => h(QuarterGrid, { history, day: asOf ?? history.as_of, onDay })) }),
    part({ name: 'effluent', title: 'effluent', brief: effluent && effluentBrief(effluent.effluent), isReady: isReady('effluent'), content: shown('effluent', (value) => h(EffluentPart, { ...value, asOf })) }),
    part({ name: 'works', title: 'works', brief: checklistBrief(site), isReady: isReady('works'), content: shown('works', (items) => checklist(items, collections.get('infrastructure_items'), asOf)) }),
    part({ name: 'events', title: 'events', brief: history && timelineBrief(history), isReady: isReady('events'), content: shown('events', (history) => timeline(history, collections, asOf)) }),
    part({ name: 'about', title: 'register', content: attributes(site, collections.get(site.collection), assessment && parameterNames(assessment)) }),
    part({ name: 'source', title: 'sourceHeading', content: [provenance(site), links(site, asOf)] }),
    h(Edits, { site, edits }),
  );
}

/** What was changed, asked for when the part is first unfolded and whenever the site has other data: it comes from the desk, which is not loaded for nothing. */
function Edits({ site, edits }: Pick<Frame, 'edits'> & { site: Site }): VNode {
  const [asked, ask] = useState(0);
  const [arrival, arrive] = useState<Arrival<Child>>();
  useEffect(() => {
    if (asked === 0) return;
    let isWanted = true;
    void arrivalOf(edits(site)).then((now) => isWanted && arrive(now));
    return () => void (isWanted = false);
  }, [site, asked]);
  const retry = () => {
    arrive(undefined);
    ask(asked + 1);
  };
  const content = asked > 0 && arrived(arrival, 'loadingPart', retry, (shown) => shown);
  return part({ name: 'edits', title: 'edits', class: 'screen-only', isReady: arrival !== undefined, content, onOpen: () => ask(asked || 1) });
}

/** The ways to the site's 1/500 plans, where it has any. */
function planButtons(site: Site, { collections, plansOf, onPlan }: Frame): VNode | null {
  const plans = plansOf(site);
  if (plans.length === 0) return null;
  const status = fieldOf(collections.get('plans'), 'status');
  const entry = ({ id, properties }: Item) =>
    h('li', { key: id }, h('button', { type: 'button', class: 'open-plan', 'data-plan': id, onclick: () => onPlan(id) }, t('openPlan')), ' ', h('small', {}, [valueText(status, properties.status), versionText(collections.get('plans'), properties)].filter(Boolean).join(' · ')));
  return h('ul', { class: 'plans', 'aria-label': t('plansLayer') }, plans.map(entry));
}

/** A title in the middle of a line: its first letter small, names in it as they are. */
function withSmallFirst(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

/** What a sheet of paper must say of itself; not shown on the screen. */
function paperHead(site: Site): VNode {
  const { source, source_date: date } = site.properties;
  const about = h('p', {}, `${t('source')}: ${typeof source === 'string' && source ? source : t('notKnown')}${typeof date === 'string' ? `, ${formatDate(date)}` : ''} `, isDemo(site) && demoMark());
  return h(PaperHead, { what: t('dossier'), service: `${t('title')}, ${withSmallFirst(t('subtitle'))}`, about });
}

const JUMPS: [PartName | 'rules', Key][] = [
  ['rules', 'jumpRules'],
  ['quarters', 'jumpQuarters'],
  ['effluent', 'jumpEffluent'],
  ['works', 'jumpWorks'],
  ['events', 'jumpEvents'],
  ['about', 'jumpAbout'],
];

function heading({ site, frame: { asOf, close, onEdit, onRecords } }: Shown, content: RefObject<HTMLElement | null>): VNode {
  const toTop = () => {
    content.current!.scrollTop = 0;
    content.current!.focus();
  };
  const date = site.properties.compliance_as_of;
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
      h('p', { class: `status status-${site.status}` }, siteMark(site.collection, site.status), site.statusTitle, typeof date === 'string' && h('span', { class: 'as-of' }, t('asOf', { date: formatDate(date) }))),
      h('p', { class: 'screen-only' }, h('a', { href: siteUrl(site.collection, site.id, { asOf, lang }).href }, t('sitePage'))),
    ),
    h('div', { class: 'panel-tools' }, h(EnlargeButton, {}), h('button', { type: 'button', class: 'tool', onclick: printPage }, t('print')), closeButton(close)),
    h(
      'div',
      { class: 'editor-only editor-tools' },
      h('button', { type: 'button', class: 'edit-site', onclick: () => onEdit(site) }, t('editRecord')),
      h('button', { type: 'button', class: 'site-records', onclick: () => onRecords(site) }, t('otherRecords')),
    ),
    jumps(
      JUMPS.map(([name, title]) => [name, t(title)]),
      (name) => (name === 'rules' ? toTop() : showPart(`part-${name}`)),
    ),
  );
}

function closeButton(close: () => void): VNode {
  return h('button', { type: 'button', class: 'tool close', 'aria-label': t('close'), onclick: close }, '✕');
}

/** On a phone the panel takes half of the screen, or all of it. */
function EnlargeButton(): VNode {
  const { classList } = byId('panel');
  const [isLarge, setLarge] = useState(classList.contains('large'));
  return h('button', { type: 'button', class: 'tool narrow-only', 'aria-pressed': isLarge, onclick: () => setLarge(classList.toggle('large')) }, t('enlarge'));
}
