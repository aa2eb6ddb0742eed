/** Starts the page: loads the data, then ties search, legend, list, map and panel together. */

import { fetchBasemap, fetchCollections, fetchItems, reviewUrl, serverUrl, type Collection, type ConfiguredBasemap, type Item } from './api.ts';
import { combobox } from './combobox.ts';
import { coordinatesOf, HANOI_ZONE } from './desk/coordinates.ts';
import { firstFind } from './desk/state.ts';
import { holdsOn, today } from './dates.ts';
import { dockDoor } from './dock.ts';
import { byId, element, h } from './dom.ts';
import { editingDoor } from './editing.ts';
import { errorBox } from './errors.ts';
import { endFirst } from './first.ts';
import { boxOf, type Box } from './geometry.ts';
import { hotspotDoor } from './hotspots.ts';
import { formatDate, formatDistance, formatMeasure, lang, t } from './i18n.ts';
import { dayControl, layerLegend, showSeen, statusLegend } from './legend.ts';
import { showOffline, startOffline } from './offline.ts';
import { createMap, type MapData, type Show, type SiteMap } from './map.ts';
import { leavePanel, refreshPanel, showAbsent, showPanel, type Frame } from './panel.ts';
import { demoMark } from './parts.ts';
import { planDoor } from './plans.ts';
import { unfoldForPrint } from './print.ts';
import { schemeButton } from './schemebutton.ts';
import { searchOf, type Place } from './search.ts';
import { pageUrl } from './site/address.ts';
import { byName, isDemo, placeOf, plansOf, siteOf, STATUSES, unitName, type Site, type SiteCollection } from './sites.ts';
import { fragmentOf, viewOf } from './view.ts';

/** A place of the search leads to a site, to a 1/500 plan, to a box or a point of the map, or to the sites of an investor. */
type Target = Place & ({ site: Site } | { plan: string } | { box: Box } | { investor: string } | { lonLat: [number, number] } | { plane: [number, number] });

/** The pages about the whole city. */
const REVIEW_PAGES = [
  { page: 'targets', title: 'targetsPage' },
  { page: 'duties', title: 'dutiesPage' },
  { page: 'quality', title: 'qualityPage' },
] as const;

drawFrame();
showOffline(byId('offline-bar'));
unfoldForPrint(byId('panel'));
void start();

/** Loads everything and fills the page; on failure says so and offers to try again. */
async function start(): Promise<void> {
  const notice = byId('notice');
  notice.replaceChildren(h('p', { role: 'status' }, t('loading')));
  try {
    const collections = await fetchCollections();
    const data = await load(collections, viewOf(location.hash).asOf);
    notice.replaceChildren();
    await fillPage(collections, data);
  } catch (error) {
    console.warn(error);
    endFirst();
    notice.replaceChildren(element(errorBox(error, () => void start())));
  }
  document.documentElement.dataset.ready = 'true';
  startOffline();
}

/** Everything as it stood on the day, but parcels and buildings, which the map fetches for what it shows. */
async function load(collections: Map<string, Collection>, asOf: string | undefined, signal?: AbortSignal): Promise<MapData> {
  const items = async (id: string): Promise<Item[]> => (collections.has(id) ? fetchItems(id, { asOf, ...(signal && { signal }) }) : []);
  const [clusters, villages, units, waterways, stations, plans] = await Promise.all([
    items('clusters'),
    items('craft_villages'),
    items('admin_units'),
    items('waterways'),
    items('treatment_stations'),
    items('plans'),
  ]);
  const sitesOf = (collection: SiteCollection, members: Item[]) => members.map((item) => siteOf(collection, item, collections.get(collection)));
  const detail = (['plan_parcels', 'buildings'] as const).filter((id) => collections.has(id));
  const isThen = ({ properties }: Item) => holdsOn(properties, asOf ?? today());
  return {
    asOf,
    sites: [...sitesOf('clusters', clusters), ...sitesOf('craft_villages', villages)].sort(byName),
    units: units.filter(isThen),
    formerDistricts: units.filter((unit) => unit.properties.level === 'district' && !isThen(unit)),
    waterways,
    stations,
    plans,
    detail,
    detailBox: boxAround(detail.map((id) => collections.get(id))),
  };
}

