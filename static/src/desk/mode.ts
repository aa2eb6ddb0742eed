/** The review desk over the data of one day: the overview, the filters and the table, each in step with map and address. */

import './desk.css';
import { createRef, render, type VNode } from 'preact';
import type { Collection } from '../api.ts';
import { boxOf, type Box } from '../geometry.ts';
import { formatNumber } from '../i18n.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { STATUSES, statusTitle, type Site } from '../sites.ts';
import { h } from '../ui/h.ts';
import type { View } from '../view.ts';
import { boxCorners, rounded } from './area.ts';
import { Bar, type Chip } from './bar.ts';
import { cityData, groupOf, type CityData, type Group, type Rule } from './data.ts';
import { drawArea, showArea, type Drawing } from './draw.ts';
import { FacetList, type FacetGroup } from './facetlist.ts';
import { countsOf, passes, rowOf, toggled, toggledStatus, type Frame, type Row } from './facets.ts';
import { fileLinks, qgisWays } from './files.ts';
import { ordered } from './order.ts';
import { overview } from './overview.ts';
import { cellText, facetText, readerOf, type Declared } from './read.ts';
import { FACETS, firstFind, isFiltered, type Column, type Facet } from './state.ts';
import { SitesTable, type TableHand } from './table.ts';
import { s } from './words.ts';

/** What the desk needs of the page, now and later. */
export interface DockHost {
  collections: Map<string, Collection>;
  data(): MapData;
  view(): View;
  overview: HTMLElement;
  dock: HTMLElement;
  /** Shows on the map what the view asks for, of the sites only those with these keys; undefined is all. */
  showOnMap(keys: ReadonlySet<string> | undefined): void;
  /** Brings the address in step with the view; `asNew` leaves the former one for the browser's Back. */
  remember(asNew?: boolean): void;
  /** Draws anew what else shows the statuses. */
  statusesChanged(): void;
  choose(site: Site): void;
  openHotspots(): void;
  /** Lets the map be seen where the overview covers it. */
  showMap(): void;
}

/** The desk as the page uses it. */
export interface Dock {
  /** The data are those of another day. */
  dayChanged(): void;
  /** The view has changed: filters, statuses, layers or the open site. */
  refresh(): void;
  mapIsMade(map: SiteMap): void;
  /** The site that the map's pointer is on. */
  light(site: Site | undefined): void;
  /** Opens the table and puts the focus into it. */
  focusTable(): void;
}

/** Below this width the table is a sheet, closed at first. */
const NARROW = '(max-width: 800px)';

