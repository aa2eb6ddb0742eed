/** Ties frame, search, legend, table, map and panel together: what one of them changes of the view the others show. */

import { render } from 'preact';
import { fetchBasemap, type Collection, type ConfiguredBasemap } from '../api.ts';
import { today } from '../dates.ts';
import { firstFind } from '../desk/state.ts';
import { endFirst } from '../first.ts';
import { formatDate, t } from '../i18n.ts';
import { createMap, type MapData, type SiteMap } from '../map/map.ts';
import { STATUSES, type Site } from '../sites.ts';
import { HANOI_ZONE } from '../survey/coordinates.ts';
import { breath } from '../ui/breath.ts';
import { byId } from '../ui/dom.ts';
import { errorBox } from '../ui/errors.ts';
import { h } from '../ui/h.ts';
import { fragmentOf, viewOf } from '../view.ts';
import { dockDoor } from './dock.ts';
import { countSeen } from './legend.ts';
import { loadData } from './load.ts';
import { demoOf, unknownSite } from './notices.ts';
import { createPanels } from './panels.ts';
import { searchIn, type Target } from './places.ts';
import { drawFrame, type FrameActs, type FrameState, type Loaded } from './view.ts';

/** Fills the page with the data of the day that its address names, and keeps it in step with the address from then on. */
export async function fillPage(state: FrameState, acts: FrameActs, collections: Map<string, Collection>, first: MapData): Promise<void> {
  let data = first;
  let byKey = new Map<string, Site>();
  let view = viewOf(location.hash);
  // The address that was last shown or written.
  let address = location.hash;
  let map: SiteMap | undefined;
  let loading: AbortController | undefined;
  let shownKeys: ReadonlySet<string> | undefined;

  const loaded: Loaded = {
    collections,
    data,
    view,
    seen: undefined,
    hasBasemap: false,
    search: () => [],
    onPick,
    onDay: showDay,
    onChoice: () => {
      refresh();
      remember();
    },
    onHotspots: () => panels.chooseHotspots(),
  };
  state.loaded = loaded;

  function draw(): void {
    state.asOf = view.asOf;
    Object.assign(loaded, { data, view });
    drawFrame(state, acts);
  }

  /** Says something over everything, or takes away what was said. */
  function say(notice: FrameState['notice']): void {
    state.notice = notice;
    draw();
  }

  const panels = createPanels({
    collections,
    data: () => data,
    view: () => view,
    map: () => map,
    site: (key) => byKey.get(key ?? ''),
    remember,
    onDay: showDay,
    reload: loadDay,
    closeSidebar,
    // Until it is read or another address is shown.
    sayUnknown: (key) => say(unknownSite(key, () => say(undefined))),
    offer: (buttons) => {
      state.buttons = buttons;
      draw();
    },
  });

  const dock = dockDoor({
    collections,
    data: () => data,
    view: () => view,
    overview: byId('overview'),
    dock: byId('dock'),
    showOnMap: (keys) => {
      shownKeys = keys;
      map?.show(view, keys);
      count();
    },
    remember,
    statusesChanged: draw,
    choose: (site) => panels.choose(site),
    openHotspots: () => panels.chooseHotspots(),
    showMap: closeSidebar,
  });
  acts.toTable = () => dock.focusTable();
  const refresh = () => dock.refresh();

  function closeSidebar(): void {
    if (!state.isSidebarOpen) return;
    state.isSidebarOpen = false;
    draw();
  }

  /** Brings the address in step with the view; `asNew` leaves the former one for the browser's Back. */
  function remember(asNew = false): void {
    writeAddress(asNew);
    draw();
  }

  function writeAddress(asNew: boolean): void {
    // The reader has gone back or forward, which is shown in a moment: a map that comes to rest just then writes nothing over it.
    if (!asNew && location.hash !== address) return;
    view.camera = map?.camera() ?? view.camera;
    if (asNew) history.pushState(null, '', `#${fragmentOf(view)}`);
    else history.replaceState(null, '', `#${fragmentOf(view)}`);
    address = location.hash;
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
    state.banner = { isLoading: true };
    draw();
    try {
      data = await loadData(collections, view.asOf, signal);
      state.notice = undefined;
    } catch (error) {
      if (signal.aborted) return;
      console.warn(error);
      showBanner();
      const back = () => {
        state.notice = undefined;
        view.asOf = data.asOf;
        remember(true);
        drawDay();
      };
      const isOther = data.asOf !== view.asOf;
      say(errorBox(error, () => void loadDay(), isOther && h('button', { type: 'button', onclick: back }, data.asOf ? t('backToDay', { date: formatDate(data.asOf) }) : t('toToday'))));
      return;
    }
    drawDay();
    await panels.show('as it is');
  }

  /** Says what day the data are of, where it is not today. */
  function showBanner(): void {
    state.banner = { asOf: data.asOf, toToday: () => showDay(undefined) };
  }

  /** Draws what depends on the day. */
  function drawDay(): void {
    byKey = new Map(data.sites.map((site) => [site.key, site]));
    loaded.search = searchIn(data);
    state.demo = demoOf(data.sites);
    showBanner();
    map?.setData(data);
    dock.dayChanged();
    draw();
    refresh();
  }

  /** Tells in the legend how many of each are in sight. */
  function count(): void {
    const isShown = ({ key, collection, status }: Site) => view.layers.has(collection) && view.statuses.has(status) && (!shownKeys || shownKeys.has(key));
    if (map) loaded.seen = countSeen(map, data, isShown);
    draw();
  }

  /** Shows what the address asks for: at the start, after Back, or when a reader has typed another. */
  function showAddress(): void {
    address = location.hash;
    if (!panels.leaveDesk()) return remember();
    view = viewOf(location.hash);
    state.notice = undefined;
    const { camera } = view;
    if (camera) map?.lookAt(camera);
    if (view.asOf !== data.asOf) return void loadDay();
    // The day is here already; whatever was on its way to another is not wanted any more.
    loading?.abort();
    showBanner();
    draw();
    refresh();
    void panels.show(camera ? 'as it is' : 'framed');
  }

  function onPick(target: Target): void {
    if ('site' in target) panels.choose(target.site);
    else if ('plan' in target) panels.choosePlan(target.plan);
    else if ('box' in target) map?.frame(target.box);
    else if ('investor' in target) showInvestor(target.investor);
    else void showPlace(target);
  }

  function showInvestor(investor: string): void {
    view.find = { ...firstFind(), sort: view.find.sort, facets: { investor: [investor] } };
    for (const status of STATUSES) view.statuses.add(status);
    refresh();
    remember();
  }

  /** Brings a place that was typed as coordinates into the middle, and marks it. */
  async function showPlace(place: { lonLat: [number, number] } | { plane: [number, number] }): Promise<void> {
    const point = 'lonLat' in place ? place.lonLat : (await import('../survey/vn2000.ts')).zoneOf(`/EPSG/0/${HANOI_ZONE}`)?.toLonLat(place.plane);
    if (!point) return;
    map?.frame([...point, ...point]);
    map?.point({ point });
  }

  drawDay();
  showAddress();
  window.addEventListener('hashchange', showAddress);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    if (!state.isSidebarOpen) return panels.leave();
    closeSidebar();
    byId('sidebar-button').focus();
  });

  // Making a map takes the processor for a while.
  await breath();
  const given = data;
  const onRest = () => {
    writeAddress(false);
    count();
  };
  try {
    map = await createMap(byId('map'), byId('panel'), given, view, (site) => panels.choose(site, 'uncovered'), onRest, (site) => dock.light(site));
    Object.assign(window, { langxanhMap: map.library });
    endFirst();
  } catch (error) {
    console.warn(error);
    endFirst();
    byId('map').replaceChildren();
    render(h('p', { class: 'no-map' }, t('noMap')), byId('map'));
    void dock.load();
    await panels.mapIsMade(undefined);
    return;
  }
  // The map comes first: the table and the overview would keep the processor from it.
  void dock.load();
  panels.deskHasMap(map);
  // The day may have changed while the map was being made.
  if (data !== given) map.setData(data);
  dock.mapIsMade(map);
  refresh();
  const site = byKey.get(view.site ?? '');
  if (site && !view.plan && !view.hotspots) map.select(site, view.camera ? 'as it is' : 'framed');
  await panels.mapIsMade(map);
  remember();
  // Parcels come with their tiles, after the map has come to rest.
  let isStale = false;
  map.library.on('sourcedata', ({ sourceId }) => (isStale ||= sourceId === 'detail' || sourceId === 'plan_parcels'));
  map.library.on('idle', () => {
    if (isStale) count();
    isStale = false;
  });
  const [{ addTools }, configured] = await Promise.all([import('../carto/tools.ts'), fetchBasemap().catch((): ConfiguredBasemap => ({}))]);
  addTools(map, byId('stage'), configured);
  loaded.hasBasemap = Boolean(configured.pmtiles || configured.tiles);
  draw();
}
