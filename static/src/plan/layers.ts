/** What plan mode draws and how: its sources and style layers, on top of the page's map and on the map of what is built. */

import type { Feature, FeatureCollection } from 'geojson';
import type { ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { pointOn } from '../geometry.ts';
import { EMPTY, LABEL_FONT, OTHER_LAND_USE } from '../map/layers.ts';
import { colors, type Colors } from '../scheme.ts';
import { grouped } from '../survey/numbers.ts';
import { entryOf, type LegendEntry, type Part, type Plan } from './data.ts';
import { markLooks, markName } from './marks.ts';
import { classOf, FINDING_CLASSES, type Finding, type FindingClass } from './review.ts';

/** Sources of plan mode; their names start so that none is one of the page's. */
export const PLAN_SOURCES = ['plan-ground', 'plan-lots', 'plan-lot-labels', 'plan-lines', 'plan-buildings', 'plan-changes', 'plan-finding', 'plan-marks', 'plan-measure'] as const;
export type PlanSource = (typeof PLAN_SOURCES)[number];

const REGULAR = [LABEL_FONT];
const SEMIBOLD = [`${LABEL_FONT} SemiBold`, LABEL_FONT];
const haloOf = (c: Colors) => ({ 'text-halo-color': c.halo, 'text-halo-width': 1.5 });

/** Colours of the changes between two versions; each also has a pattern of line of its own and a word in the list. */
const CHANGE_COLOR = {
  light: { added: '#1b7f3b', removed: '#b3261e', use: '#7b3fa0', moved: '#c77700', values: '#0b5394' },
  dark: { added: '#63c987', removed: '#ff8a80', use: '#c79bea', moved: '#f0b45c', values: '#86bff2' },
} as const;
export const CHANGE_KINDS = ['added', 'removed', 'use', 'moved', 'values'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** The colour of a change in the page's scheme. */
export function changeColor(kind: ChangeKind): string {
  return CHANGE_COLOR[colors().isDark ? 'dark' : 'light'][kind];
}

// Tiles are cut down to the deepest zoom and no vertex is dropped: a millimetre of the survey stays one.
const EXACT = { type: 'geojson', data: EMPTY, maxzoom: 22, tolerance: 0 } as const satisfies GeoJSONSourceSpecification;

/** The sources, empty. */
export const planSources = (): [PlanSource, GeoJSONSourceSpecification][] => PLAN_SOURCES.map((id) => [id, { ...EXACT }]);

const color: ExpressionSpecification = ['get', 'color'];
const wide = (from: number, to: number): ExpressionSpecification => ['interpolate', ['exponential', 1.4], ['zoom'], 15, from, 22, to];
const byClass = (pick: (kind: FindingClass) => string) =>
  ['match', ['get', 'class'], ...FINDING_CLASSES.flatMap((kind) => [kind, pick(kind)]), pick('info')] as unknown as ExpressionSpecification;

const boundaryLayers = (c: Colors): LayerSpecification[] => [
  { id: 'plan-boundary-casing', source: 'plan-ground', type: 'line', layout: { 'line-join': 'round' }, paint: { 'line-color': c.halo, 'line-width': wide(4, 7) } },
  { id: 'plan-boundary', source: 'plan-ground', type: 'line', layout: { 'line-join': 'round' }, paint: { 'line-color': c.plan, 'line-width': wide(2, 3.5), 'line-dasharray': [6, 2, 1.5, 2] } },
];

const findingLayers = (c: Colors): LayerSpecification[] => [
  { id: 'plan-finding-fill', source: 'plan-finding', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': c.chosen, 'fill-opacity': 0.4 } },
  { id: 'plan-finding-casing', source: 'plan-finding', type: 'line', layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': c.ink, 'line-width': 7 } },
  { id: 'plan-finding-line', source: 'plan-finding', type: 'line', layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': c.chosen, 'line-width': 4 } },
  {
    id: 'plan-finding-point',
    source: 'plan-finding',
    type: 'circle',
    filter: ['==', ['geometry-type'], 'Point'],
    paint: { 'circle-radius': 20, 'circle-color': c.chosen, 'circle-opacity': 0.7, 'circle-stroke-color': c.ink, 'circle-stroke-width': 2 },
  },
];

/** The layers of plan mode in drawing order, in the colours of the page's scheme. */
export function planLayers(c: Colors = colors()): LayerSpecification[] {
  const marks = markLooks(c);
  const ofChange = ['match', ['get', 'kind'], ...CHANGE_KINDS.flatMap((kind) => [kind, changeColor(kind)]), c.ink] as unknown as ExpressionSpecification;
  return [
    { id: 'plan-ground', source: 'plan-ground', type: 'fill', paint: { 'fill-color': c.paper } },
    { id: 'plan-lots', source: 'plan-lots', type: 'fill', paint: { 'fill-color': color, 'fill-opacity': c.isDark ? 0.55 : 1 } },
    { id: 'plan-lot-lines', source: 'plan-lots', type: 'line', layout: { 'line-join': 'round' }, paint: { 'line-color': c.lot, 'line-width': wide(0.5, 1.6) } },
    { id: 'plan-built', source: 'plan-buildings', type: 'fill', paint: { 'fill-color': c.building, 'fill-opacity': 0.28 } },
    { id: 'plan-built-line', source: 'plan-buildings', type: 'line', paint: { 'line-color': c.building, 'line-width': wide(0.8, 2) } },
    { id: 'plan-changes-fill', source: 'plan-changes', type: 'fill', paint: { 'fill-color': ofChange, 'fill-opacity': 0.35 } },
    { id: 'plan-changes', source: 'plan-changes', type: 'line', filter: ['!=', ['get', 'kind'], 'removed'], paint: { 'line-color': ofChange, 'line-width': 3 } },
    { id: 'plan-changes-removed', source: 'plan-changes', type: 'line', filter: ['==', ['get', 'kind'], 'removed'], paint: { 'line-color': ofChange, 'line-width': 3, 'line-dasharray': [2, 1.5] } },
    // Each kind of line has its own dash, so that nothing hangs on colour alone.
    { id: 'plan-lines', source: 'plan-lines', type: 'line', filter: ['in', ['get', 'kind'], ['literal', ['red_line', 'road_edge', 'fence']]], layout: { 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': wide(1.6, 3) } },
    { id: 'plan-lines-dashed', source: 'plan-lines', type: 'line', filter: ['==', ['get', 'kind'], 'building_line'], paint: { 'line-color': color, 'line-width': wide(1.6, 3), 'line-dasharray': [5, 2.5] } },
    {
      id: 'plan-lines-dotted',
      source: 'plan-lines',
      type: 'line',
      filter: ['!', ['in', ['get', 'kind'], ['literal', ['red_line', 'road_edge', 'fence', 'building_line']]]],
      // Pipes and cables lie close together: they are thin until there is room between them.
      paint: {
        'line-color': color,
        'line-width': ['interpolate', ['exponential', 1.4], ['zoom'], 15, ['case', ['==', ['get', 'kind'], 'easement'], 1.6, 0.4], 22, 3],
        'line-dasharray': [5, 2, 1, 2],
      },
    },
    ...boundaryLayers(c),
    ...findingLayers(c),
    {
      id: 'plan-lines-label',
      source: 'plan-lines',
      type: 'symbol',
      minzoom: 17.5,
      layout: { 'symbol-placement': 'line', 'symbol-spacing': 300, 'text-field': ['get', 'label'], 'text-font': REGULAR, 'text-size': 12 },
      paint: { 'text-color': c.ink, ...haloOf(c) },
    },
    {
      id: 'plan-lot-labels',
      source: 'plan-lot-labels',
      type: 'symbol',
      minzoom: 14.5,
      layout: {
        'text-field': [
          'step',
          ['zoom'],
          ['format', ['get', 'symbol'], { 'text-font': ['literal', SEMIBOLD] }],
          16.6,
          ['format', ['get', 'symbol'], { 'text-font': ['literal', SEMIBOLD] }, '\n', {}, ['get', 'area'], { 'font-scale': 0.86 }],
          18,
          ['format', ['get', 'symbol'], { 'text-font': ['literal', SEMIBOLD] }, '\n', {}, ['get', 'code'], { 'font-scale': 0.86 }, '\n', {}, ['get', 'area'], { 'font-scale': 0.86 }],
        ],
        'text-font': REGULAR,
        'text-size': ['interpolate', ['linear'], ['zoom'], 15, 11, 19, 15],
        'text-line-height': 1.15,
        // Beside the mark of a finding the name steps aside.
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
        'text-radial-offset': 1.5,
        // Where names would lie on one another the larger lot has its own.
        'symbol-sort-key': ['-', 0, ['get', 'size']],
        'text-padding': 1,
      },
      paint: { 'text-color': c.ink, ...haloOf(c) },
    },
    // Every finding has its dot; its number where there is room for it, the heaviest first.
    { id: 'plan-dots', source: 'plan-marks', type: 'circle', paint: { 'circle-radius': 4, 'circle-color': byClass((kind) => marks[kind].fill), 'circle-stroke-color': byClass((kind) => marks[kind].stroke), 'circle-stroke-width': 1.6 } },
    {
      id: 'plan-marks',
      source: 'plan-marks',
      type: 'symbol',
      // What accuses nobody is a dot until there is room for it.
      filter: ['any', ['>=', ['zoom'], 17], ['get', 'chosen'], ['in', ['get', 'class'], ['literal', ['error', 'warning']]]],
      layout: {
        'icon-image': byClass(markName),
        'icon-size': ['case', ['get', 'chosen'], 1.35, 1],
        'icon-padding': 0,
        'text-field': ['to-string', ['get', 'number']],
        'text-font': SEMIBOLD,
        'text-size': ['case', ['get', 'chosen'], 17.5, 13],
        'text-padding': 0,
        'text-offset': ['case', ['==', ['get', 'class'], 'warning'], ['literal', [0, 0.25]], ['literal', [0, 0]]],
        'symbol-sort-key': ['case', ['get', 'chosen'], 0, ['get', 'number']],
      },
      paint: { 'text-color': byClass((kind) => marks[kind].ink) },
    },
    { id: 'plan-measure-fill', source: 'plan-measure', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': c.measure, 'fill-opacity': 0.12 } },
    { id: 'plan-measure-casing', source: 'plan-measure', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.halo, 'line-width': 5 } },
    { id: 'plan-measure-line', source: 'plan-measure', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.measure, 'line-width': 2.4 } },
    {
      id: 'plan-measure-points',
      source: 'plan-measure',
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': ['case', ['==', ['get', 'part'], 'snap'], 8, 4.5],
        'circle-color': ['case', ['==', ['get', 'part'], 'snap'], 'rgba(255,255,255,0)', c.paper],
        'circle-stroke-color': c.measure,
        'circle-stroke-width': 2.4,
      },
    },
    {
      id: 'plan-measure-labels',
      source: 'plan-measure',
      type: 'symbol',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['coalesce', ['get', 'label'], ''], 'text-font': SEMIBOLD, 'text-size': 13, 'text-anchor': 'bottom-left', 'text-offset': [0.6, -0.3], 'text-allow-overlap': true },
      paint: { 'text-color': c.measure, 'text-halo-color': c.halo, 'text-halo-width': 2 },
    },
  ];
}

/** The layers that show buildings on the plan; they go when the map of what is built lies beside it. */
export const BUILT_LAYERS = ['plan-built', 'plan-built-line'];

/** The layers that answer a click with a finding. */
export const MARK_LAYERS = ['plan-marks', 'plan-dots'];

/** The style of the map of what is built: buildings in full, of the plan only its borders. */
export function builtStyle(): StyleSpecification {
  const c = colors();
  const sources = ['plan-ground', 'plan-lots', 'plan-buildings', 'plan-finding', 'plan-marks'];
  return {
    version: 8,
    sources: Object.fromEntries(planSources().filter(([id]) => sources.includes(id))),
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': c.land } },
      { id: 'plan-ground', source: 'plan-ground', type: 'fill', paint: { 'fill-color': c.paper } },
      { id: 'plan-lot-lines', source: 'plan-lots', type: 'line', paint: { 'line-color': c.lot, 'line-width': wide(0.5, 1.4), 'line-dasharray': [3, 2] } },
      { id: 'plan-built', source: 'plan-buildings', type: 'fill', paint: { 'fill-color': ['case', ['get', 'fault'], c.isDark ? '#8f5a33' : '#d98a52', c.isDark ? '#5d584f' : '#a8a196'] } },
      { id: 'plan-built-line', source: 'plan-buildings', type: 'line', paint: { 'line-color': ['case', ['get', 'fault'], c.isDark ? '#ffb27f' : '#8a3600', c.building], 'line-width': wide(1, 2.4) } },
      ...boundaryLayers(c),
      ...findingLayers(c),
      {
        id: 'plan-built-label',
        source: 'plan-buildings',
        type: 'symbol',
        minzoom: 17,
        layout: { 'text-field': ['get', 'label'], 'text-font': REGULAR, 'text-size': 12 },
        paint: { 'text-color': c.ink, ...haloOf(c) },
      },
      ...planLayers(c).filter(({ id }) => MARK_LAYERS.includes(id)),
    ],
  };
}

const collection = (features: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features });

/** The features of each source that come from the plan alone; `faulty` are the buildings that findings name, `words` name works and storeys. */
export function planFeatures(plan: Plan, faulty: ReadonlySet<string>, words: { storeys(count: number): string; item(code: unknown): string }): Partial<Record<PlanSource, FeatureCollection>> {
  const drawn = (parts: Part[], properties: (part: Part) => Record<string, unknown>): Feature[] =>
    parts.flatMap((part) => (part.drawn ? [{ type: 'Feature' as const, geometry: part.drawn, properties: { id: part.id, ...properties(part) } }] : []));
  const colorOf = (legend: LegendEntry[], code: unknown) => entryOf(legend, code)?.colour ?? OTHER_LAND_USE;
  const label = (part: Part) => {
    const { lot_symbol: symbol, land_use_code: code } = part.properties;
    return { symbol: String(symbol ?? code ?? ''), code: symbol ? String(code ?? '') : '', area: areaText(part), size: part.size };
  };
  return {
    'plan-ground': collection(plan.boundary ? [{ type: 'Feature', geometry: plan.boundary, properties: {} }] : []),
    'plan-lots': collection(drawn(plan.parcels, ({ properties }) => ({ color: colorOf(plan.landUse, properties.land_use_code) }))),
    // A label of its own for each lot: drawn with the polygon it would come once for every tile.
    'plan-lot-labels': collection(
      plan.parcels.flatMap((part) => {
        const at = pointOn(part.drawn);
        return at ? [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: at }, properties: label(part) }] : [];
      }),
    ),
    'plan-lines': collection(drawn(plan.lines, ({ properties }) => ({ kind: properties.line_kind, color: colorOf(plan.lineKinds, properties.line_kind), label: properties.label || words.item(properties.item_code) }))),
    'plan-buildings': collection(
      drawn(plan.buildings, ({ id, properties }) => ({ fault: faulty.has(id), label: typeof properties.storeys === 'number' ? words.storeys(properties.storeys) : '' })),
    ),
  };
}

/** A lot's area: measured where it was surveyed, else as the plan states it. */
export function lotArea({ size, properties }: Pick<Part, 'size' | 'properties'>): number | undefined {
  if (size > 0) return size;
  return typeof properties.area_m2 === 'number' ? properties.area_m2 : undefined;
}

/** A lot in one line: its symbol, its use and its area. */
export function lotText(part: Part): string {
  const { lot_symbol: symbol, land_use_code: code } = part.properties;
  return [symbol, code, areaText(part)].filter(Boolean).join(' · ');
}

function areaText(part: Part): string {
  const area = lotArea(part);
  return area === undefined ? '' : `${grouped(area, 1)} m²`;
}

/** The numbered marks of the findings that have a place. */
export function markFeatures(findings: readonly Finding[], chosen: number | undefined): FeatureCollection {
  return collection(
    findings.flatMap((finding) => {
      const at = pointOn(finding.geometry ?? null);
      const properties = { number: finding.number, class: classOf(finding), chosen: finding.number === chosen };
      return at ? [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: at }, properties }] : [];
    }),
  );
}
