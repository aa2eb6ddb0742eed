/** The map of hotspots: hexagons or density, reaches, twelve quarters, zones by rank, and why a place is one. */

import './hotspot.css';
import type { Geometry } from 'geojson';
import type { Collection, Item } from '../api.ts';
import { today } from '../dates.ts';
import { element, h } from '../dom.ts';
import { errorBox } from '../errors.ts';
import { boxOf } from '../geometry.ts';
import { formatNumber } from '../i18n.ts';
import type { SiteMap } from '../map.ts';
import { demoMark } from '../panel/parts.ts';
import { paperMap } from '../paper.ts';
import { onScheme } from '../scheme.ts';
import { inSight } from '../sight.ts';
import type { HotspotView } from '../view.ts';
import { classOf, createStore, precisionOf, sideOf, subjectOf, type Density, type Subject } from './data.ts';
import { drawHotspots } from './drawing.ts';
import { classLegend, densityLegend, reachLegend, showControl, trendList } from './legend.ts';
import { fileList, hotspotHead, hotspotParts, pressureList, zoneList } from './panel.ts';
import { placeOf, quarterDayText, quarterKey, quartersTo, quarterText } from './quarters.ts';
import { createTimeline } from './timeline.ts';
import { subjectName, sitesOf, whyFeatures, whyParts } from './why.ts';
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
  cells: Item[];
  zones: Item[];
  /** Empty while reaches are not asked for. */
  reaches: Item[];
  density: { of: Density; most: number } | undefined;
}

