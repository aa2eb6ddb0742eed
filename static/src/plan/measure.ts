/** Measuring on the plan: lengths and areas on the plane of the survey, from vertices as surveyed and from free points. */

import type { Feature, FeatureCollection } from 'geojson';
import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import './measure.css';
import { h } from '../dom.ts';
import { meridianText, metres, rounded, grouped } from './numbers.ts';
import { areaOf, crossesItself, distance, lengthOf, type Point } from './plane.ts';
import type { Spot, Tracker } from './tracker.ts';
import type { Zone } from './vn2000.ts';
import { p } from './words.ts';

/** What is measured, or nothing. */
export type Tool = 'length' | 'area';

export interface Measure {
  /** The buttons that start it. */
  buttons: HTMLElement[];
  /** What was measured, under the buttons. */
  card: HTMLElement;
  /** Draws the way to where the reader points. */
  follow(spot: Spot): void;
  isOn(): boolean;
  end(): void;
  stop(): void;
}

/** Where the arrow keys lead. */
const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

type Placed = Spot & { point: Point };

/** How the tool is used. */
export interface MeasureUse {
  /** Puts what is measured on the map. */
  draw(features: FeatureCollection): void;
  /** Makes room for it. */
  onStart(): void;
  onEnd?(): void;
  /** Nothing here was surveyed: decimals that say nothing are left out. */
  isRough?: boolean;
}

