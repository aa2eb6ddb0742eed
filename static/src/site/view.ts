/** How the page of a site looks: its head, and one part under the other as their data arrive. */

import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { recordUrl, type Collection } from '../api.ts';
import { today } from '../dates.ts';
import { attributes, provenance } from '../evidence/about.ts';
import { checklist, checklistBrief } from '../evidence/checklist.ts';
import { effluentBrief, EffluentPart } from '../evidence/effluent.ts';
import { quartersBrief, QuarterGrid } from '../evidence/grid.ts';
import { parameterNames, ruleGroups } from '../evidence/rules.ts';
import { timeline, timelineBrief } from '../evidence/timeline.ts';
import { formatDate, formatDistance, lang, t, type Key } from '../i18n.ts';
import { isDemo, placeOf, type Site } from '../sites.ts';
import type { Arrivals } from '../ui/arrivals.ts';
import { h, type Child } from '../ui/h.ts';
import { arrived, demoMark, valueOf, type Arrival } from '../ui/parts.ts';
import { printPage, usePrinted } from '../ui/print.ts';
import { SchemeButton } from '../ui/schemebutton.ts';
import { siteMark } from '../ui/sitemarks.ts';
import { DISTANCES, pageUrl, siteUrl, type SiteAddress } from './address.ts';
import { versionsUrl } from './data.ts';
import { keepsDrafts, type Read, type Told } from './load.ts';
import { documents, edits, faults, neighbours, pictures, plans, steps, verdictLines, violations } from './parts.ts';
import { p, type SiteKey } from './words.ts';

/** A site as its page shows it, and what the page does. */
export interface Page {
  site: Site;
  address: SiteAddress;
  collections: Map<string, Collection>;
  read: Arrivals<Told>;
  /** The changes of the site, for readers of feeds. */
  feed: string;
  /** Goes to the same page for another day. */
  go(address: SiteAddress): void;
  /** Looks for neighbours within another distance. */
  look(distance: number): void;
}

/** The page. */
export function sitePage(page: Page): Child {
  const parts = partsOf(page);
  const { pathname, search } = location;
  return [
    head(page),
    h(
      'main',
      { class: 'site-main' },
      h('nav', { class: 'contents', 'aria-label': p('parts') }, h('ol', {}, parts.map(({ id, title }) => h('li', {}, h('a', { href: `${pathname}${search}#${id}` }, title))))),
      h('div', { class: 'site-parts' }, parts.map(section)),
    ),
  ];
}

function head({ site, address, feed, go }: Page): VNode {
  const { collection, id, asOf } = address;
  const lasting = siteUrl(collection, id, { asOf }).href;
  const onday = ({ currentTarget }: Event) => {
    const { value } = currentTarget as HTMLInputElement;
    if (value) go({ ...address, asOf: value === today() ? undefined : value });
  };
  const other = lang === 'vi' ? 'en' : 'vi';
  const date = site.properties.compliance_as_of;
  return h(
    'header',
    { class: 'site-head' },
    h(
      'div',
      { class: 'site-bar' },
      h('h1', {}, h('a', { class: 'brand-link', href: pageUrl('').href }, t('title'))),
      h('a', { href: pageUrl(`#${[site.key, asOf && `as-of=${asOf}`].filter(Boolean).join('&')}`).href }, p('toMap')),
      h('a', { href: pageUrl(`compare#sites=${encodeURIComponent(site.key)}`).href }, p('compare')),
      h('a', { href: feed, type: 'application/atom+xml' }, p('subscribe')),
      h('a', { lang: other, hreflang: other, href: siteUrl(collection, id, { ...address, lang: other }).href }, t('otherLanguage')),
      h(SchemeButton, {}),
    ),
    h(
      'div',
      { class: 'site-title' },
      h(
        'div',
        {},
        h('p', { class: 'kind' }, `${t('dossier')} · ${t(collection)}`),
        h('h2', {}, site.name),
        h('p', { class: 'place' }, placeOf(site.properties)),
        h('p', { class: `status status-${site.status}` }, siteMark(site.collection, site.status), site.statusTitle, typeof date === 'string' && h('span', { class: 'as-of' }, t('asOf', { date: formatDate(date) }))),
        isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
        h(Printed, { address: lasting }),
      ),
      h(Code, { address: siteUrl(collection, id, address).href }),
    ),
    h(
      'div',
      { class: 'site-tools screen-only' },
      h('label', { for: 'day' }, t('day')),
      h('input', { id: 'day', type: 'date', max: today(), defaultValue: asOf ?? today(), onchange: onday }),
      asOf && h('button', { type: 'button', onclick: () => go({ ...address, asOf: undefined }) }, t('toToday')),
      h('button', { type: 'button', class: 'print', onclick: printPage }, t('print')),
    ),
  );
}

