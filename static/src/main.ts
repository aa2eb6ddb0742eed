/** Starts the page: loads the data, then ties search, legend, list, map and panel together. */

import './style.css';
import { fetchCollections, fetchItems, serverUrl, type Collection, type Item } from './api.ts';
import { combobox } from './combobox.ts';
import { byId, h } from './dom.ts';
import { errorBox } from './errors.ts';
import { boxOf, type Box } from './geometry.ts';
import { formatDistance, lang, t } from './i18n.ts';
import { layerLegend, statusLegend } from './legend.ts';
import { showList } from './list.ts';
import { createMap, type MapData, type Show, type SiteMap } from './map.ts';
import { demoMark, showPanel, unfoldForPrint } from './panel.ts';
import { searchOf, type Place } from './search.ts';
import { byName, isDemo, placeOf, siteOf, unitName, type Site } from './sites.ts';
import { fragmentOf, viewOf } from './view.ts';

/** A place of the search leads to a site, or to a box of the map. */
type Target = Place & ({ site: Site } | { box: Box });

interface Loaded {
  collections: Map<string, Collection>;
  data: MapData;
}

drawFrame();
unfoldForPrint(byId('panel'));
void start();

/** Loads everything and fills the page; on failure says so and offers to try again. */
async function start(): Promise<void> {
  const notice = byId('notice');
  notice.replaceChildren(h('p', { role: 'status' }, t('loading')));
  try {
    const loaded = await load();
    notice.replaceChildren();
    await fillPage(loaded);
  } catch (error) {
    console.warn(error);
    notice.replaceChildren(errorBox(error, () => void start()));
  }
  document.documentElement.dataset.ready = 'true';
}

/** Everything but parcels and buildings, which the map fetches for what it shows. */
async function load(): Promise<Loaded> {
  const collections = await fetchCollections();
  const items = async (id: string): Promise<Item[]> => (collections.has(id) ? fetchItems(id) : []);
  const [clusters, villages, units, waterways, stations, plans] = await Promise.all([
    items('clusters'),
    items('craft_villages'),
    items('admin_units'),
    items('waterways'),
    items('treatment_stations'),
    items('plans'),
  ]);
  return {
    collections,
    data: {
      sites: [...clusters.map((item) => siteOf('clusters', item, collections.get('clusters'))), ...villages.map((item) => siteOf('craft_villages', item, collections.get('craft_villages')))].sort(byName),
      communes: units.filter((unit) => unit.properties.level === 'commune'),
      districts: units.filter((unit) => unit.properties.level === 'district'),
      waterways,
      stations,
      plans,
      detail: (['plan_parcels', 'buildings'] as const).filter((id) => collections.has(id)),
    },
  };
}

async function fillPage({ collections, data }: Loaded): Promise<void> {
  const panel = byId('panel');
  const byKey = new Map(data.sites.map((site) => [site.key, site]));
  let view = viewOf(location.hash);
  let map: SiteMap | undefined;
  let opener: Element | null = null;

  const refresh = () => {
    map?.show(view);
    const shown = data.sites.filter((site) => view.statuses.has(site.status) && view.layers.has(site.collection));
    showList(byId('list'), shown, (site) => choose(site));
  };
  const onChoice = () => {
    refresh();
    remember();
  };

  /** Brings the address in step with the view; `asNew` leaves the former one for the browser's Back. */
  function remember(asNew = false): void {
    view.camera = map?.camera() ?? view.camera;
    if (asNew) history.pushState(null, '', `#${fragmentOf(view)}`);
    else history.replaceState(null, '', `#${fragmentOf(view)}`);
    updateLanguageLink();
  }

  function choose(site: Site, show: Show = 'framed'): void {
    if (view.site !== site.key) {
      view.site = site.key;
      remember(true);
    }
    open(site, show);
  }

  function close(): void {
    if (!view.site) return;
    view.site = undefined;
    remember(true);
    fold();
  }

  function open(site: Site, show: Show): void {
    if (panel.hidden) opener = document.activeElement;
    showSidebar(false);
    showPanel(panel, site, collections, close);
    document.title = `${site.name} – ${t('title')}`;
    map?.select(site, show);
  }

  function fold(): void {
    if (panel.hidden) return;
    panel.hidden = true;
    panel.replaceChildren();
    document.title = pageTitle();
    map?.select(null);
    if (opener instanceof HTMLElement && opener.checkVisibility({ visibilityProperty: true })) opener.focus();
    else byId('search').focus();
  }

  /** Shows what the address asks for: at the start, after Back, or when a reader has typed another. */
  function showAddress(): void {
    view = viewOf(location.hash);
    const { camera } = view;
    const site = byKey.get(view.site ?? '');
    view.site = site?.key;
    byId('legend').replaceChildren(statusLegend(collections, data.sites, view.statuses, onChoice), layerLegend(collections, view.layers, onChoice));
    refresh();
    if (site) open(site, camera ? 'as it is' : 'framed');
    else fold();
    if (camera) map?.lookAt(camera);
    updateLanguageLink();
  }

  showAddress();
  byId('demo-notice').replaceChildren(...demoNotice(data.sites));
  byId('search-box').replaceChildren(
    combobox<Target>(searchOf(targets(data)), (target) => {
      if ('site' in target) choose(target.site);
      else map?.frame(target.box);
    }),
  );
  window.addEventListener('hashchange', showAddress);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    if (byId('sidebar').classList.contains('open')) {
      showSidebar(false);
      byId('sidebar-button').focus();
    } else close();
  });

  try {
    map = await createMap(byId('map'), panel, data, view, (site) => choose(site, 'uncovered'), () => remember());
    Object.assign(window, { langxanhMap: map.library });
  } catch (error) {
    console.warn(error);
    byId('map').replaceChildren(h('p', { class: 'no-map' }, t('noMap')));
    return;
  }
  map.show(view);
  const site = byKey.get(view.site ?? '');
  if (site) map.select(site, view.camera ? 'as it is' : 'framed');
  remember();
}

