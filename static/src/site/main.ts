/** Everything about one site in one scroll, under an address that stays: to be read, printed and handed on. */

import '../style.css';
import './site.css';
import { decoded, fetchAssessment, fetchCollections, fetchEffluent, fetchHistory, fetchItem, fetchOfSite, recordUrl, serverUrl, ServerError, type Collection, type Item } from '../api.ts';
import { today } from '../dates.ts';
import { byId, element, h } from '../dom.ts';
import { hearEarly } from '../early.ts';
import { errorBox } from '../errors.ts';
import { formatDate, formatDistance, lang, t, type Key } from '../i18n.ts';
import { showOffline, startOffline } from '../offline.ts';
import { once } from '../once.ts';
import { attributes, nameParameters, provenance, unfoldForPrint } from '../panel.ts';
import { checklist, checklistBrief } from '../panel/checklist.ts';
import { effluentBrief, effluentPart } from '../panel/effluent.ts';
import { quarterGrid, quartersBrief } from '../panel/grid.ts';
import { demoMark, fill } from '../panel/parts.ts';
import { gridDay } from '../panel/quarters.ts';
import { parameterNames, ruleGroups } from '../panel/rules.ts';
import { timeline, timelineBrief } from '../panel/timeline.ts';
import { fetchReview } from '../plan/review.ts';
import { startScheme } from '../scheme.ts';
import { schemeButton } from '../schemebutton.ts';
import { isDemo, placeOf, plansOf, siteOf, type Site } from '../sites.ts';
import { siteMark } from '../sitemarks.ts';
import { DISTANCES, pageUrl, siteAddressOf, siteUrl, type SiteAddress } from './address.ts';
import { fetchFaults, fetchNeighbours, fetchPictures, fetchVersions, versionsUrl } from './data.ts';
import { documents, edits, faults, neighbours, pictures, plans, steps, verdictLines, violations } from './parts.ts';
import { p, type SiteKey } from './words.ts';

document.documentElement.lang = lang;
startScheme();
hearEarly();
const app = byId('app');
const bar = h('div', { class: 'bar-note', role: 'status' });
app.before(bar);
showOffline(bar);
unfoldForPrint(app);
void start();

async function start(): Promise<void> {
  const address = siteAddressOf(new URL(location.href));
  app.replaceChildren(h('main', { class: 'site-main' }, h('p', { role: 'status' }, t('loading'))));
  try {
    if (!address) absent(p('notThere'));
    else await show(address);
  } catch (error) {
    console.warn(error);
    app.replaceChildren(h('main', { class: 'site-main' }, errorBox(error, () => void start())));
  }
  document.documentElement.dataset.ready = 'true';
  // What was seen is kept: all of it is there only when every part is.
  await Promise.allSettled(loads);
  startOffline();
}

function absent(sentence: string): void {
  app.replaceChildren(h('main', { class: 'site-main' }, h('h1', {}, p('pageTitle')), h('p', {}, sentence), h('p', {}, h('a', { href: serverUrl('').href }, p('absentLink')))));
}

async function show(address: SiteAddress): Promise<void> {
  const { collection, id, asOf } = address;
  const [collections, item] = await Promise.all([fetchCollections(), fetchItem(collection, id, asOf).catch(nothingFor(404))]);
  if (!item) return absent(t('absent', { date: formatDate(asOf ?? today()) }));
  const site = siteOf(collection, item, collections.get(collection));
  document.title = `${site.name} – ${p('pageTitle')} – ${t('title')}`;
  const parts = partsOf(site, address, collections);
  app.replaceChildren(
    head(site, address),
    h(
      'main',
      { class: 'site-main' },
      h('nav', { class: 'contents', 'aria-label': p('parts') }, h('ol', {}, ...parts.map(({ id, title }) => h('li', {}, h('a', { href: `${location.pathname}${location.search}#${id}` }, title))))),
      h('div', { class: 'site-parts' }, ...parts.map(({ element }) => element)),
    ),
  );
  // The browser looked for the part before it was there.
  if (location.hash) document.getElementById(decoded(location.hash.slice(1)))?.scrollIntoView();
}

/** Goes to the same page for another day or distance. */
function go(address: SiteAddress): void {
  location.href = siteUrl(address.collection, address.id, { ...address, lang }).href;
}