/** Opens the desk. */
export function openDock(host: DockHost): Dock {
  const { dock, collections } = host;
  let map: SiteMap | undefined;
  let city: CityData = cityData(host.data().asOf, collections);
  let rules: Map<string, Rule> | undefined;
  // The day's data whose rows are counted.
  let judged: CityData | undefined;
  let rows: Row[] = [];
  let byKey = new Map<string, Site>();
  // What passes the filters, as it comes and in the table's order.
  let shown: Row[] = [];
  let inOrder: Row[] = [];
  let group: { name: string; found: Group | undefined } | undefined;
  let openSite: string | undefined;
  let drawing: (Drawing & { said: string }) | undefined;

  const find = () => host.view().find;
  const declared = (): Declared => ({ collections, rules });
  const frame = (): Frame => ({ statuses: host.view().statuses, keys: find().group ? (group?.found?.keys ?? new Set<string>()) : undefined });
  const inLayers = () => rows.filter(({ site }) => host.view().layers.has(site.collection));

  const isOpen = () => find().table ?? !matchMedia(NARROW).matches;
  let hasFacets = !matchMedia('(max-width: 1100px)').matches;
  const table = createRef<TableHand>();
  const areaButton = createRef<HTMLButtonElement>();
  dock.setAttribute('aria-label', s('table'));

  function setOpen(open: boolean): void {
    const atFirst = !matchMedia(NARROW).matches;
    find().table = open === atFirst ? undefined : open;
    draw();
    host.remember();
  }

  function onFilters(): void {
    hasFacets = !isOpen() || !hasFacets;
    if (!isOpen()) setOpen(true);
    else draw();
  }

  function takeView(): void {
    if (!map) return;
    const [west, south, east, north] = map.library.getBounds().toArray().flat() as [number, number, number, number];
    find().area = boxCorners([west, south, east, north]).map(rounded);
    changed();
  }

  function startDrawing(): void {
    if (!map || drawing) return;
    if (matchMedia(NARROW).matches && isOpen()) setOpen(false);
    const ends = drawArea(
      map,
      () => {
        drawing = { ...ends, said: s('areaWrong') };
        draw();
      },
      (corners) => {
        drawing = undefined;
        if (corners) find().area = corners;
        changed();
        areaButton.current?.focus();
      },
    );
    drawing = { ...ends, said: s('areaHint') };
    draw();
  }

  function onSort(column: Column): void {
    const { sort } = find();
    // Numbers are asked for with the largest first, names with the first.
    const isDown = sort.column === column ? !sort.isDown : ['breaches', 'unknowns', 'ratio', 'year'].includes(column);
    find().sort = { column, isDown };
    table.current?.toTop();
    changed();
  }

  function changed(): void {
    refresh();
    host.remember();
  }

  function toggleGroup(name: string): void {
    find().group = find().group === name ? undefined : name;
    changed();
    if (find().group) host.showMap();
  }

  function clear(): void {
    Object.assign(find(), { ...firstFind(), facets: {}, group: undefined, area: undefined, sort: find().sort, table: find().table });
    for (const status of STATUSES) host.view().statuses.add(status);
    host.statusesChanged();
    changed();
  }

  /** Asks for the sites of the group that the address names; one that nobody knows is none. */
  async function loadGroup(name: string): Promise<void> {
    group = { name, found: undefined };
    const mine = group;
    try {
      await judge();
      mine.found = await groupOf(name, city, rows, byKey);
    } catch (error) {
      console.warn(error);
    }
    if (group !== mine) return;
    if (!mine.found) {
      if (find().group === name) find().group = undefined;
      group = undefined;
      host.remember();
    }
    refresh();
  }

  function refresh(): void {
    const wanted = find().group;
    if (!wanted) group = undefined;
    else if (group?.name !== wanted) void loadGroup(wanted);
    const now = frame();
    shown = inLayers().filter((row) => passes(row, find(), now));
    inOrder = ordered(shown, find().sort, readerOf(declared()));
    host.showOnMap(isFiltered(find()) ? new Set(shown.map(({ site }) => site.key)) : undefined);
    draw();
    if (map && !drawing) showArea(map, find().area);
    const { site } = host.view();
    if (site && site !== openSite) table.current?.reveal(site);
    openSite = site;
  }

  /** Draws table, filters and overview as everything stands. */
  function draw(): void {
    const open = isOpen();
    dock.classList.toggle('folded', !open);
    dock.classList.toggle('with-facets', hasFacets);
    render(
      [
        h(Bar, {
          said: countText(),
          isOpen: open,
          hasFacets,
          active: FACETS.reduce((sum, facet) => sum + (find().facets[facet]?.length ?? 0), 0) + (host.view().statuses.size < STATUSES.length ? 1 : 0),
          hasMap: map !== undefined,
          isDrawing: drawing !== undefined,
          chips: chips(),
          files,
          areaButton,
          onFold: () => setOpen(!isOpen()),
          onFilters,
          onArea: startDrawing,
          onAreaInView: takeView,
        }),
        h('div', { class: 'drawing', hidden: !drawing }, drawing && [h('span', { role: 'status' }, drawing.said), h('button', { type: 'button', onclick: drawing.end }, s('areaDone')), h('button', { type: 'button', onclick: drawing.cancel }, s('areaCancel'))]),
        h(
          'div',
          { class: 'dock-body' },
          h(FacetList, { groups: facetGroups(), onToggle: onFacet }),
          h(SitesTable, {
            rows: inOrder,
            text: (row, column) => cellText(row, column, declared()),
            picked: new Set(find().picked),
            open: host.view().site,
            sort: find().sort,
            onSort,
            onPick: ({ key }) => {
              find().picked = toggled(find().picked, key);
              changed();
            },
            onOpen: (site) => {
              if (matchMedia(NARROW).matches) setOpen(false);
              host.choose(site);
            },
            onPoint: (site) => map?.point(site),
            hand: table,
          }),
        ),
      ],
      dock,
    );
    render(overview({ city, judge, rows, sites: byKey, group: find().group, onGroup: toggleGroup, onSite: (site) => host.choose(site), onHotspots: host.openHotspots }), host.overview);
  }

  function countText(): string {
    if (find().group !== undefined && !group?.found) return s('loadingGroup');
    // A key that nobody knows, or not on this day, is no row.
    const picked = find().picked.filter((key) => byKey.has(key)).length;
    return [s('shown', { count: formatNumber(shown.length), total: formatNumber(rows.length) }), picked > 0 && s('picked', { count: formatNumber(picked) })].filter(Boolean).join(' · ');
  }

  function facetGroups(): FacetGroup[] {
    const now = frame();
    const all = inLayers();
    const { statuses } = host.view();
    const ofStatus = all.filter((row) => passes(row, find(), now, 'status'));
    const status: FacetGroup = {
      name: 'status',
      title: 'status',
      values: STATUSES.map((value) => ({ value, text: statusTitle(collections.get('clusters') ?? collections.get('craft_villages'), value), count: ofStatus.filter(({ site }) => site.status === value).length, isChosen: statuses.size < STATUSES.length && statuses.has(value) })),
    };
    const group = (facet: Facet): FacetGroup => ({
      name: facet,
      title: facet,
      values: [...countsOf(all, facet, find(), now)]
        // A site without a breach has no rule to be found by.
        .filter(([value]) => value !== '' || (facet !== 'breached' && facet !== 'unknown') || find().facets[facet]?.includes(''))
        .map(([value, count]) => ({ value, text: facetText(facet, value, declared()), count, isChosen: find().facets[facet]?.includes(value) ?? false })),
    });
    return [status, ...FACETS.map(group)];
  }

  function onFacet(name: string, value: string): void {
    if (name === 'status') {
      const { statuses } = host.view();
      const next = toggledStatus(STATUSES, statuses, value as (typeof STATUSES)[number]);
      statuses.clear();
      for (const one of next) statuses.add(one);
      host.statusesChanged();
    } else {
      const facet = name as Facet;
      find().facets[facet] = toggled(find().facets[facet], value);
    }
    changed();
  }

  function chips(): Chip[] {
    const { facets: chosen, group: name, area, picked } = find();
    const chip = (key: string, text: string, remove: () => void): Chip => ({ key, kind: 'chip', text, act: () => (remove(), changed()) });
    const list = FACETS.flatMap((facet) => (chosen[facet] ?? []).map((value) => chip(`${facet}:${value}`, s('chip', { facet: s(facet), value: facetText(facet, value, declared()) }), () => (find().facets[facet] = toggled(find().facets[facet], value)))));
    if (area) list.unshift(chip('area', s('chipArea'), () => (find().area = undefined)));
    if (name) list.unshift(chip('group', group?.found?.title ?? '…', () => (find().group = undefined)));
    if (picked.length > 0) list.push({ ...chip('picked', s('clearPicked'), () => (find().picked = [])), kind: 'unpick' });
    if (list.length > 0 || host.view().statuses.size < STATUSES.length) {
      const box = boxOf(...shown.map(({ site }) => site.geometry));
      if (map && box && shown.length < rows.length) list.push({ key: 'to-shown', kind: 'to-shown', text: s('toShown', { count: formatNumber(shown.length) }), act: () => frameShown(box) });
      list.push({ key: 'clear-all', kind: 'clear-all', text: s('clearAll'), act: clear });
    }
    return list;
  }

  /** Brings what is left by the filters into view; on a phone the sheet goes from before it. */
  function frameShown(box: Box): void {
    if (matchMedia(NARROW).matches && isOpen()) setOpen(false);
    map?.frame(box);
  }

  function files(): VNode[] {
    const picked = new Set(find().picked);
    const chosen = rows.filter(({ site }) => picked.has(site.key));
    const isPicked = chosen.length > 0;
    return [
      ...fileLinks({ collections, asOf: host.data().asOf, find: find(), frame: frame(), all: rows.map(({ site }) => site), shown: (isPicked ? chosen : shown).map(({ site }) => site), isByName: isPicked || find().group !== undefined, isPicked }),
      ...qgisWays(),
    ];
  }

  function dayChanged(): void {
    const { asOf, sites } = host.data();
    city = cityData(asOf, collections);
    byKey = new Map(sites.map((site) => [site.key, site]));
    group = undefined;
    makeRows();
    refresh();
  }

  /** Counts the breaches of core rules: which rules are core comes later than the sites, and the rules' names with it. */
  async function judge(): Promise<void> {
    const mine = city;
    const known = await mine.rules();
    if (mine !== city || judged === city) return;
    judged = city;
    rules = known;
    // In its new place the open site is shown again.
    openSite = undefined;
    makeRows();
    refresh();
  }

  function makeRows(): void {
    const core = rules && new Set([...rules.values()].filter((rule) => rule.core).map(({ id }) => id));
    rows = host.data().sites.map((site) => rowOf(site, core));
  }

  dayChanged();
  return {
    dayChanged,
    refresh,
    mapIsMade: (made) => {
      map = made;
      refresh();
    },
    light: (site) => table.current?.light(site?.key),
    focusTable: () => {
      if (!isOpen()) setOpen(true);
      table.current?.focus();
    },
  };
}