function targets({ sites, communes, plans }: MapData): Target[] {
  const boxed = (items: Item[], kind: string): Target[] =>
    items.flatMap(({ geometry, properties }) => {
      const box = boxOf(geometry);
      return box ? [{ name: unitName(properties), kind, where: placeOf(properties), box }] : [];
    });
  return [
    ...sites.map((site) => ({ name: site.name, kind: t(site.collection), where: placeOf(site.properties), site })),
    ...boxed(communes, t('commune')),
    ...boxed(plans, t('plan')),
  ];
}

function demoNotice(sites: Site[]): (Node | string)[] {
  if (!sites.some(isDemo)) return [];
  const precision = Math.max(0, ...sites.map((site) => Number(site.properties.position_precision_m ?? 0)));
  return [demoMark(), ' ', t('demoNotice'), ' ', precision > 0 ? t('demoPrecision', { distance: formatDistance(precision) }) : ''];
}

function drawFrame(): void {
  document.documentElement.lang = lang;
  document.title = pageTitle();
  byId('app').replaceChildren(
    h('a', { class: 'skip', href: '#list', onclick: skipToList }, t('skipToList')),
    h(
      'header',
      { class: 'top' },
      h('div', { class: 'brand' }, h('h1', {}, t('title')), h('p', {}, t('subtitle'))),
      h('div', { id: 'search-box' }),
      h(
        'nav',
        {},
        h('button', { id: 'sidebar-button', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'sidebar', onclick: () => showSidebar(byId('sidebar-button').getAttribute('aria-expanded') !== 'true') }, t('sidebar')),
        h('a', { class: 'wide-only', href: serverUrl('collections?f=html').href }, t('data')),
        h('a', { id: 'language', lang: lang === 'vi' ? 'en' : 'vi', hreflang: lang === 'vi' ? 'en' : 'vi' }, t('otherLanguage')),
      ),
    ),
    h(
      'main',
      {},
      h('div', { id: 'notice' }),
      h(
        'aside',
        { id: 'sidebar', 'aria-label': t('sidebar') },
        h('div', { id: 'legend' }),
        h('section', { 'aria-labelledby': 'list-title' }, h('h2', { id: 'list-title', tabindex: -1 }, t('list')), h('div', { id: 'list' })),
        h('p', { class: 'narrow-only' }, h('a', { href: serverUrl('collections?f=html').href }, t('data'))),
      ),
      h('div', { id: 'stage' }, h('div', { id: 'map' }), h('p', { id: 'demo-notice' }), h('section', { id: 'panel', 'aria-label': t('panel'), hidden: true })),
    ),
  );
  updateLanguageLink();
}

/** The other language's address of what is on the page now, the open site included. */
function updateLanguageLink(): void {
  byId('language').setAttribute('href', (lang === 'vi' ? '?lang=en' : './') + location.hash);
}

/** On a narrow screen the sidebar covers the map and is called by a button; on a wide one it always stands. */
function showSidebar(open: boolean): void {
  byId('sidebar-button').setAttribute('aria-expanded', String(open));
  byId('sidebar').classList.toggle('open', open);
}

function skipToList(event: Event): void {
  event.preventDefault();
  showSidebar(true);
  byId('list-title').focus();
}

function pageTitle(): string {
  return `${t('title')} – ${t('subtitle')}`;
}
