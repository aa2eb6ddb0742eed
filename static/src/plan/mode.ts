/** Plan mode: one 1/500 plan on the map, with its review, beside what is built, measured and compared. */

import './plan.css';
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, LngLatBoundsLike, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import type { Collection, Item } from '../api.ts';
import { element, h } from '../dom.ts';
import { errorBox } from '../errors.ts';
import { boxOf } from '../geometry.ts';
import { formatNumber } from '../i18n.ts';
import { EMPTY, repaint } from '../layers.ts';
import type { SiteMap } from '../map.ts';
import { paperMap } from '../paper.ts';
import { onScheme } from '../scheme.ts';
import { demoMark } from '../panel/parts.ts';
import { codeText, fieldOf, valueText, versionText } from '../values.ts';
import type { View } from '../view.ts';
import { balanceTable, drawnLegend } from './balance.ts';
import { changeFeatures, changeList, changesOf } from './compare.ts';
import { loadParcels, loadPlan, type Plan } from './data.ts';
import { countsText, findingList } from './findings.ts';
import { BUILT_LAYERS, lotText, MARK_LAYERS, markFeatures, planFeatures, planLayers, planSources, PLAN_SOURCES, type PlanSource } from './layers.ts';
import { markImage, markName } from './marks.ts';
import { createMeasure } from './measure.ts';
import { planFacts, planFiles, planHead, planParts } from './panel.ts';
import { createReadout } from './readout.ts';
import { classOf, fetchComparison, fetchReview, FINDING_CLASSES, type Finding, type Review } from './review.ts';
import { createSwipe, type Swipe } from './swipe.ts';
import { trackSpots, type Spot } from './tracker.ts';
import { zoneOf } from './vn2000.ts';
import { p } from './words.ts';

/** What plan mode needs of the page. */
export interface PlanPage {
  /** Undefined where this browser draws no map: the panel is read without it. */
  map: SiteMap | undefined;
  panel: HTMLElement;
  collections: Map<string, Collection>;
  asOf: string | undefined;
  id: string;
  /** The plan's record; undefined where the register does not have it on the day. */
  item: Item | undefined;
  /** Other plans of the same site. */
  versions: Item[];
  siteName: string | undefined;
  /** What the address says now; plan mode keeps its own part of it up to date. */
  view(): Pick<View, 'against' | 'swipe'>;
  /** The map goes to the plan; otherwise it stays where the address put it. */
  isFramed: boolean;
  remember(): void;
  back(): void;
  /** Opens the plan's record for editing, and those of its lots and lines. */
  edit(): void;
  editParts(): void;
}

