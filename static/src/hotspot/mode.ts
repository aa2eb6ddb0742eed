/** The map of hotspots: hexagons or density, reaches, twelve quarters, zones by rank, and why a place is one. */

import './hotspot.css';
import { createRef, render } from 'preact';
import type { Collection, Item } from '../api.ts';
import { today } from '../dates.ts';
import { boxOf } from '../geometry.ts';
import { formatNumber } from '../i18n.ts';
import type { SiteMap } from '../map/map.ts';
import { inSight } from '../map/sight.ts';
import { onScheme } from '../scheme.ts';
import { errorBox } from '../ui/errors.ts';
import { h, type Child } from '../ui/h.ts';
import { PaperMap } from '../ui/paper.ts';
import { demoMark } from '../ui/parts.ts';
import type { HotspotView } from '../view.ts';
import { classOf, createStore, precisionOf, sideOf, subjectOf, type Density, type PressureSite, type Subject } from './data.ts';
import { drawHotspots } from './drawing.ts';
import { classLegend, densityLegend, reachLegend, showControl, trendList } from './legend.ts';
import { fileList, hotspotHead, hotspotPart, pressureList, zoneList } from './panel.ts';
import { placeOf, quarterDayText, quarterKey, quartersTo, quarterText, type Quarter } from './quarters.ts';
import { Timeline } from './timeline.ts';
import { sitesOf, subjectName, whyFeatures, whyParts, type Asked } from './why.ts';
import { s } from './words.ts';

/** What the map of hotspots needs of the page. */
export interface HotspotPage {
  /** Undefined where this browser draws no map: the panel is read without it. */
  map: SiteMap | undefined;
  panel: HTMLElement;
  collections: Map<string, Collection>;
  /** The page's day; undefined is today. */
  asOf: string | undefined;
  /** How precisely the places of the sites are known, metres. */
  precisions: unknown[];
  /** What the address says; it is kept up to date here. */
  view: HotspotView;
  /** The map goes to the whole city; otherwise it stays where the address put it. */
  isFramed: boolean;
  remember(): void;
  back(): void;
}

/** Everything of one quarter that is drawn. */
interface Shown {
  quarter: Quarter;
  cells: Item[];
  zones: Item[];
  /** Those that may be asked about; they are drawn only where the reader wants them. */
  reaches: Item[];
  areReachesDrawn: boolean;
  density: { of: Density; most: number } | undefined;
}

