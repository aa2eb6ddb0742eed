/** Everything about one site in one scroll, under an address that stays: to be read, printed and handed on. */

import '../style.css';
import './site.css';
import { render } from 'preact';
import { decoded, fetchCollections, fetchItem, serverUrl } from '../api.ts';
import { today } from '../dates.ts';
import { hearEarly } from '../early.ts';
import { formatDate, lang, t } from '../i18n.ts';
import { startScheme } from '../scheme.ts';
import { siteOf } from '../sites.ts';
import { byId } from '../ui/dom.ts';
import { errorBox } from '../ui/errors.ts';
import { h, type Child } from '../ui/h.ts';
import { showOffline, startOffline } from '../ui/offline.ts';
import { unfoldForPrint } from '../ui/print.ts';
import { siteAddressOf, siteUrl, type SiteAddress } from './address.ts';
import { nothingFor, readSite } from './load.ts';
import { sitePage, type Page } from './view.ts';
import { p } from './words.ts';

document.documentElement.lang = lang;
startScheme();
hearEarly();
const app = byId('app');
showOffline(byId('offline-bar'));
unfoldForPrint(app);
void start();

async function start(): Promise<void> {
  const address = siteAddressOf(new URL(location.href));
  let page: Page | undefined;
  render(main(h('p', { role: 'status' }, t('loading'))), app);
  try {
    page = address && (await open(address));
    if (!page) render(main(absent(address ? t('absent', { date: formatDate(address.asOf ?? today()) }) : p('notThere'))), app);
  } catch (error) {
    console.warn(error);
    render(main(errorBox(error, () => void start())), app);
  }
  document.documentElement.dataset.ready = 'true';
  // What was seen is kept: all of it is there only when every part is.
  await page?.read.all;
  startOffline();
}

function main(...content: Child[]): Child {
  return h('main', { class: 'site-main' }, content);
}

function absent(sentence: string): Child {
  return [h('h1', {}, p('pageTitle')), h('p', {}, sentence), h('p', {}, h('a', { href: serverUrl('').href }, p('absentLink')))];
}

/** Opens the page of the site and draws it; undefined where there is no such site on the day. */
async function open(asked: SiteAddress): Promise<Page | undefined> {
  const { collection, id, asOf } = asked;
  const [collections, item] = await Promise.all([fetchCollections(), fetchItem(collection, id, asOf).catch(nothingFor(404))]);
  if (!item) return undefined;
  const site = siteOf(collection, item, collections.get(collection));
  document.title = `${site.name} – ${p('pageTitle')} – ${t('title')}`;
  const feed = serverUrl('changes.atom');
  feed.searchParams.set('site', site.key);
  // Readers of feeds find it by themselves.
  document.head.append(Object.assign(document.createElement('link'), { rel: 'alternate', type: 'application/atom+xml', title: p('subscribe'), href: feed.href }));
  let { distance } = asked;
  const draw = () => render(sitePage(page), app);
  const page: Page = {
    site,
    address: asked,
    collections,
    read: readSite(site, asked, collections, () => distance, draw),
    feed: feed.href,
    go,
    look: (chosen) => {
      distance = chosen;
      page.address = { ...asked, distance };
      history.replaceState(null, '', addressOf(page.address) + location.hash);
      page.read.again('neighbours');
    },
  };
  draw();
  // The browser looked for the part before it was there.
  if (location.hash) document.getElementById(decoded(location.hash.slice(1)))?.scrollIntoView();
  return page;
}

function addressOf(address: SiteAddress): string {
  return siteUrl(address.collection, address.id, { ...address, lang }).href;
}

/** Goes to the same page for another day. */
function go(address: SiteAddress): void {
  location.href = addressOf(address);
}