/** Opens the plan and resolves once it is drawn; the answer closes it. A plan that is closed meanwhile draws nothing more. */
export function openPlan(page: PlanPage): { close(): void; ready: Promise<void> } {
  const { map, panel, collections, id, item } = page;
  const stopping = new AbortController();
  let drawing: Drawing | undefined;
  const body = h('div', { id: 'plan-body', class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': String(item?.properties.name_vi ?? id) });
  panel.replaceChildren(planHead(item, id, collections, { siteName: page.siteName, back: page.back, edit: page.edit, editParts: page.editParts }), body);
  panel.classList.add('plan');
  panel.hidden = false;
  delete panel.dataset.ready;
  map?.setAside(true);
  // The plan has the room of the list of sites too.
  map?.library.resize();
  panel.querySelector('h2')?.focus();

  async function fill(): Promise<void> {
    if (!item) {
      body.replaceChildren(h('p', {}, p('noPlan')));
      panel.dataset.ready = 'true';
      return;
    }
    drawing?.remove();
    drawing = undefined;
    body.replaceChildren(h('p', { role: 'status', class: 'quiet' }, p('loading')));
    try {
      const reviewed = fetchReview(id, page.asOf).catch((error: unknown) => error as Error);
      const plan = await loadPlan(item, collections, page.asOf, stopping.signal);
      const review = await reviewed;
      if (stopping.signal.aborted) return;
      show(plan, review);
    } catch (error) {
      if (stopping.signal.aborted) return;
      console.warn(error);
      body.replaceChildren(element(errorBox(error, () => void fill())));
    }
    panel.dataset.ready = 'true';
  }

  function show(plan: Plan, reviewed: Review | Error | undefined): void {
    const review = reviewed instanceof Error ? undefined : reviewed;
    const parts = planParts();
    const isDemo = plan.properties.is_demo === true;
    body.replaceChildren(
      ...[
        isDemo && h('p', { class: 'demo-box' }, demoMark(), ' ', p('demo')),
        !plan.boundary && h('p', {}, p('noBoundary')),
        ...parts.element,
      ].filter((one) => one instanceof HTMLElement),
    );
    const { contents } = parts;
    drawing = map && drawPlan(map.library, plan, review?.findings ?? [], page);
    if (drawing) {
      body.prepend(drawing.paper);
      drawing.onMark((number) => {
        const finding = review?.findings.find((one) => one.number === number);
        if (finding) choose(finding, true);
      });
    }

    const spoken = h('p', { class: 'visually-hidden', role: 'status' });
    body.append(spoken);

    function choose(finding: Finding, scroll = false): void {
      drawing?.highlight(finding);
      if (drawing) spoken.textContent = p('shown', { number: finding.number });
      for (const one of contents.findings.querySelectorAll('.finding')) {
        const isThis = one.id === `finding-${finding.number}`;
        one.classList.toggle('chosen', isThis);
        const button = one.querySelector<HTMLElement>('.finding-head');
        button?.setAttribute('aria-pressed', String(isThis));
        if (!isThis || !scroll) continue;
        for (let fold = one.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null) fold.open = true;
        one.scrollIntoView({ block: 'center' });
        button?.focus({ preventScroll: true });
      }
    }

    if (review) {
      parts.brief.textContent = countsText(review);
      contents.findings.replaceChildren(...findingList(review, plan, choose));
    } else if (reviewed instanceof Error) contents.findings.replaceChildren(element(errorBox(reviewed, () => void fill())));
    else contents.findings.replaceChildren(h('p', {}, p('noReview')));
    contents.balance.replaceChildren(...balanceTable(plan, review), ...drawnLegend(plan));
    contents.facts.replaceChildren(...planFacts(plan, collections));
    contents.files.replaceChildren(planFiles(plan, review, page.asOf));
    fillCompare(contents.compare, plan, (changes) => drawing?.setChanges(changes), (box) => drawing?.frame(box));
  }

  function fillCompare(target: HTMLElement, plan: Plan, draw: (changes: FeatureCollection) => void, frame: (box: LngLatBoundsLike) => void): void {
    const { versions } = page;
    if (versions.length === 0) return target.replaceChildren(h('p', { class: 'quiet' }, p('compareOther')));
    const nameOf = ({ properties, id: other }: Item) =>
      [properties.name_vi ?? other, versionText(collections.get('plans'), properties), valueText(fieldOf(collections.get('plans'), 'status'), properties.status)].filter(Boolean).join(' · ');
    const result = h('div', { 'aria-live': 'polite' });
    const select = h(
      'select',
      { id: 'plan-against', onchange: () => compare(select.value) },
      h('option', { value: '' }, p('compareNone')),
      ...versions.map((other) => h('option', { value: other.id, selected: other.id === page.view().against }, nameOf(other))),
    );
    target.replaceChildren(h('p', { class: 'chooser' }, h('label', { for: 'plan-against' }, p('compareWith')), select), result);

    function compare(other: string): void {
      page.view().against = other || undefined;
      page.remember();
      void showComparison(other);
    }

    async function showComparison(other: string): Promise<void> {
      draw(EMPTY);
      result.replaceChildren();
      delete result.dataset.ready;
      const version = versions.find((one) => one.id === other);
      if (!version) return;
      result.replaceChildren(h('p', { class: 'quiet' }, p('comparing')));
      try {
        const [comparison, before] = await Promise.all([fetchComparison(id, other, page.asOf), loadParcels(other, page.asOf)]);
        if (stopping.signal.aborted || page.view().against !== other) return;
        const changes = changesOf(comparison, plan, before, collections.get('plan_parcels'));
        draw(changeFeatures(changes));
        result.replaceChildren(
          ...changeList(comparison, changes, nameOf(version), ({ geometry }) => {
            const box = boxOf(geometry);
            if (box) frame(box);
          }),
        );
      } catch (error) {
        if (stopping.signal.aborted) return;
        console.warn(error);
        result.replaceChildren(element(errorBox(error, () => void showComparison(other))));
      }
      result.dataset.ready = 'true';
    }
    void showComparison(select.value);
  }

  return {
    ready: fill(),
    close: () => {
      stopping.abort();
      drawing?.remove();
      map?.setAside(false);
      panel.classList.remove('plan', 'folded');
      map?.library.resize();
      delete panel.dataset.ready;
    },
  };
}

interface Drawing {
  /** A picture of the map for paper. */
  paper: HTMLElement;
  highlight(finding: Finding): void;
  onMark(listener: (number: number) => void): void;
  setChanges(changes: FeatureCollection): void;
  frame(box: LngLatBoundsLike): void;
  remove(): void;
}

/** Puts the plan on the map with its tools; takes everything away again when removed. */
function drawPlan(map: MapLibre, plan: Plan, findings: readonly Finding[], page: PlanPage): Drawing {
  const faulty = new Set(findings.filter((finding) => ['error', 'warning'].includes(classOf(finding))).flatMap(({ buildings }) => buildings ?? []));
  const features: Partial<Record<PlanSource, FeatureCollection>> = {
    ...planFeatures(plan, faulty, {
      storeys: (count) => p('storeys', { count: formatNumber(count) }),
      item: (code) => (typeof code === 'string' && code !== '' ? codeText(page.collections.get('plan_lines'), code) : ''),
    }),
    'plan-marks': markFeatures(findings, undefined),
  };
  for (const [id, source] of planSources()) map.addSource(id, source);
  const ratio = Math.max(2, Math.ceil(window.devicePixelRatio));
  for (const kind of FINDING_CLASSES) if (!map.hasImage(markName(kind))) map.addImage(markName(kind), markImage(kind, ratio), { pixelRatio: ratio });
  for (const layer of planLayers()) map.addLayer(layer);
  const unturned = onScheme(() => {
    for (const kind of FINDING_CLASSES) map.updateImage(markName(kind), markImage(kind, ratio));
    repaint(map, planLayers());
    swipe?.repaint();
  });
  const fill = (id: PlanSource, data: FeatureCollection) => map.getSource<GeoJSONSource>(id)?.setData(data);
  for (const [id, data] of Object.entries(features)) fill(id as PlanSource, data);

  const zone = zoneOf(plan.crs);
  const middle = h('div', { class: 'map-area plan-area' });
  const area = h('div', { class: 'map-stage plan-stage' }, middle);
  map.getContainer().append(area);
  const readout = createReadout(zone);
  const tracker = trackSpots(map, middle, plan.vertices, zone, (spot) => {
    readout.show(spot, lotAt(spot));
    if (measure.isOn()) measure.follow(spot);
  });
  const measure = createMeasure(map, tracker, zone, { draw: (data) => fill('plan-measure', data), onStart: () => foldOnPhone(page.panel) });
  const swipeButton = h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => setSwipe(swipe ? undefined : 50) }, p('swipe'));
  const snap = h('input', { type: 'checkbox', checked: true, onchange: () => tracker.setSnap(snap.checked) });
  const tools = h('div', { class: 'plan-buttons', role: 'group', 'aria-label': p('tools') }, swipeButton, ...measure.buttons, h('label', {}, snap, p('snap')));
  middle.append(h('div', { class: 'plan-tools' }, tools, measure.card), readout.element, h('div', { class: 'plan-cross', 'aria-hidden': 'true' }));

  const lots = new Map(plan.parcels.map((part) => [part.id, part]));
  /** The lot that a place lies in; a vertex lies in several, and in none of them. */
  function lotAt({ lonLat, surveyed }: Spot): string {
    const [hit] = surveyed ? [] : map.queryRenderedFeatures(map.project(lonLat), { layers: ['plan-lots'] });
    const lot = hit && lots.get(String(hit.properties.id));
    return lot ? lotText(lot) : '';
  }
  function showCentre(): void {
    const spot = tracker.centre();
    readout.show(spot, lotAt(spot));
  }

  let swipe: Swipe | undefined;
  function setSwipe(percent: number | undefined): void {
    page.view().swipe = percent;
    page.remember();
    swipe?.destroy();
    swipe =
      percent === undefined
        ? undefined
        : createSwipe(map, middle, percent, features, (at) => {
            page.view().swipe = at;
            page.remember();
          });
    swipeButton.setAttribute('aria-pressed', String(swipe !== undefined));
    for (const id of BUILT_LAYERS) map.setLayoutProperty(id, 'visibility', swipe ? 'none' : 'visible');
  }
  const { swipe: first } = page.view();
  if (first !== undefined) setSwipe(first);

  /** Gives both maps the features. */
  function setBoth(id: PlanSource, data: FeatureCollection): void {
    features[id] = data;
    fill(id, data);
    swipe?.setData(id, data);
  }

  /** Room around what is framed: the panel, and the tools and numbers that lie over the map. */
  function padding() {
    const [box, origin] = [middle.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
    const [above, below] = [tools.getBoundingClientRect().bottom - box.top, box.bottom - readout.element.getBoundingClientRect().top];
    const margin = 16;
    // Where hardly anything would be left, what is framed may lie beneath them.
    const isRoomy = box.height - above - below > 120;
    return {
      left: box.left - origin.left + margin,
      right: origin.right - box.right + margin,
      top: box.top - origin.top + (isRoomy ? above : 0) + margin,
      bottom: origin.bottom - box.bottom + (isRoomy ? below : 0) + margin,
    };
  }
  function frame(box: LngLatBoundsLike): void {
    // Not so close that what lies around it is out of sight.
    map.fitBounds(box, { padding: padding(), maxZoom: 19 });
  }
  // The read-out has its height once it says something.
  showCentre();
  const whole = boxOf(plan.boundary, ...plan.parcels.map(({ drawn }) => drawn));
  if (whole && page.isFramed) map.fitBounds(whole, { padding: padding(), maxZoom: 20, animate: false });
  showCentre();

  let listener: ((number: number) => void) | undefined;
  const onClick = (event: MapMouseEvent) => {
    if (measure.isOn()) return;
    const [mark] = map.queryRenderedFeatures(event.point, { layers: MARK_LAYERS });
    if (mark) listener?.(Number(mark.properties.number));
  };
  const onHover = (event: MapMouseEvent) => {
    const isMark = !measure.isOn() && map.queryRenderedFeatures(event.point, { layers: MARK_LAYERS }).length > 0;
    map.getCanvas().style.cursor = isMark ? 'pointer' : '';
  };
  map.on('click', onClick);
  map.on('mousemove', onHover);

  return {
    paper: paperMap(map, middle, { label: p('paperMapWho'), caption: () => p('paperMap'), over: (context, ratio) => swipe?.paint(context, ratio) }),
    onMark: (next) => (listener = next),
    setChanges: (changes) => fill('plan-changes', changes),
    frame,
    highlight: (finding) => {
      const geometry = finding.geometry ?? null;
      setBoth('plan-finding', { type: 'FeatureCollection', features: geometry ? [{ type: 'Feature', geometry, properties: {} }] : [] });
      setBoth('plan-marks', markFeatures(findings, finding.number));
      const box = boxOf(geometry);
      if (box) frame(box);
    },
    remove: () => {
      swipe?.destroy();
      measure.stop();
      tracker.stop();
      map.off('click', onClick);
      map.off('mousemove', onHover);
      unturned();
      for (const { id } of planLayers()) map.removeLayer(id);
      for (const id of PLAN_SOURCES) map.removeSource(id);
      area.remove();
    },
  };
}

/** Whoever measures on a phone needs the map more than the panel. */
function foldOnPhone(panel: HTMLElement): void {
  if (matchMedia('(max-width: 800px)').matches && !panel.classList.contains('folded')) panel.querySelector<HTMLElement>('.plan-fold')?.click();
}