async function fillPage(collections: Map<string, Collection>, first: MapData): Promise<void> {
  const panel = byId('panel');
  let data = first;
  let byKey = new Map<string, Site>();
  let search: (query: string) => Target[] = () => [];
  let view = viewOf(location.hash);
  // The address that was last shown or written.
  let address = location.hash;
  let map: SiteMap | undefined;
  let opener: Element | null = null;
  // What the panel shows, as the data of the day have it.
  let panelSite: Site | undefined;
  let loading: AbortController | undefined;
  let basemap: ConfiguredBasemap = {};
  let shownKeys: ReadonlySet<string> | undefined;
  // The name of a site that is not in the register on the day shown.
  let lastName = '';

  const dock = dockDoor({
    collections,
    data: () => data,
    view: () => view,
    overview: byId('overview'),
    dock: byId('dock'),
    showOnMap: (keys) => {
      shownKeys = keys;
      map?.show(view, keys);
      countSeen();
    },
    remember,
    statusesChanged: () => drawLegend(),
    choose: (site) => choose(site),
    openHotspots: chooseHotspots,
    showMap: () => showSidebar(false),
  });
  byId('app').querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    dock.focusTable();
  });
  const refresh = () => dock.refresh();
  const onChoice = () => {
    refresh();
    remember();
  };

  /** Brings the address in step with the view; `asNew` leaves the former one for the browser's Back. */
  function remember(asNew = false): void {
    // The reader has gone back or forward, which is shown in a moment: a map that comes to rest just then writes nothing over it.
    if (!asNew && location.hash !== address) return;
    view.camera = map?.camera() ?? view.camera;
    if (asNew) history.pushState(null, '', `#${fragmentOf(view)}`);
    else history.replaceState(null, '', `#${fragmentOf(view)}`);
    address = location.hash;
    updateLinks(view.asOf);
  }

  function choose(site: Site, show: Show = 'framed'): void {
    if (!desk.close()) return;
    if (view.site !== site.key || view.plan || view.hotspots) {
      view.site = site.key;
      view.plan = view.against = view.swipe = view.hotspots = undefined;
      remember(true);
    }
    door.close();
    hotspots.close();
    open(site, show);
  }

  function close(): void {
    if (!view.site || desk.isOpen()) return;
    view.site = undefined;
    remember(true);
    fold();
  }

  const frame = (): Frame => ({ collections, asOf: data.asOf, close, onDay: showDay, plansOf: (site) => plansOf(site, data.plans), onPlan: choosePlan, onEdit: (site) => desk.record(site.collection, site), onRecords: (site) => desk.recordsOf(site), edits: (site) => desk.history(site) });

  const desk = editingDoor({ panel, collections, data: () => data, layers: () => view.layers, changed: loadDay, makeRoom, back: leaveDesk });

  function makeRoom(): void {
    if (panel.hidden) opener = document.activeElement;
    door.close();
    hotspots.close();
    leavePanel(panel);
    showSidebar(false);
    panel.classList.remove('large');
  }

  /** The panel shows again what the address says. */
  function leaveDesk(): void {
    panelSite = undefined;
    if (view.site || view.plan || view.hotspots) void showSite('as it is');
    else fold();
  }

  const door = planDoor({ panel, collections, data: () => data, view: () => view, site: (key) => byKey.get(key), remember: () => remember(), back: closePlan, edit: (plan) => desk.record('plans', plan), editParts: (plan) => desk.partsOf(plan) });

  const hotspots = hotspotDoor({ panel, collections, data: () => data, view: () => view, remember: () => remember(), back: closeHotspots });

  function chooseHotspots(): void {
    if (!desk.close()) return;
    view.site = view.plan = view.against = view.swipe = undefined;
    view.hotspots = { surface: 'cells', reaches: false };
    remember(true);
    void showSite('framed');
  }

  function closeHotspots(): void {
    if (!view.hotspots) return;
    view.hotspots = undefined;
    remember(true);
    void showSite('as it is');
  }

  function choosePlan(id: string): void {
    if (!desk.close()) return;
    view.plan = id;
    view.hotspots = undefined;
    remember(true);
    void showSite('framed');
  }

  function closePlan(): void {
    if (!view.plan) return;
    view.site ??= door.siteKey();
    view.plan = view.against = view.swipe = undefined;
    remember(true);
    void showSite('framed');
  }

  function open(site: Site, show: Show): void {
    if (panel.hidden) opener = document.activeElement;
    showSidebar(false);
    panelSite = site;
    showPanel(panel, site, frame());
    named(site);
    map?.select(site, show);
  }

  /** Brings the panel in step with the view; what it shows already stays as it is. */
  async function showSite(show: Show): Promise<void> {
    // Whoever edits keeps the panel, whatever comes of the data meanwhile.
    if (desk.isOpen()) return;
    if (view.plan) {
      hotspots.close();
      leavePanel(panel);
      panelSite = undefined;
      showSidebar(false);
      return door.open(view.plan, show !== 'as it is');
    }
    door.close();
    if (view.hotspots) {
      leavePanel(panel);
      panelSite = undefined;
      showSidebar(false);
      map?.select(null);
      return hotspots.open(show !== 'as it is');
    }
    hotspots.close();
    const site = byKey.get(view.site ?? '');
    if (!site) {
      // A link to a site that nobody knows is as good as none, but a day may lie before the site.
      panelSite = undefined;
      if (view.site && !data.asOf) {
        sayUnknown(view.site);
        view.site = undefined;
      }
      if (!view.site) return fold();
      map?.select(null);
      showAbsent(panel, lastName || view.site, frame());
    } else if (panelSite?.key !== site.key) open(site, show);
    else if (panelSite !== site) {
      panelSite = site;
      named(site);
      map?.select(site);
      await refreshPanel(panel, site, frame());
    }
  }

  /** Says that an address names a site that is in no register, until it is read or something else is chosen. */
  function sayUnknown(key: string): void {
    const notice = byId('notice');
    const close = () => notice.replaceChildren();
    notice.replaceChildren(h('div', { class: 'error-box passing', role: 'alert' }, h('p', {}, t('noSuchSite', { site: key })), h('button', { type: 'button', onclick: close }, t('close'))));
    window.addEventListener('hashchange', close, { once: true });
  }

  function named(site: Site): void {
    lastName = site.name;
    document.title = `${site.name} – ${t('title')}`;
  }

  function fold(): void {
    if (panel.hidden) return;
    panelSite = undefined;
    leavePanel(panel);
    panel.hidden = true;
    panel.classList.remove('large');
    document.title = pageTitle();
    map?.select(null);
    // A row of the table is drawn anew from time to time.
    const key = opener instanceof HTMLElement ? opener.dataset.site : undefined;
    const back = opener?.isConnected || !key ? opener : byId('dock').querySelector(`[data-site="${CSS.escape(key)}"]`);
    if (back instanceof HTMLElement && back.checkVisibility({ visibilityProperty: true })) back.focus();
    else byId('search').focus();
  }

  /** Shows everything as of another day, undefined being today; the open site stays open. */
  function showDay(day: string | undefined): void {
    const asOf = day === today() ? undefined : day;
    if (asOf === view.asOf) return;
    view.asOf = asOf;
    remember(true);
    void loadDay();
  }

  async function loadDay(): Promise<void> {
    loading?.abort();
    const { signal } = (loading = new AbortController());
    const notice = byId('notice');
    showBanner(view.asOf, true, showDay);
    try {
      data = await load(collections, view.asOf, signal);
      notice.replaceChildren();
    } catch (error) {
      if (signal.aborted) return;
      console.warn(error);
      showBanner(data.asOf, false, showDay);
      const back = () => {
        notice.replaceChildren();
        view.asOf = data.asOf;
        remember(true);
        drawDay();
      };
      const box = element(errorBox(error, () => void loadDay()));
      if (data.asOf !== view.asOf) box.append(h('button', { type: 'button', onclick: back }, data.asOf ? t('backToDay', { date: formatDate(data.asOf) }) : t('toToday')));
      notice.replaceChildren(box);
      return;
    }
    drawDay();
    await showSite('as it is');
  }

  /** Draws what depends on the day. */
  function drawDay(): void {
    byKey = new Map(data.sites.map((site) => [site.key, site]));
    search = searchOf(targets(data));
    map?.setData(data);
    dock.dayChanged();
    byId('demo-notice').replaceChildren(...demoNotice(data.sites));
    showBanner(data.asOf, false, showDay);
    updateLinks(view.asOf);
    drawLegend();
    refresh();
  }

  /** Tells in the legend how many of each are in sight. */
  function countSeen(): void {
    const isShown = ({ key, collection, status }: Site) => view.layers.has(collection) && view.statuses.has(status) && (!shownKeys || shownKeys.has(key));
    if (map) showSeen(byId('sidebar'), map, data, isShown);
  }

  function drawLegend(): void {
    const dayHadFocus = document.activeElement?.id === 'day';
    byId('legend').replaceChildren(
      dayControl(view.asOf, showDay),
      statusLegend(collections, data.sites, view.statuses, onChoice),
    );
    byId('layers').replaceChildren(layerLegend(collections, data, view.layers, Boolean(basemap.pmtiles || basemap.tiles), onChoice));
    if (dayHadFocus) byId('day').focus();
    countSeen();
  }

  /** Shows what the address asks for: at the start, after Back, or when a reader has typed another. */
  function showAddress(): void {
    address = location.hash;
    if (!desk.close()) return remember();
    view = viewOf(location.hash);
    const { camera } = view;
    if (camera) map?.lookAt(camera);
    if (view.asOf !== data.asOf) return void loadDay();
    // The day is here already; whatever was on its way to another is not wanted any more.
    loading?.abort();
    byId('notice').replaceChildren();
    showBanner(data.asOf, false, showDay);
    drawLegend();
    refresh();
    void showSite(camera ? 'as it is' : 'framed');
    updateLinks(view.asOf);
  }

  function showInvestor(investor: string): void {
    view.find = { ...firstFind(), sort: view.find.sort, facets: { investor: [investor] } };
    for (const status of STATUSES) view.statuses.add(status);
    drawLegend();
    onChoice();
  }

  /** Brings a place that was typed as coordinates into the middle, and marks it. */
  async function showPlace(place: { lonLat: [number, number] } | { plane: [number, number] }): Promise<void> {
    const point = 'lonLat' in place ? place.lonLat : (await import('./plan/vn2000.ts')).zoneOf(`/EPSG/0/${HANOI_ZONE}`)?.toLonLat(place.plane);
    if (!point) return;
    map?.frame([...point, ...point]);
    map?.point({ point });
  }

  byId('search-box').replaceChildren(
    combobox<Target>((query) => [...places(query), ...search(query)], (target) => {
      if ('site' in target) choose(target.site);
      else if ('plan' in target) choosePlan(target.plan);
      else if ('box' in target) map?.frame(target.box);
      else if ('investor' in target) showInvestor(target.investor);
      else void showPlace(target);
    }),
  );
  function onRest(): void {
    remember();
    countSeen();
  }

  const button = byId('hotspot-button');
  button.hidden = !collections.has('hotspots');
  button.addEventListener('click', chooseHotspots);
  drawDay();
  showAddress();
  window.addEventListener('hashchange', showAddress);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    if (byId('sidebar').classList.contains('open')) {
      showSidebar(false);
      byId('sidebar-button').focus();
    } else if (desk.isOpen()) desk.leave();
    else if (view.plan) closePlan();
    else if (view.hotspots) closeHotspots();
    else close();
  });

  const given = data;
  try {
    map = await createMap(byId('map'), panel, given, view, (site) => choose(site, 'uncovered'), onRest, (site) => dock.light(site));
    Object.assign(window, { langxanhMap: map.library });
    endFirst();
  } catch (error) {
    console.warn(error);
    endFirst();
    byId('map').replaceChildren(h('p', { class: 'no-map' }, t('noMap')));
    void dock.load();
    await door.mapIsMade(undefined);
    await hotspots.mapIsMade(undefined);
    return;
  }
  // The map comes first: the table and the overview would keep the processor from it.
  void dock.load();
  desk.mapIsMade(map);
  // The day may have changed while the map was being made.
  if (data !== given) map.setData(data);
  dock.mapIsMade(map);
  refresh();
  const site = byKey.get(view.site ?? '');
  if (site && !view.plan && !view.hotspots) map.select(site, view.camera ? 'as it is' : 'framed');
  await door.mapIsMade(map);
  await hotspots.mapIsMade(map);
  remember();
  // Parcels come with their tiles, after the map has come to rest.
  let isStale = false;
  map.library.on('sourcedata', ({ sourceId }) => (isStale ||= sourceId === 'detail' || sourceId === 'plan_parcels'));
  map.library.on('idle', () => {
    if (isStale) countSeen();
    isStale = false;
  });
  const [{ addTools }, configured] = await Promise.all([import('./carto/tools.ts'), fetchBasemap().catch((): ConfiguredBasemap => ({}))]);
  basemap = configured;
  addTools(map, byId('stage'), configured);
  drawLegend();
}