function head(site: Site, address: SiteAddress): HTMLElement {
  const { collection, id, asOf } = address;
  const lasting = siteUrl(collection, id, { asOf }).href;
  const day = h('input', { id: 'day', type: 'date', max: today(), value: asOf ?? today() });
  day.addEventListener('change', () => day.value && go({ ...address, asOf: day.value === today() ? undefined : day.value }));
  const other = lang === 'vi' ? 'en' : 'vi';
  const printed = h('p', { class: 'printed', 'data-paper': true });
  printed.addEventListener('paper', () => (printed.textContent = t('printedOn', { date: formatDate(today()), address: lasting })));
  const date = site.properties.compliance_as_of;
  const feed = serverUrl('changes.atom');
  feed.searchParams.set('site', site.key);
  // Readers of feeds find it by themselves.
  document.head.append(h('link', { rel: 'alternate', type: 'application/atom+xml', title: p('subscribe'), href: feed.href }));
  const compare = pageUrl(`compare#sites=${encodeURIComponent(site.key)}`);
  return h(
    'header',
    { class: 'site-head' },
    h(
      'div',
      { class: 'site-bar' },
      h('h1', {}, h('a', { class: 'brand-link', href: pageUrl('').href }, t('title'))),
      h('a', { href: mapAddress(site.key, asOf) }, p('toMap')),
      h('a', { href: compare.href }, p('compare')),
      h('a', { href: feed.href, type: 'application/atom+xml' }, p('subscribe')),
      h('a', { lang: other, hreflang: other, href: siteUrl(collection, id, { ...address, lang: other }).href }, t('otherLanguage')),
      schemeButton(),
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
        h('p', { class: `status status-${site.status}` }, siteMark(collection, site.status), site.statusTitle, typeof date === 'string' && h('span', { class: 'as-of' }, t('asOf', { date: formatDate(date) }))),
        isDemo(site) && h('p', { class: 'demo-box' }, demoMark(), ' ', t('demoSite')),
        printed,
      ),
      h('figure', { class: 'qr-box' }),
    ),
    h('div', { class: 'site-tools screen-only' }, h('label', { for: 'day' }, t('day')), day, asOf ? h('button', { type: 'button', onclick: () => go({ ...address, asOf: undefined }) }, t('toToday')) : null, h('button', { type: 'button', class: 'print', onclick: () => window.print() }, t('print'))),
  );
}

function mapAddress(key: string, asOf: string | undefined): string {
  return pageUrl(`#${[key, asOf && `as-of=${asOf}`].filter(Boolean).join('&')}`).href;
}

interface SitePart {
  id: string;
  title: string;
  element: HTMLElement;
}

/** A part under its heading, with a word on what is in it and a place for its content. */
function section(id: string, title: string): SitePart & { brief: HTMLElement; content: HTMLElement } {
  const brief = h('span', { class: 'brief' });
  const content = h('div', { class: 'part-content' });
  const element = h('section', { class: 'site-part', id, 'aria-labelledby': `${id}-title` }, h('h3', { id: `${id}-title` }, title, ' ', brief), content);
  return { id, title, element, brief, content };
}

/** What is on its way into the parts. */
const loads: Promise<void>[] = [];

/** Fills a part when its data arrive; what is for users on record alone says so, and is no fault. */
function load<T>(content: HTMLElement, read: () => Promise<T>, show: (value: T) => (Node | string)[] | Promise<(Node | string)[]>): void {
  type Answer = { value: T } | 'sign in';
  const guarded = async (): Promise<Answer> => {
    try {
      return { value: await read() };
    } catch (error) {
      if (error instanceof ServerError && error.status === 401) return 'sign in';
      throw error;
    }
  };
  loads.push(fill(content, 'loadingPart', guarded, (answer: Answer) => (answer === 'sign in' ? [h('p', { class: 'quiet' }, p('forUsers'))] : show(answer.value))));
}