/** The tool, resting. */
export function createMeasure(map: MapLibre, tracker: Tracker, zone: Zone | undefined, { draw, onStart, onEnd, isRough = false }: MeasureUse): Measure {
  let tool: Tool | undefined;
  let points: Placed[] = [];
  let last: Spot | undefined;
  const canvas = map.getCanvas();

  const button = (of: Tool, label: string) => h('button', { type: 'button', 'aria-pressed': 'false', 'data-tool': of, onclick: () => (tool === of ? end() : start(of)) }, label);
  const buttons = [button('length', p('measureLength')), button('area', p('measureArea'))];
  const total = h('p', { class: 'measure-total', role: 'status' });
  const summary = h('summary', {});
  const rows = h('tbody', {});
  const note = h('p', { class: 'quiet' });
  const card = h(
    'section',
    { class: 'plan-measure', hidden: true },
    total,
    h('p', { class: 'quiet hint' }, p('measureHint')),
    h(
      'details',
      { class: 'measure-points' },
      summary,
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, p('pointsTable')),
        h('thead', {}, h('tr', {}, ...[p('point'), p('northing'), p('easting'), p('segment')].map((title) => h('th', { scope: 'col' }, title)))),
        rows,
      ),
    ),
    note,
    h(
      'div',
      { class: 'measure-buttons' },
      h('button', { type: 'button', class: 'add-centre', onclick: () => add(tracker.centre()) }, p('addCentre')),
      h('button', { type: 'button', onclick: undo }, p('undo')),
      h('button', { type: 'button', onclick: clear }, p('clear')),
      h('button', { type: 'button', onclick: end }, p('done')),
    ),
  );

  function start(next: Tool): void {
    tool = next;
    points = [];
    for (const one of buttons) one.setAttribute('aria-pressed', String(one.dataset.tool === tool));
    card.hidden = false;
    onStart();
    card.setAttribute('aria-label', tool === 'length' ? p('measureLength') : p('measureArea'));
    map.doubleClickZoom.disable();
    canvas.classList.add('plan-measuring');
    update();
  }

  function end(): void {
    if (!tool) return;
    // Where the card has the focus it would be lost with the card.
    const from = buttons.find((one) => one.dataset.tool === tool);
    if (card.contains(document.activeElement)) from?.focus();
    tool = undefined;
    points = [];
    for (const one of buttons) one.setAttribute('aria-pressed', 'false');
    card.hidden = true;
    map.doubleClickZoom.enable();
    canvas.classList.remove('plan-measuring');
    update();
    onEnd?.();
  }

  function add(spot: Spot): void {
    const before = points.at(-1);
    if (!tool || !spot.point || (before && distance(before.point, spot.point) === 0)) return;
    points.push(spot as Placed);
    update();
  }

  function undo(): void {
    points.pop();
    update();
  }

  function clear(): void {
    points = [];
    update();
  }

  const placeText = (value: number) => (isRough ? String(Math.round(value)) : metres(value));
  const sideText = (length: number) => (isRough ? grouped(length, 0) : rounded(length));

  function totalText(): string {
    const plane = points.map(({ point }) => point);
    if (plane.length < (tool === 'area' ? 3 : 2)) return p('measureFew');
    if (tool === 'length') return `${p('totalLength')}: ${lengthText(lengthOf(plane))}`;
    if (crossesItself(plane)) return p('crosses');
    const area = areaOf(plane);
    const hectares = area >= 1000 ? ` (${grouped(area / 10_000, isRough ? 2 : 4)} ha)` : '';
    return `${p('totalArea')}: ${grouped(area, isRough ? 0 : 3)} m²${hectares} · ${p('perimeter')}: ${lengthText(lengthOf(plane, true))}`;
  }

  function lengthText(length: number): string {
    if (!isRough) return `${rounded(length)} m`;
    return length < 1000 ? `${grouped(length, 0)} m` : `${grouped(length, 0)} m (${grouped(length / 1000, 2)} km)`;
  }

  function update(): void {
    redraw();
    if (!tool) return;
    const newest = points.at(-1);
    total.textContent = newest ? p('measuredPoint', { count: points.length, kind: newest.surveyed ? p('surveyed') : p(newest.from), total: totalText() }) : totalText();
    summary.textContent = `${p('pointsTable')} (${points.length})`;
    rows.replaceChildren(
      ...points.map(({ point, surveyed, from }, i) => {
        const before = points[i - 1] ?? (tool === 'area' && points.length > 2 ? points.at(-1) : undefined);
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, `${i + 1} `, h('span', { class: surveyed ? 'tag surveyed' : 'tag' }, surveyed ? p('surveyed') : p(from))),
          ...[placeText(point[1]), placeText(point[0]), before ? sideText(distance(before.point, point)) : '–'].map((text) => h('td', {}, text)),
        );
      }),
    );
    note.textContent = [
      zone && p('onPlane', { meridian: meridianText(zone.meridian) }),
      points.length > 0 && (points.every(({ surveyed }) => surveyed) ? p('measureExact') : p(isRough ? 'pointerHelp' : 'measureRough')),
    ]
      .filter(Boolean)
      .join(' ');
  }

  function redraw(): void {
    const features: Feature[] = [];
    const at = (lonLat: [number, number], properties: Record<string, unknown>) => features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: lonLat }, properties });
    const way = points.map(({ lonLat }) => lonLat);
    const band = tool && last && last.from === 'pointer' && way.length > 0 ? [last.lonLat] : [];
    const ring = [...way, ...band];
    if (tool === 'area' && ring.length > 2) features.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]!]] }, properties: {} });
    else if (ring.length > 1) features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: ring }, properties: {} });
    points.forEach(({ lonLat, point }, i) => {
      const before = points[i - 1];
      at(lonLat, { part: 'point', label: before ? `${i + 1} · ${sideText(distance(before.point, point))}` : `${i + 1}` });
    });
    if (last?.surveyed) at(last.lonLat, { part: 'snap' });
    draw({ type: 'FeatureCollection', features });
  }

  const onClick = (event: MapMouseEvent) => {
    if (tool) add(tracker.at(event.point));
  };
  const onKey = (event: KeyboardEvent) => {
    if (!tool) return;
    const step = STEPS[event.key];
    if (step) {
      // The map's own steps are too long to bring the cross onto a point.
      const pixels = event.shiftKey ? 2 : 20;
      event.preventDefault();
      event.stopPropagation();
      map.panBy([step[0] * pixels, step[1] * pixels], { animate: false });
      return;
    }
    const act = { Enter: () => add(tracker.centre()), Backspace: undo, Delete: undo, Escape: end }[event.key];
    if (!act) return;
    event.preventDefault();
    // Escape ends the measuring and leaves the plan open.
    event.stopPropagation();
    act();
  };
  const onCardKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end();
  };
  map.on('click', onClick);
  canvas.addEventListener('keydown', onKey);
  card.addEventListener('keydown', onCardKey);

  return {
    buttons,
    card,
    follow: (spot) => {
      last = spot;
      redraw();
    },
    isOn: () => tool !== undefined,
    end,
    stop: () => {
      end();
      map.off('click', onClick);
      canvas.removeEventListener('keydown', onKey);
    },
  };
}