/** Opens hotspots and resolves once they are drawn; the answer closes them. Closed meanwhile, they draw nothing more. */
export function openHotspots(page: HotspotPage): { close(): void; ready: Promise<void> } {
  const { map, panel, collections, view, asOf } = page;
  const store = createStore();
  const quarters = quartersTo(asOf ?? today());
  const hasReaches = collections.has('waterway_reaches');
  const precision = precisionOf(page.precisions);
  const [title, why, whyTitle] = [createRef<HTMLElement>(), createRef<HTMLElement>(), createRef<HTMLElement>()];
  let place = placeOf(view.quarter, quarters);
  // Counts what was asked for, so that an answer that comes late draws nothing.
  let turn = 0;
  let shown: Shown | undefined;
  let fault: { error: unknown } | undefined;
  let asked: Asked | undefined;
  let pressures: { sites: PressureSite[]; quarter: Quarter } | undefined;
  // Where there are no zones the pressures are what there is to read.
  let arePressuresOpen = false;
  let isFolded = false;
  let spoken = '';
  let isOver = false;

  function draw(): void {
    const control = h(Timeline, { quarters, place, onMove: moveTo });
    drawing?.control(control);
    const paper = map && drawing && h(PaperMap, { map: map.library, seen: drawing.seen, label: s('paperMapWho'), caption: () => s('paperMap', { quarter: quarterDayText(quarters[place]!) }) });
    const body = { id: 'hot-body', class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': s('body') };
    render([hotspotHead(isFolded, fold, page.back, title), h('div', body, paper ?? control, content())], panel);
  }

  function content(): Child[] {
    const { cells = [], zones = [], quarter } = shown ?? {};
    const kilometres = (metres: number) => formatNumber(Number((metres / 1000).toFixed(metres < 10_000 ? 1 : 0)));
    const subject = subjectOf(view.why);
    const isTold = asked && (!asked.item || asked.answer);
    return [
      h('div', { class: 'hot-notice' }, fault ? errorBox(fault.error, () => void load()) : shown && cells.length === 0 && h('p', { class: 'hot-caution' }, s('noData'))),
      h('p', { class: 'hot-intro' }, s('intro')),
      h('p', { class: 'demo-box', hidden: ![...cells, ...zones].some(({ properties }) => properties.demo_data === true) }, demoMark(), ' ', s('demo')),
      h(
        'section',
        { id: 'hot-why', 'aria-label': s('why'), 'data-ready': isTold && 'true', ref: why },
        asked && shown
          ? whyParts(asked, { collections, reachCount: shown.reaches.length, day: dayOf(shown.quarter), retry: () => void showWhy(true), end: () => ask(undefined) }, whyTitle)
          : h('p', { class: 'quiet' }, s('whyHint'), ' ', map && s('whyKeys')),
      ),
      hotspotPart(
        'legend',
        true,
        showControl(
          view.surface,
          hasReaches ? view.reaches : undefined,
          (surface) => change({ surface }),
          (reaches) => change({ reaches }),
        ),
        h('div', {}, shown && legend(shown)),
        h('h4', {}, s('trends')),
        h('div', {}, shown && trendList(cells)),
      ),
      precision && h('p', { class: 'hot-places' }, s('places', { near: kilometres(precision.near), far: kilometres(precision.far), worst: kilometres(precision.worst) })),
      hotspotPart('zones', true, shown && zoneList(zones, subject?.kind === 'zone' ? subject.id : undefined, showZone)),
      hotspotPart('pressures', arePressuresOpen, pressures && pressureList(pressures.sites, collections, pressures.quarter, dayOf(pressures.quarter))),
      hotspotPart('files', true, quarter && fileList(collections, quarter)),
      h('p', { class: 'visually-hidden', role: 'status' }, spoken),
    ];
  }

  function legend({ cells, reaches, areReachesDrawn, density }: Shown): Child[] {
    return [density ? densityLegend(density.of, density.most) : classLegend(cells, map && inSight(cells, map.seen())), areReachesDrawn && reachLegend(reaches)];
  }

  function fold(next: boolean): void {
    isFolded = next;
    panel.classList.toggle('folded', isFolded);
    draw();
  }

  /** Keeps what the reader chose in the address and, unless told otherwise, shows it. */
  function change(next: Partial<HotspotView>, isLoading = true): void {
    Object.assign(view, next);
    page.remember();
    if (isLoading) void load();
  }

  function moveTo(next: number): Promise<void> {
    place = next;
    change({ quarter: next === quarters.length - 1 ? undefined : quarterKey(quarters[next]!) }, false);
    return load();
  }

  function ask(subject: Subject | undefined): void {
    change({ why: subject && `${subject.kind}/${subject.id}` }, false);
    void showWhy(true);
  }

  function showZone({ id, geometry }: Item): void {
    const box = boxOf(geometry);
    if (box) drawing?.frame(box);
    ask({ kind: 'zone', id });
  }

  /** Loads and draws the quarter; what was on its way to another is given up. */
  async function load(): Promise<void> {
    const mine = (turn += 1);
    store.cancel();
    const quarter = quarters[place]!;
    const { day } = quarter;
    panel.setAttribute('aria-busy', 'true');
    draw();
    try {
      const areReachesDrawn = hasReaches && view.reaches;
      const wantsReaches = areReachesDrawn || (hasReaches && subjectOf(view.why)?.kind === 'reach');
      const wantsDensity = view.surface === 'density';
      const [cells, zones, reaches, density, newest] = await Promise.all([
        store.cells(day),
        store.zones(day),
        wantsReaches ? store.reaches(day) : [],
        wantsDensity ? store.density(day) : undefined,
        wantsDensity ? store.density(quarters.at(-1)!.day) : undefined,
      ]);
      if (mine !== turn) return;
      show({ quarter, cells, zones, reaches, areReachesDrawn, density: density && newest && { of: density, most: mostOf(newest) || mostOf(density) } });
      await Promise.all([showWhy(false), showPressures(mine, quarter)]);
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      fault = { error };
      draw();
    }
    if (mine !== turn) return;
    panel.removeAttribute('aria-busy');
    panel.dataset.ready = quarterKey(quarter);
  }

  function show(now: Shown): void {
    const { quarter, cells, zones, reaches, areReachesDrawn, density } = now;
    shown = now;
    fault = undefined;
    arePressuresOpen ||= zones.length === 0;
    drawing?.show({ cells, zones, reaches: areReachesDrawn ? reaches : [], density });
    const count = (side: string) => cells.filter(({ properties }) => sideOf(classOf(properties.hotspot_class)) === side).length;
    spoken = s('stillHere', { quarter: quarterText(quarter), hot: count('hot'), cold: count('cold'), zones: zones.length });
  }

  async function showPressures(mine: number, quarter: Quarter): Promise<void> {
    const sites = await store.pressures(quarter.day);
    if (mine !== turn) return;
    pressures = { sites, quarter };
    draw();
  }

  /** The day that links to sites ask for: the page's own for the running quarter, else the quarter's. */
  function dayOf(quarter: Quarter): string | undefined {
    return quarter === quarters.at(-1) ? asOf : quarter.day;
  }

  /** The record of the subject in the quarter shown. */
  function itemOf({ kind, id }: Subject, { cells, zones, reaches }: Shown): Item | undefined {
    return { cell: cells, zone: zones, reach: reaches }[kind].find((item) => item.id === id);
  }

  /** Fills the part about why; `isAsked` moves the reader there. */
  async function showWhy(isAsked: boolean): Promise<void> {
    const mine = turn;
    const subject = subjectOf(view.why);
    const item = subject && shown && itemOf(subject, shown);
    asked = subject && shown && { subject, item, answer: undefined };
    drawing?.why(item?.geometry, undefined);
    draw();
    if (!subject || !shown || !item) return;
    if (isAsked) {
      fold(false);
      why.current?.scrollIntoView({ block: 'start' });
      whyTitle.current?.focus({ preventScroll: true });
    }
    const isCurrent = () => mine === turn && view.why === `${subject.kind}/${subject.id}`;
    try {
      const value = await store.why(subject, shown.quarter.day);
      if (!isCurrent()) return;
      asked = { subject, item, answer: { value } };
      drawing?.why(item.geometry, whyFeatures(value));
      if (isAsked) spoken = s('spokenWhy', { name: subjectName(subject, item), count: sitesOf(value).length });
    } catch (error) {
      if (!isCurrent()) return;
      console.warn(error);
      asked = { subject, item, answer: { error } };
    }
    draw();
  }

  panel.classList.add('hotspot');
  panel.hidden = false;
  delete panel.dataset.ready;
  map?.setAside(true);
  // Hotspots have the room of the list of sites too.
  map?.library.resize();
  const drawing = map && drawHotspots(map.library, ask);
  const unturned = onScheme(draw);
  map?.library.on('moveend', draw);

  async function start(): Promise<void> {
    await load();
    // Whoever has gone elsewhere meanwhile keeps the map as it is.
    const box = page.isFramed && !isOver && boxOf(...(shown?.cells ?? []).map(({ geometry }) => geometry));
    if (box) drawing?.frame(box, false);
  }
  const ready = start();
  title.current?.focus();

  return {
    ready,
    close: () => {
      isOver = true;
      turn += 1;
      unturned();
      map?.library.off('moveend', draw);
      store.cancel();
      drawing?.remove();
      render(null, panel);
      map?.setAside(false);
      panel.classList.remove('hotspot', 'folded');
      panel.removeAttribute('aria-busy');
      map?.library.resize();
      delete panel.dataset.ready;
    },
  };
}

/** The largest density of a run. */
function mostOf({ cells }: Density): number {
  return Math.max(0, ...cells.features.map(({ properties }) => properties.density ?? 0));
}
