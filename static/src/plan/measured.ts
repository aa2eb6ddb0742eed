/** What was measured, in words, numbers and features, and the tool's buttons and card. */

import type { Feature, FeatureCollection } from 'geojson';
import type { Ref, VNode } from 'preact';
import { grouped, meridianText, metres, rounded } from '../survey/numbers.ts';
import { areaOf, crossesItself, distance, lengthOf, type Point } from '../survey/plane.ts';
import type { Spot } from '../survey/tracker.ts';
import type { Zone } from '../survey/vn2000.ts';
import { h, type Child } from '../ui/h.ts';
import { p } from './words.ts';

/** What is measured. */
export const TOOLS = ['length', 'area'] as const;
export type Tool = (typeof TOOLS)[number];

/** A place on the plane of the survey. */
export type Placed = Spot & { point: Point };

/** How the measuring stands. */
export interface Measured {
  /** Undefined while nothing is measured. */
  tool: Tool | undefined;
  points: readonly Placed[];
  zone: Zone | undefined;
  /** Nothing here was surveyed: decimals that say nothing are left out. */
  isRough: boolean;
}

/** What the buttons and the card do. */
export interface MeasureActions {
  start(tool: Tool): void;
  addCentre(): void;
  undo(): void;
  clear(): void;
  end(): void;
}

const titleOf = (tool: Tool) => p(tool === 'length' ? 'measureLength' : 'measureArea');

/** The buttons that start it. */
export function measureButtons({ tool }: Measured, { start, end }: MeasureActions, ref: Record<Tool, Ref<HTMLButtonElement>>): VNode[] {
  return TOOLS.map((one) => h('button', { type: 'button', ref: ref[one], 'aria-pressed': String(one === tool), 'data-tool': one, onclick: () => (one === tool ? end() : start(one)) }, titleOf(one)));
}

/** What was measured, beneath what stands `above` it; hidden while nothing is. */
export function measureCard(measured: Measured, { addCentre, undo, clear, end }: MeasureActions, ref: Ref<HTMLElement>, above?: Child): VNode {
  const { tool, points } = measured;
  const newest = points.at(-1);
  const total = totalText(measured);
  const onkeydown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end();
  };
  return h(
    'section',
    { class: 'plan-measure', ref, hidden: !tool, 'aria-label': tool && titleOf(tool), onkeydown },
    above,
    h('p', { class: 'measure-total', role: 'status' }, newest ? p('measuredPoint', { count: points.length, kind: newest.surveyed ? p('surveyed') : p(newest.from), total }) : total),
    h('p', { class: 'quiet hint' }, p('measureHint')),
    h(
      'details',
      { class: 'measure-points' },
      h('summary', {}, `${p('pointsTable')} (${points.length})`),
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, p('pointsTable')),
        h('thead', {}, h('tr', {}, ...[p('point'), p('northing'), p('easting'), p('segment')].map((title) => h('th', { scope: 'col' }, title)))),
        h('tbody', {}, ...points.map((_, i) => pointRow(measured, i))),
      ),
    ),
    h('p', { class: 'quiet' }, noteText(measured)),
    h(
      'div',
      { class: 'measure-buttons' },
      h('button', { type: 'button', class: 'add-centre', onclick: addCentre }, p('addCentre')),
      h('button', { type: 'button', onclick: undo }, p('undo')),
      h('button', { type: 'button', onclick: clear }, p('clear')),
      h('button', { type: 'button', onclick: end }, p('done')),
    ),
  );
}

function pointRow({ tool, points, isRough }: Measured, i: number): VNode {
  const { point, surveyed, from } = points[i]!;
  const before = points[i - 1] ?? (tool === 'area' && points.length > 2 ? points.at(-1) : undefined);
  const placeText = (value: number) => (isRough ? String(Math.round(value)) : metres(value));
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, `${i + 1} `, h('span', { class: surveyed ? 'tag surveyed' : 'tag' }, surveyed ? p('surveyed') : p(from))),
    ...[placeText(point[1]), placeText(point[0]), before ? sideText(distance(before.point, point), isRough) : '–'].map((text) => h('td', {}, text)),
  );
}

function totalText({ tool, points, isRough }: Measured): string {
  const plane = points.map(({ point }) => point);
  if (plane.length < (tool === 'area' ? 3 : 2)) return p('measureFew');
  if (tool === 'length') return `${p('totalLength')}: ${lengthText(lengthOf(plane), isRough)}`;
  if (crossesItself(plane)) return p('crosses');
  const area = areaOf(plane);
  const hectares = area >= 1000 ? ` (${grouped(area / 10_000, isRough ? 2 : 4)} ha)` : '';
  return `${p('totalArea')}: ${grouped(area, isRough ? 0 : 3)} m²${hectares} · ${p('perimeter')}: ${lengthText(lengthOf(plane, true), isRough)}`;
}

function noteText({ points, zone, isRough }: Measured): string {
  return [
    zone && p('onPlane', { meridian: meridianText(zone.meridian) }),
    points.length > 0 && (points.every(({ surveyed }) => surveyed) ? p('measureExact') : p(isRough ? 'pointerHelp' : 'measureRough')),
  ]
    .filter(Boolean)
    .join(' ');
}

function lengthText(length: number, isRough: boolean): string {
  if (!isRough) return `${rounded(length)} m`;
  return length < 1000 ? `${grouped(length, 0)} m` : `${grouped(length, 0)} m (${grouped(length / 1000, 2)} km)`;
}

function sideText(length: number, isRough: boolean): string {
  return isRough ? grouped(length, 0) : rounded(length);
}

/** What was measured for the map, with the way to where the reader points now. */
export function measureFeatures({ tool, points, isRough }: Measured, last: Spot | undefined): FeatureCollection {
  const features: Feature[] = [];
  const at = (lonLat: [number, number], properties: Record<string, unknown>) => features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: lonLat }, properties });
  const way = points.map(({ lonLat }) => lonLat);
  const band = tool && last && last.from === 'pointer' && way.length > 0 ? [last.lonLat] : [];
  const ring = [...way, ...band];
  if (tool === 'area' && ring.length > 2) features.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]!]] }, properties: {} });
  else if (ring.length > 1) features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: ring }, properties: {} });
  points.forEach(({ lonLat, point }, i) => {
    const before = points[i - 1];
    at(lonLat, { part: 'point', label: before ? `${i + 1} · ${sideText(distance(before.point, point), isRough)}` : `${i + 1}` });
  });
  if (last?.surveyed) at(last.lonLat, { part: 'snap' });
  return { type: 'FeatureCollection', features };
}