function partsOf(site: Site, address: SiteAddress, collections: Map<string, Collection>): SitePart[] {
  const { collection, id, asOf } = address;
  const own = (key: SiteKey, name: string) => section(name, p(key));
  const shared = (key: Key, name: string) => section(name, t(key));
  const summary = own('summary', 'summary');
  const fix = own('fix', 'fix');
  const quarters = shared('quarters', 'quarters');
  const effluent = shared('effluent', 'effluent');
  const works = shared('works', 'works');
  const plan = own('plans', 'plans');
  const breaches = own('violations', 'violations');
  const events = shared('events', 'events');
  const papers = own('documents', 'documents');
  const near = own('neighbours', 'neighbours');
  const quality = own('quality', 'quality');
  const history = own('edits', 'edits');
  const rules = own('rules', 'rules');

  // Also of what is not listed: where it is kept from strangers the server says so when it is asked, and what nobody asks for would be told as none.
  const ofSite = (name: string) => once(async () => (await fetchOfSite(name, site, asOf).catch(nothingFor(404))) ?? []);
  const assessed = once(() => fetchAssessment(collection, id, asOf));
  const [workItems, planItems, stations, milestones, violationItems] = [ofSite('infrastructure_items'), ofSite('plans'), ofSite('treatment_stations'), ofSite('milestones'), ofSite('violations')];
  const keepsDrafts = collections.get('plans')?.langxanh?.keepsDrafts === true;

  const verdict = h('div', { class: 'verdict' });
  const facts = h('div', { class: 'facts' }, ...attributes(site, collections.get(collection)));
  summary.content.append(verdict, facts);
  load(verdict, assessed, (found) => {
    nameParameters(facts, parameterNames(found));
    return verdictLines(found);
  });
  load(fix.content, assessed, (found) => steps(found, collections));
  load(rules.content, assessed, (found) => ruleGroups(found, collections, asOf));
  load(quarters.content, () => fetchHistory(collection, id, gridDay(asOf, today())), (found) => {
    quarters.brief.textContent = quartersBrief(found);
    return quarterGrid(found, asOf ?? found.as_of, (day) => go({ ...address, asOf: day === today() ? undefined : day }));
  });
  load(effluent.content, () => fetchEffluent(collection, id, asOf), (found) => {
    effluent.brief.textContent = effluentBrief(found);
    return effluentPart(found, asOf);
  });
  works.brief.textContent = checklistBrief(site);
  load(works.content, workItems, (found) => checklist(found, collections.get('infrastructure_items'), asOf));
  const reviewed = async () => Promise.all(plansOf(site, await planItems()).map(async (one) => ({ plan: one, review: await fetchReview(one.id, asOf) })));
  load(plan.content, reviewed, (found) => plans(found, keepsDrafts, collections, asOf, (one) => pageUrl(`#plan=${encodeURIComponent(one)}${asOf ? `&as-of=${asOf}` : ''}`).href));
  load(breaches.content, violationItems, (found) => violations(found, collections, asOf));
  load(events.content, () => fetchHistory(collection, id, asOf), (found) => {
    events.brief.textContent = timelineBrief(found);
    return timeline(found, collections, asOf);
  });
  const [listed, shown] = [h('div', {}), h('div', {})];
  papers.content.append(listed, shown, ...provenance(site), h('p', { class: 'screen-only' }, h('a', { href: recordUrl(collection, id, asOf) }, t('record'))));
  const everything = async () => {
    const seen = (read: () => Promise<Item[]>) => read().catch(nothingFor(401));
    const [ofStations, ofPlans, ofViolations, ofWorks, ofMilestones] = await Promise.all([stations, planItems, violationItems, workItems, milestones].map(seen));
    return { site, stations: ofStations, plans: ofPlans, violations: ofViolations, works: ofWorks, milestones: ofMilestones, keepsDrafts };
  };
  load(listed, everything, (records) => documents(records, asOf));
  load(shown, () => fetchPictures(address), pictures);
  surroundings(near.content, address, collections);
  load(quality.content, () => fetchFaults(address), (found) => faults(found, collections, asOf));
  load(history.content, () => fetchVersions(address).catch(nothingFor(404)), (found) => (found ? edits(found, collections.get(collection), versionsUrl(address, 'html').href) : [h('p', { class: 'quiet' }, p('editsNoHistory'))]));
  void drawCode(address);
  return [summary, fix, quarters, effluent, works, plan, breaches, events, papers, near, quality, history, rules];
}

/** Takes a refusal by this status for nothing to show, and no other fault. */
function nothingFor(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ServerError && error.status === status) return undefined;
    throw error;
  };
}

/** What lies around the site, within a distance that the reader chooses; the address keeps it. */
function surroundings(content: HTMLElement, address: SiteAddress, collections: Map<string, Collection>): void {
  let loading: AbortController | undefined;
  const list = h('div', { 'aria-live': 'polite' });
  const select = h('select', { id: 'distance' }, ...DISTANCES.map((metres) => h('option', { value: metres, selected: metres === address.distance }, formatDistance(metres))));
  const draw = (distance: number) => {
    loading?.abort();
    const { signal } = (loading = new AbortController());
    load(list, () => fetchNeighbours({ ...address, distance }, signal), (found) => neighbours(found, collections, address.asOf, lang));
  };
  select.addEventListener('change', () => {
    const distance = Number(select.value);
    history.replaceState(null, '', siteUrl(address.collection, address.id, { ...address, distance, lang }).href + location.hash);
    draw(distance);
  });
  content.append(h('p', { class: 'distance' }, h('label', { for: 'distance' }, p('distance')), ' ', select), list);
  draw(address.distance);
}

/** The code is not waited for: the page is of use without it. */
async function drawCode(address: SiteAddress): Promise<void> {
  const { qrElement } = await import('./qr.ts');
  document.querySelector('.qr-box')?.replaceChildren(element(qrElement(siteUrl(address.collection, address.id, address).href)), h('figcaption', {}, p('qrHint')));
}