/** The box around collections, by what they declare. */
function boxAround(collections: (Collection | undefined)[]): Box | undefined {
  const boxes = collections.flatMap((collection) => collection?.extent?.spatial?.bbox?.slice(0, 1) ?? []);
  const corners = boxes.flatMap((box) => [box.slice(0, 2), box.slice(box.length / 2, box.length / 2 + 2)]);
  return corners.length > 0 ? (boxOf({ type: 'MultiPoint', coordinates: corners }) ?? undefined) : undefined;
}

/** Says that another day than today is shown, and leads back. */
function showBanner(asOf: string | undefined, isLoading: boolean, showDay: (day: undefined) => void): void {
  byId('stage').toggleAttribute('data-loading', isLoading);
  const banner = byId('day-banner');
  // The button that led back to today goes with the banner.
  if (banner.contains(document.activeElement)) byId('stage').focus();
  if (isLoading) banner.replaceChildren(h('span', {}, t('loading')));
  else if (asOf) banner.replaceChildren(h('span', {}, t('dayShown', { date: formatDate(asOf) })), h('button', { type: 'button', onclick: () => showDay(undefined) }, t('toToday')));
  else banner.replaceChildren();
}

function targets({ sites, units, plans }: MapData): Target[] {
  const boxed = (items: Item[], kindOf: (item: Item) => string): Target[] =>
    items.flatMap((item) => {
      const box = boxOf(item.geometry);
      return box ? [{ name: unitName(item.properties), kind: kindOf(item), where: placeOf(item.properties), box }] : [];
    });
  const owners = new Map<string, number>();
  for (const { properties } of sites) if (typeof properties.investor === 'string') owners.set(properties.investor, (owners.get(properties.investor) ?? 0) + 1);
  return [
    ...sites.map((site) => ({ name: site.name, kind: t(site.collection), where: placeOf(site.properties), site })),
    ...boxed(units, ({ properties }) => t(properties.level === 'district' ? 'district' : 'commune')),
    ...plans.map(({ id, properties }) => ({ name: unitName(properties), kind: t('plan'), where: placeOf(properties), plan: id })),
    ...[...owners].map(([investor, count]) => ({ name: investor, kind: t('investor'), where: t('siteCount', { count }), investor })),
  ];
}

