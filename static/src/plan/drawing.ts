/** The plan on the map, with its tools: puts both there, and takes everything away again. */

import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, LngLatBoundsLike, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { createRef } from 'preact';
import type { Collection } from '../api.ts';
import { boxOf } from '../geometry.ts';
import { formatNumber } from '../i18n.ts';
import { repaint } from '../map/layers.ts';
import { stageOver } from '../map/stage.ts';
import { onScheme } from '../scheme.ts';
import { trackSpots, type Spot } from '../survey/tracker.ts';
import { zoneOf } from '../survey/vn2000.ts';
import { h } from '../ui/h.ts';
import { codeText } from '../values.ts';
import type { Plan } from './data.ts';
import { BUILT_LAYERS, lotText, MARK_LAYERS, markFeatures, planFeatures, planLayers, planSources, PLAN_SOURCES, type PlanSource } from './layers.ts';
import { markImage, markName } from './marks.ts';
import { createMeasure } from './measure.ts';
import { Readout } from './readout.ts';
import { classOf, FINDING_CLASSES, type Finding } from './review.ts';
import { createBuiltMap, swipeBar, type BuiltMap } from './swipe.ts';
import { p } from './words.ts';

/** What is drawn, and what is done on the map. */
export interface DrawnPlan {
  plan: Plan;
  findings: readonly Finding[];
  /** What declares the codes of the lines. */
  lines: Collection | undefined;
  /** Where the slider stands at first; undefined is none. */
  swipe: number | undefined;
  /** The map goes to the plan; otherwise it stays where it is. */
  isFramed: boolean;
  /** The slider was put elsewhere or away. */
  onSwipe(percent: number | undefined): void;
  /** The mark of a finding was pressed. */
  onMark(number: number): void;
  /** The map is needed for measuring. */
  onMeasure(): void;
}

export interface Drawing {
  /** The part of the map that nothing covers. */
  seen: HTMLElement;
  /** Paints what lies beside the plan over a picture of the map. */
  paint(context: CanvasRenderingContext2D, ratio: number): void;
  highlight(finding: Finding): void;
  setChanges(changes: FeatureCollection): void;
  frame(box: LngLatBoundsLike): void;
  remove(): void;
}

/** Puts the plan on the map with its tools; takes everything away again when removed. */
export function drawPlan(map: MapLibre, { plan, findings, lines, swipe, isFramed, onSwipe, onMark, onMeasure }: DrawnPlan): Drawing {
  const faulty = new Set(findings.filter((finding) => ['error', 'warning'].includes(classOf(finding))).flatMap(({ buildings }) => buildings ?? []));
  const features: Partial<Record<PlanSource, FeatureCollection>> = {
    ...planFeatures(plan, faulty, {
      storeys: (count) => p('storeys', { count: formatNumber(count) }),
      item: (code) => (typeof code === 'string' && code !== '' ? codeText(lines, code) : ''),
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
    built?.repaint();
  });
  const fill = (id: PlanSource, data: FeatureCollection) => map.getSource<GeoJSONSource>(id)?.setData(data);
  for (const [id, data] of Object.entries(features)) fill(id as PlanSource, data);

  const zone = zoneOf(plan.crs);
  const stage = stageOver(map, 'plan');
  const { seen } = stage;
  const tracker = trackSpots(map, seen, plan.vertices, zone, (next) => {
    if (measure.isOn()) measure.follow(next);
    show(next);
  });
  const measure = createMeasure(map, tracker, zone, { draw: (data) => fill('plan-measure', data), onChange: draw, onStart: onMeasure });
  const lots = new Map(plan.parcels.map((part) => [part.id, part]));
  let built: BuiltMap | undefined;
  let isSnapping = true;
  let spot: Spot;
  let lot = '';

  const tools = createRef<HTMLElement>();
  const readout = createRef<HTMLElement>();
  function draw(): void {
    const snap = () => {
      isSnapping = !isSnapping;
      tracker.setSnap(isSnapping);
      draw();
    };
    stage.draw([
      h(
        'div',
        { class: 'plan-tools' },
        h(
          'div',
          { class: 'plan-buttons', role: 'group', 'aria-label': p('tools'), ref: tools },
          h('button', { type: 'button', 'aria-pressed': String(swipe !== undefined), onclick: () => setSwipe(swipe === undefined ? 50 : undefined) }, p('swipe')),
          ...measure.buttons(),
          h('label', {}, h('input', { type: 'checkbox', checked: isSnapping, onchange: snap }), p('snap')),
        ),
        measure.card(),
      ),
      h(Readout, { zone, spot, lot, box: readout }),
      h('div', { class: 'plan-cross', 'aria-hidden': 'true' }),
      swipe !== undefined && swipeBar(swipe, seen, move, () => onSwipe(swipe)),
    ]);
  }

  function show(next: Spot): void {
    spot = next;
    lot = lotAt(next);
    draw();
  }

  /** The lot that a place lies in; a vertex lies in several, and in none of them. */
  function lotAt({ lonLat, surveyed }: Spot): string {
    const [hit] = surveyed ? [] : map.queryRenderedFeatures(map.project(lonLat), { layers: ['plan-lots'] });
    const found = hit && lots.get(String(hit.properties.id));
    return found ? lotText(found) : '';
  }

  function setSwipe(percent: number | undefined): void {
    swipe = percent;
    built?.destroy();
    built = percent === undefined ? undefined : createBuiltMap(map, seen, percent, features);
    for (const id of BUILT_LAYERS) map.setLayoutProperty(id, 'visibility', built ? 'none' : 'visible');
    draw();
    onSwipe(percent);
  }

  function move(percent: number): void {
    swipe = percent;
    built?.cut(percent);
    draw();
  }

  /** Gives both maps the features. */
  function setBoth(id: PlanSource, data: FeatureCollection): void {
    features[id] = data;
    fill(id, data);
    built?.setData(id, data);
  }

  /** Room around what is framed: the panel, and the tools and numbers that lie over the map. */
  function padding() {
    const [box, origin] = [seen.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
    const [above, below] = [(tools.current?.getBoundingClientRect().bottom ?? box.top) - box.top, box.bottom - (readout.current?.getBoundingClientRect().top ?? box.bottom)];
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
  show(tracker.centre());
  if (swipe !== undefined) setSwipe(swipe);
  const whole = boxOf(plan.boundary, ...plan.parcels.map(({ drawn }) => drawn));
  if (whole && isFramed) map.fitBounds(whole, { padding: padding(), maxZoom: 20, animate: false });
  show(tracker.centre());

  const markAt = ({ point }: MapMouseEvent) => (measure.isOn() ? undefined : map.queryRenderedFeatures(point, { layers: MARK_LAYERS })[0]);
  const onClick = (event: MapMouseEvent) => {
    const mark = markAt(event);
    if (mark) onMark(Number(mark.properties.number));
  };
  const onHover = (event: MapMouseEvent) => {
    map.getCanvas().style.cursor = markAt(event) ? 'pointer' : '';
  };
  map.on('click', onClick);
  map.on('mousemove', onHover);

  return {
    seen,
    paint: (context, pixels) => built?.paint(context, pixels),
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
      built?.destroy();
      measure.stop();
      tracker.stop();
      map.off('click', onClick);
      map.off('mousemove', onHover);
      unturned();
      for (const { id } of planLayers()) map.removeLayer(id);
      for (const id of PLAN_SOURCES) map.removeSource(id);
      stage.remove();
    },
  };
}