/** Opens hotspots and resolves once they are drawn; the answer closes them. Closed meanwhile, they draw nothing more. */
export function openHotspots(page: HotspotPage): { close(): void; ready: Promise<void> } {
  const { map, panel, collections, view, asOf } = page;
  const store = createStore();
  const quarters = quartersTo(asOf ?? today());
  const hasReaches = collections.has('waterway_reaches');
  let place = placeOf(view.quarter, quarters);
  // Counts what was asked for, so that an answer that comes late draws nothing.
  let turn = 0;
  let shown: Shown | undefined;

  const spoken = h('p', { class: 'visually-hidden', role: 'status' });
  const notice = h('div', { class: 'hot-notice' });
  const why = h('section', { id: 'hot-why', 'aria-label': s('why') });
  const legend = h('div', {});
  const trends = h('div', {});
  const demo = h('p', { class: 'demo-box', hidden: true }, demoMark(), ' ', s('demo'));
  const { elements, contents } = hotspotParts();
  const precision = precisionOf(page.precisions);
  const kilometres = (metres: number) => formatNumber(Number((metres / 1000).toFixed(metres < 10_000 ? 1 : 0)));
  const body = h(
    'div',
    { id: 'hot-body', class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': s('body') },
    notice,
    h('p', { class: 'hot-intro' }, s('intro')),
    demo,
    why,
    elements.legend,
    precision ? h('p', { class: 'hot-places' }, s('places', { near: kilometres(precision.near), far: kilometres(precision.far), worst: kilometres(precision.worst) })) : null,
    elements.zones,
    elements.pressures,
    elements.files,
    spoken,
  );
  contents.legend.replaceChildren(
    showControl(
      view.surface,
      hasReaches ? view.reaches : undefined,
      (surface) => change({ surface }),
      (reaches) => change({ reaches }),
    ),
    legend,
    h('h4', {}, s('trends')),
    trends,
  );
  panel.replaceChildren(hotspotHead(page.back), body);
  panel.classList.add('hotspot');
  panel.hidden = false;
  delete panel.dataset.ready;
  map?.setAside(true);
  // Hotspots have the room of the list of sites too.
  map?.library.resize();
  panel.querySelector('h2')?.focus();

  const timeline = createTimeline(quarters, place, (next) => {
    place = next;
    change({ quarter: next === quarters.length - 1 ? undefined : quarterKey(quarters[next]!) }, false);
    return load();
  });
  const drawing = map && drawHotspots(map.library, timeline.element, (subject) => ask(subject));
  if (drawing) body.prepend(paperMap(map.library, drawing.seen, { label: s('paperMapWho'), caption: () => s('paperMap', { quarter: quarterDayText(quarters[place]!) }) }));
  else body.prepend(timeline.element);

  /** Keeps what the reader chose in the address and, unless told otherwise, shows it. */
  function change(next: Partial<HotspotView>, isLoading = true): void {
    Object.assign(view, next);
    page.remember();
    if (isLoading) void load();
  }

  function ask(subject: Subject | undefined): void {
    change({ why: subject && `${subject.kind}/${subject.id}` }, false);
    void showWhy(true);
  }

  /** Loads and draws the quarter; what was on its way to another is given up. */
  async function load(): Promise<void> {
    const mine = (turn += 1);
    store.cancel();
    const quarter = quarters[place]!;
    const { day } = quarter;
    panel.setAttribute('aria-busy', 'true');
    try {
      const wantsReaches = hasReaches && (view.reaches || subjectOf(view.why)?.kind === 'reach');
      const wantsDensity = view.surface === 'density';
      const [cells, zones, reaches, density, newest] = await Promise.all([
        store.cells(day),
        store.zones(day),
        wantsReaches ? store.reaches(day) : [],
        wantsDensity ? store.density(day) : undefined,
        wantsDensity ? store.density(quarters.at(-1)!.day) : undefined,
      ]);
      if (mine !== turn) return;
      shown = { cells, zones, reaches, density: density && newest && { of: density, most: mostOf(newest) || mostOf(density) } };
      notice.replaceChildren(...(cells.length === 0 ? [h('p', { class: 'hot-caution' }, s('noData'))] : []));
      show(shown);
      await Promise.all([showWhy(false), showPressures(mine, day)]);
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      notice.replaceChildren(element(errorBox(error, () => void load())));
    }
    if (mine !== turn) return;
    panel.removeAttribute('aria-busy');
    panel.dataset.ready = quarterKey(quarter);
  }

  function show(now: Shown): void {
    const { cells, zones, reaches, density } = now;
    const quarter = quarters[place]!;
    demo.hidden = ![...cells, ...zones].some(({ properties }) => properties.demo_data === true);
    showLegend(now);
    trends.replaceChildren(trendList(cells));
    showZones();
    elements.pressures.open ||= zones.length === 0;
    contents.files.replaceChildren(...fileList(collections, quarter));
    drawing?.show({ cells, zones, reaches: view.reaches ? reaches : [], density: view.surface === 'density' ? density : undefined });
    const count = (side: string) => cells.filter(({ properties }) => sideOf(classOf(properties.hotspot_class)) === side).length;
    spoken.textContent = s('stillHere', { quarter: quarterText(quarter), hot: count('hot'), cold: count('cold'), zones: zones.length });
  }

  function showLegend({ cells, reaches, density }: Shown): void {
    legend.replaceChildren(...(view.surface === 'density' && density ? densityLegend(density.of, density.most) : classLegend(cells, map && inSight(cells, map.seen()))), ...(hasReaches && view.reaches ? reachLegend(reaches) : []));
  }

  function showZones(): void {
    const subject = subjectOf(view.why);
    contents.zones.replaceChildren(
      zoneList(shown?.zones ?? [], subject?.kind === 'zone' ? subject.id : undefined, (zone) => {
        const box = boxOf(zone.geometry);
        if (box) drawing?.frame(box);
        ask({ kind: 'zone', id: zone.id });
      }),
    );
  }

  async function showPressures(mine: number, day: string): Promise<void> {
    const sites = await store.pressures(day);
    if (mine === turn) contents.pressures.replaceChildren(...pressureList(sites, collections, quarters[place]!, pageDay()));
  }

  /** The day that links to sites ask for: the page's own for the running quarter, else the quarter's. */
  function pageDay(): string | undefined {
    return place === quarters.length - 1 ? asOf : quarters[place]!.day;
  }

  /** The record of the subject in the quarter shown. */
  function itemOf({ kind, id }: Subject, { cells, zones, reaches }: Shown): Item | undefined {
    return { cell: cells, zone: zones, reach: reaches }[kind].find((item) => item.id === id);
  }

  /** Fills the part about why; `isAsked` moves the reader there. */
  async function showWhy(isAsked: boolean): Promise<void> {
    const mine = turn;
    const subject = subjectOf(view.why);
    delete why.dataset.ready;
    for (const button of contents.zones.querySelectorAll('[data-zone]')) button.querySelector('button')?.setAttribute('aria-pressed', String(subject?.kind === 'zone' && button.getAttribute('data-zone') === subject.id));
    if (!subject || !shown) {
      drawing?.why(undefined, undefined);
      why.replaceChildren(h('p', { class: 'quiet' }, s('whyHint'), ' ', map ? s('whyKeys') : ''));
      return;
    }
    const isCurrent = () => mine === turn && view.why === `${subject.kind}/${subject.id}`;
    const item = itemOf(subject, shown);
    const clear = h('button', { type: 'button', class: 'hot-clear', onclick: () => ask(undefined) }, s('whyClose'));
    const head = h('h3', { tabindex: -1 }, s('why'), h('span', { class: 'brief' }, item ? subjectName(subject, item) : ''));
    const frame = (...parts: (Node | string)[]) => why.replaceChildren(h('div', { class: 'hot-why-head' }, head, clear), ...parts);
    if (!item) {
      drawing?.why(undefined, undefined);
      frame(h('p', {}, s('whyGone')));
      why.dataset.ready = 'true';
      return;
    }
    drawing?.why(item.geometry, undefined);
    frame(h('p', { class: 'quiet' }, s('loading')));
    if (isAsked) {
      panel.classList.remove('folded');
      why.scrollIntoView({ block: 'start' });
      head.focus({ preventScroll: true });
    }
    try {
      const answer = await store.why(subject, quarters[place]!.day);
      if (!isCurrent()) return;
      drawing?.why(item.geometry, whyFeatures(answer));
      frame(...whyParts({ subject, item, answer, collections, reachCount: shown.reaches.length, day: pageDay() }));
      if (isAsked) spoken.textContent = s('spokenWhy', { name: subjectName(subject, item), count: sitesOf(answer).length });
    } catch (error) {
      if (!isCurrent()) return;
      console.warn(error);
      frame(element(errorBox(error, () => void showWhy(isAsked))));
    }
    why.dataset.ready = 'true';
  }

  const redrawLegend = () => shown && showLegend(shown);
  const unturned = onScheme(redrawLegend);
  map?.library.on('moveend', redrawLegend);

  async function start(): Promise<void> {
    await load();
    const box = page.isFramed && boxOf(...(shown?.cells ?? []).map(({ geometry }): Geometry | null => geometry));
    if (box) drawing?.frame(box, false);
  }

  return {
    ready: start(),
    close: () => {
      turn += 1;
      unturned();
      map?.library.off('moveend', redrawLegend);
      store.cancel();
      timeline.stop();
      drawing?.remove();
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