/** The place that a query gives by coordinates, with the system that it is taken for. */
function places(query: string): Target[] {
  const found = coordinatesOf(query);
  if (!found) return [];
  if ('plane' in found) return [{ name: found.plane.map((metres) => formatMeasure(metres.toFixed(2))).join('; '), kind: t('planeCoordinates'), where: '', ...found }];
  return [{ name: [found.lonLat[1], found.lonLat[0]].map((degrees) => `${formatMeasure(degrees.toFixed(5))}°`).join('; '), kind: t('coordinates'), where: '', ...found }];
}

function demoNotice(sites: Site[]): (Node | string)[] {
  if (!sites.some(isDemo)) return [];
  const precision = Math.max(0, ...sites.map((site) => Number(site.properties.position_precision_m ?? 0)));
  return [h('span', {}, demoMark(), ' ', t('demoNotice')), ' ', precision > 0 ? h('span', {}, t('demoPrecision', { distance: formatDistance(precision) })) : ''];
}

function drawFrame(): void {
  // Stays where it is while the frame takes the place of the empty one.
  const drawing = document.getElementById('first-map');
  const notice = document.querySelector('#demo-notice:not([hidden])');
  document.documentElement.lang = lang;
  document.title = pageTitle();
  byId('app').replaceChildren(
    h('a', { class: 'skip', href: '#dock' }, t('skipToList')),
    h(
      'header',
      { class: 'top' },
      h('div', { class: 'brand' }, h('h1', {}, t('title')), h('p', {}, t('subtitle'))),
      h('div', { id: 'search-box' }),
      h(
        'nav',
        {},
        h('button', { id: 'sidebar-button', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'sidebar', onclick: () => showSidebar(byId('sidebar-button').getAttribute('aria-expanded') !== 'true') }, t('sidebar')),
        ...REVIEW_PAGES.map(({ page, title }) => h('a', { class: 'wide-only', 'data-review': page }, t(title))),
        h('a', { class: 'wide-only', href: serverUrl('reports?f=html').href }, t('reportsPage')),
        h('a', { class: 'wide-only', href: pageUrl('compare').href }, t('comparePage')),
        h('a', { class: 'wide-only', href: serverUrl('collections?f=html').href }, t('dataShort')),
        h('button', { id: 'account-button', type: 'button', hidden: true }, t('signIn')),
        schemeButton(),
        h('a', { id: 'language', lang: lang === 'vi' ? 'en' : 'vi', hreflang: lang === 'vi' ? 'en' : 'vi' }, t('otherLanguage')),
      ),
    ),
    h('div', { id: 'offline-bar', class: 'bar-note', role: 'status' }),
    h('div', { id: 'day-banner', role: 'status' }),
    h(
      'main',
      {},
      h('div', { id: 'notice' }),
      h(
        'aside',
        { id: 'sidebar', 'aria-label': t('sidebar') },
        h('div', { id: 'legend' }),
        h('section', { id: 'overview', 'aria-label': t('overview') }),
        h('div', { id: 'layers' }),
        h(
          'ul',
          { class: 'narrow-only pages' },
          ...REVIEW_PAGES.map(({ page, title }) => h('li', {}, h('a', { 'data-review': page }, t(title)))),
          h('li', {}, h('a', { href: serverUrl('collections?f=html').href }, t('data'))),
        ),
      ),
      h('div', { id: 'stage', tabindex: -1 }, h('div', { class: 'map-frame' }, drawing, h('div', { id: 'map' })), h('button', { id: 'hotspot-button', type: 'button', hidden: true }, t('hotspots')), h('button', { id: 'violation-button', type: 'button', hidden: true }, t('newViolation')), h('p', { id: 'drop-hint', 'aria-hidden': 'true' }, t('dropFile')), h('section', { id: 'dock', 'aria-label': t('list') }, h('p', { class: 'quiet', role: 'status' }, t('loadingPart'))), notice ?? h('p', { id: 'demo-notice' }), h('section', { id: 'panel', 'aria-label': t('panel'), hidden: true })),
    ),
  );
  updateLinks(viewOf(location.hash).asOf);
}

/** Links that follow the view: the other language with all that is on the page now, and the city's pages of the day. */
function updateLinks(asOf: string | undefined): void {
  byId('language').setAttribute('href', (lang === 'vi' ? '?lang=en' : './') + location.hash);
  for (const { page } of REVIEW_PAGES) for (const link of document.querySelectorAll(`[data-review=${page}]`)) link.setAttribute('href', reviewUrl(page, asOf).href);
}

/** On a narrow screen the sidebar covers the map and is called by a button; on a wide one it always stands. */
function showSidebar(open: boolean): void {
  byId('sidebar-button').setAttribute('aria-expanded', String(open));
  byId('sidebar').classList.toggle('open', open);
}

function pageTitle(): string {
  return `${t('title')} – ${t('subtitle')}`;
}