function Printed({ address }: { address: string }): VNode {
  const [said, onpaper] = usePrinted(() => address);
  return h('p', { class: 'printed', 'data-paper': true, onpaper }, said);
}

/** The code of the address. It is not waited for: the page is of use without it. */
function Code({ address }: { address: string }): VNode {
  const [code, show] = useState<VNode>();
  useEffect(() => void import('./qr.ts').then(({ qrElement }) => show(qrElement(address))), [address]);
  return h('figure', { class: 'qr-box' }, code, code && h('figcaption', {}, p('qrHint')));
}

interface SitePart {
  id: string;
  title: string;
  /** In a word what is in it. */
  brief?: Child;
  content: VNode;
}

/** A part under its heading. */
function section({ id, title, brief, content }: SitePart): VNode {
  return h('section', { class: 'site-part', id, 'aria-labelledby': `${id}-title` }, h('h3', { id: `${id}-title` }, title, ' ', h('span', { class: 'brief' }, brief)), content);
}

function partsOf(page: Page): SitePart[] {
  const { site, address, collections, read, go } = page;
  const { collection, id, asOf } = address;
  const { of } = read;
  const filled = <K extends keyof Read>(name: K, show: (value: Read[K]) => Child, attributes: { class?: string; 'aria-live'?: string } = { class: 'part-content' }) => {
    const tell = (value: Told[K]) => (value === null ? h('p', { class: 'quiet' }, p('forUsers')) : show(value as Read[K]));
    return h('div', { ...attributes, 'data-ready': of[name] !== undefined || null }, arrived(of[name] as Arrival<Told[K]>, 'loadingPart', () => read.again(name), tell));
  };
  const [assessment, quarters, effluent, history] = [valueOf(of.assessment), valueOf(of.quarters), valueOf(of.effluent), valueOf(of.events)];
  const content = (...children: Child[]) => h('div', { class: 'part-content' }, children);
  const own = (id: string, key: SiteKey, content: VNode): SitePart => ({ id, title: p(key), content });
  const shared = (id: string, key: Key, content: VNode, brief?: Child): SitePart => ({ id, title: t(key), content, brief });
  const planOnMap = (plan: string) => pageUrl(`#plan=${encodeURIComponent(plan)}${asOf ? `&as-of=${asOf}` : ''}`).href;
  const onDay = (day: string) => go({ ...address, asOf: day === today() ? undefined : day });
  return [
    own('summary', 'summary', content(filled('assessment', verdictLines, { class: 'verdict' }), h('div', { class: 'facts' }, attributes(site, collections.get(collection), assessment ? parameterNames(assessment) : undefined)))),
    own('fix', 'fix', filled('assessment', (found) => steps(found, collections))),
    shared('quarters', 'quarters', filled('quarters', (history) => h(QuarterGrid, { history, day: asOf ?? history.as_of, onDay })), quarters && quartersBrief(quarters)),
    shared('effluent', 'effluent', filled('effluent', (found) => h(EffluentPart, { ...found, asOf })), effluent && effluentBrief(effluent.effluent)),
    shared('works', 'works', filled('works', (found) => checklist(found, collections.get('infrastructure_items'), asOf)), checklistBrief(site)),
    own('plans', 'plans', filled('plans', (found) => plans(found, keepsDrafts(collections), collections, asOf, planOnMap))),
    own('violations', 'violations', filled('violations', (found) => violations(found, collections, asOf))),
    shared('events', 'events', filled('events', (found) => timeline(found, collections, asOf)), history && timelineBrief(history)),
    own('documents', 'documents', content(filled('records', (records) => documents(records, asOf), {}), filled('pictures', pictures, {}), provenance(site), h('p', { class: 'screen-only' }, h('a', { href: recordUrl(collection, id, asOf) }, t('record'))))),
    own('neighbours', 'neighbours', content(distanceChooser(page), filled('neighbours', (found) => neighbours(found, collections, asOf, lang), { 'aria-live': 'polite' }))),
    own('quality', 'quality', filled('faults', (found) => faults(found, collections, asOf))),
    own('edits', 'edits', filled('versions', (found) => (found ? edits(found, collections.get(collection), versionsUrl(address, 'html').href) : h('p', { class: 'quiet' }, p('editsNoHistory'))))),
    own('rules', 'rules', filled('assessment', (found) => ruleGroups(found, collections, asOf))),
  ];
}

/** How far around the site is looked. */
function distanceChooser({ address, look }: Page): VNode {
  const onchange = ({ currentTarget }: Event) => look(Number((currentTarget as HTMLSelectElement).value));
  return h('p', { class: 'distance' }, h('label', { for: 'distance' }, p('distance')), ' ', h('select', { id: 'distance', value: address.distance, onchange }, DISTANCES.map((metres) => h('option', { value: metres }, formatDistance(metres)))));
}
