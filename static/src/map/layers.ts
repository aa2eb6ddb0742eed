/** What the map draws and how: sources and style layers in drawing order; no fonts, tiles or sprites from outside. */

import type { FeatureCollection } from 'geojson';
import type { DataDrivenPropertyValueSpecification, ExpressionSpecification, FilterSpecification, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { colors, type Colors } from '../scheme.ts';
import { SITE_COLLECTIONS, STATUSES, type Status } from '../sites.ts';
import { patternName, statusColors, SYMBOL_SCALES, symbolName } from '../symbols.ts';

/** The layers a reader can switch on and off, each a group of style layers, in the order of the legend. */
export const LAYER_GROUPS = ['clusters', 'craft_villages', 'communes', 'districts', 'waterways', 'treatment_stations', 'plans', 'grid', 'basemap'] as const;
export type LayerGroup = (typeof LAYER_GROUPS)[number];

/** Groups that are off until asked for: districts ended on 30 June 2025, and a grid is for who compares with paper. */
export const HIDDEN_AT_FIRST: readonly LayerGroup[] = ['districts', 'grid'];

/** From this zoom on parcels and buildings are drawn. */
export const PARCEL_ZOOM = 14;

/** Colours of the land-use codes of a 1/500 plan; other codes are drawn in the last colour. */
export const LAND_USE_COLOR: Record<string, string> = {
  CN: '#c9a6c6',
  DV: '#e8b9a4',
  CX: '#a9cf9b',
  MN: '#a8cde6',
  GT: '#dcdcdc',
  P: '#c6c6c6',
  HTKT: '#d9cf9a',
  AN: '#9fb3a0',
  NT: '#b5b0a8',
};
export const OTHER_LAND_USE = '#efe9dd';

/** Tiles of today's parcels and buildings; those of another day are fetched as features, for tiles know no other day. */
export const DETAIL_SOURCE = 'detail';

/** GeoJSON sources of the map; all start empty and are filled as data arrives. */
export const SOURCES = [
  'communes',
  'commune_labels',
  'districts',
  'waterways',
  'treatment_stations',
  'plans',
  'plan_parcels',
  'buildings',
  'cluster_areas',
  'sites',
  'selection',
  'area',
  'hover',
  'grid',
  'measure',
  'position',
] as const;
export type SourceId = (typeof SOURCES)[number];

/** A source without features. */
export const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** The family of the map's labels, see `fonts.css`. */
export const LABEL_FONT = 'Be Vietnam Map';
const REGULAR = [LABEL_FONT];
// MapLibre reads weight and slant out of the first name; the browser finds the font by the second.
/** The letters of names that matter. */
export const SEMIBOLD = [`${LABEL_FONT} SemiBold`, LABEL_FONT];
const ITALIC = [`${LABEL_FONT} Italic`, LABEL_FONT];

const isDemo: ExpressionSpecification = ['==', ['get', 'is_demo'], true];
const siteSymbol = [
  'match',
  ['concat', ['get', 'collection'], '-', ['get', 'status']],
  ...SITE_COLLECTIONS.flatMap((collection) => STATUSES.flatMap((status) => [symbolName(collection, status), symbolName(collection, status)])),
  symbolName('clusters', 'unknown'),
] as unknown as ExpressionSpecification;
const landUseColor = ['match', ['get', 'land_use_code'], ...Object.entries(LAND_USE_COLOR).flat(), OTHER_LAND_USE] as unknown as DataDrivenPropertyValueSpecification<string>;

/** Parcels and buildings of a source; of a source of tiles each has a layer of its own in them. */
function detailLayers(c: Colors, kind: 'tiles' | 'features'): Record<'beneath' | 'names', LayerSpecification[]> {
  const suffix = kind === 'tiles' ? '-tiles' : '';
  const of = (collection: 'plan_parcels' | 'buildings') => (kind === 'tiles' ? { source: DETAIL_SOURCE, 'source-layer': collection } : { source: collection });
  return {
    beneath: [
      { id: `plan-parcels-fill${suffix}`, ...of('plan_parcels'), type: 'fill', minzoom: PARCEL_ZOOM, paint: { 'fill-color': landUseColor, 'fill-opacity': c.isDark ? 0.5 : 0.85 } },
      { id: `plan-parcels-line${suffix}`, ...of('plan_parcels'), type: 'line', minzoom: PARCEL_ZOOM, paint: { 'line-color': c.lot, 'line-width': ['interpolate', ['linear'], ['zoom'], 14, 0.3, 17, 0.9] } },
      { id: `buildings-fill${suffix}`, ...of('buildings'), type: 'fill', minzoom: PARCEL_ZOOM, paint: { 'fill-color': c.building, 'fill-opacity': 0.55 } },
    ],
    names: [
      {
        id: `plan-parcels-label${suffix}`,
        ...of('plan_parcels'),
        type: 'symbol',
        minzoom: 16,
        layout: { 'text-field': ['coalesce', ['get', 'lot_symbol'], ['get', 'land_use_code'], ''], 'text-font': REGULAR, 'text-size': 12 },
        paint: { 'text-color': c.ink, ...haloOf(c) },
      },
    ],
  };
}

const haloOf = (c: Colors) => ({ 'text-halo-color': c.halo, 'text-halo-width': 1.4 });

/** The style layers of a group in the colours of a scheme; groups are drawn in the order of `styleLayers`. */
function groupsOf(c: Colors): [LayerGroup | null, LayerSpecification[]][] {
  const halo = haloOf(c);
  const byStatus = (of: (status: Status) => string) => ['match', ['get', 'status'], ...STATUSES.flatMap((status) => [status, of(status)]), of('unknown')] as unknown as DataDrivenPropertyValueSpecification<string>;
  const statusColor = byStatus((status) => statusColors(c)[status]);
  const [tiles, features] = [detailLayers(c, 'tiles'), detailLayers(c, 'features')];
  return [
    [null, [{ id: 'ground', type: 'background', paint: { 'background-color': c.ground } }]],
    [
      'communes',
      [
        { id: 'communes-fill', source: 'communes', type: 'fill', paint: { 'fill-color': c.land } },
        {
          id: 'communes-line',
          source: 'communes',
          type: 'line',
          paint: { 'line-color': c.border, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.5, 14, 1.2] },
        },
      ],
    ],
    [
      'waterways',
      [
        {
          id: 'waterways-line',
          source: 'waterways',
          type: 'line',
          layout: { 'line-cap': 'round', 'line-join': 'round' },
          paint: { 'line-color': c.water, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 12, 2.4, 16, 6] },
        },
      ],
    ],
    ['plans', [...tiles.beneath, ...features.beneath]],
    [
      'districts',
      [{ id: 'districts-line', source: 'districts', type: 'line', paint: { 'line-color': c.district, 'line-width': 1.4, 'line-dasharray': [4, 2] } }],
    ],
    [
      'clusters',
      [
        {
          id: 'clusters-fill',
          source: 'cluster_areas',
          type: 'fill',
          // Pale where the parcels of a plan lie beneath.
          paint: { 'fill-color': statusColor, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13, 0.3, 15, 0.12] },
        },
        // What is breached is hatched and what is unknown dotted, so that areas are told apart without colour.
        { id: 'clusters-pattern', source: 'cluster_areas', type: 'fill', filter: ['in', ['get', 'status'], ['literal', ['non_compliant', 'unknown']]], paint: { 'fill-pattern': byStatus(patternName), 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 14, 0.9, 16, 0.45] } },
        { id: 'clusters-line', source: 'cluster_areas', type: 'line', filter: ['!', isDemo], paint: { 'line-color': statusColor, 'line-width': 1.6 } },
        { id: 'clusters-line-demo', source: 'cluster_areas', type: 'line', filter: isDemo, paint: { 'line-color': statusColor, 'line-width': 1.6, 'line-dasharray': [3, 2] } },
      ],
    ],
    [
      'plans',
      [{ id: 'plans-line', source: 'plans', type: 'line', minzoom: 11, paint: { 'line-color': c.plan, 'line-width': 1.6, 'line-dasharray': [6, 2, 1, 2] } }],
    ],
    [
      null,
      [
        { id: 'selection-ring-fill', source: 'selection', type: 'fill', filter: ['==', ['get', 'part'], 'ring'], paint: { 'fill-color': c.ink, 'fill-opacity': 0.04 } },
        { id: 'selection-ring', source: 'selection', type: 'line', filter: ['==', ['get', 'part'], 'ring'], paint: { 'line-color': c.ink, 'line-width': 1.2, 'line-dasharray': [3, 3] } },
        { id: 'selection-area', source: 'selection', type: 'line', filter: ['==', ['get', 'part'], 'area'], paint: { 'line-color': c.ink, 'line-width': 2.4 } },
      ],
    ],
    [
      'communes',
      [
        {
          id: 'communes-label',
          source: 'commune_labels',
          type: 'symbol',
          minzoom: 10,
          layout: {
            'text-field': ['get', 'name'],
            'text-font': REGULAR,
            'text-size': ['interpolate', ['linear'], ['zoom'], 10, 11.5, 14, 16],
            'text-max-width': 7,
            'text-letter-spacing': 0.04,
            // Sites stand where communes have their middle: the name may step aside.
            'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
            'text-radial-offset': 1.6,
          },
          paint: { 'text-color': c.place, ...halo },
        },
      ],
    ],
    [
      'waterways',
      [
        {
          id: 'waterways-label',
          source: 'waterways',
          type: 'symbol',
          minzoom: 10.5,
          layout: { 'symbol-placement': 'line', 'symbol-spacing': 400, 'text-field': ['get', 'name_vi'], 'text-font': ITALIC, 'text-size': 12 },
          paint: { 'text-color': c.waterName, ...halo },
        },
      ],
    ],
    ['plans', [...tiles.names, ...features.names]],
    [
      'treatment_stations',
      [
        {
          id: 'stations-point',
          source: 'treatment_stations',
          type: 'circle',
          minzoom: 11,
          paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 2.5, 16, 6], 'circle-color': c.paper, 'circle-stroke-color': c.station, 'circle-stroke-width': 2 },
        },
      ],
    ],
    [
      'grid',
      [
        { id: 'grid-line', source: 'grid', type: 'line', filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': c.grid, 'line-width': ['case', ['get', 'isMain'], 1.1, 0.6], 'line-opacity': 0.75 } },
        {
          id: 'grid-label',
          source: 'grid',
          type: 'symbol',
          filter: ['==', ['geometry-type'], 'Point'],
          layout: { 'text-field': ['get', 'label'], 'text-font': REGULAR, 'text-size': 11, 'text-allow-overlap': true, 'text-ignore-placement': true, 'text-anchor': ['get', 'anchor'], 'text-offset': ['get', 'offset'] },
          paint: { 'text-color': c.grid, 'text-halo-color': c.halo, 'text-halo-width': 2 },
        },
      ],
    ],
    [
      null,
      [
        { id: 'area-fill', source: 'area', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': c.drawn, 'fill-opacity': 0.08 } },
        { id: 'area-line', source: 'area', type: 'line', paint: { 'line-color': c.drawn, 'line-width': 2, 'line-dasharray': [3, 1.5] } },
        { id: 'area-corner', source: 'area', type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 4, 'circle-color': c.paper, 'circle-stroke-color': c.drawn, 'circle-stroke-width': 2 } },
        { id: 'hover-point', source: 'hover', type: 'circle', paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 11, 14, 17], 'circle-color': c.paper, 'circle-stroke-color': c.drawn, 'circle-stroke-width': 3 } },
      ],
    ],
    [
      null,
      [
        {
          id: 'selection-point',
          source: 'selection',
          type: 'circle',
          filter: ['==', ['get', 'part'], 'point'],
          paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 11, 14, 17], 'circle-color': c.chosen, 'circle-stroke-color': c.ink, 'circle-stroke-width': 2 },
        },
      ],
    ],
    [
      null,
      [
        {
          // One layer for both collections, so that marks of either can lie on top of the other's.
          id: 'sites-symbol',
          source: 'sites',
          type: 'symbol',
          layout: {
            'icon-image': siteSymbol,
            'icon-size': ['interpolate', ['linear'], ['zoom'], ...SYMBOL_SCALES.flat()],
            // Every site is visible at every zoom.
            'icon-allow-overlap': true,
            // As the source has them: what needs attention lies on top.
            'symbol-z-order': 'source',
            'text-field': ['step', ['zoom'], '', 11.5, ['get', 'name']],
            'text-font': SEMIBOLD,
            'text-size': ['interpolate', ['linear'], ['zoom'], 11, 12, 15, 15],
            'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
            'text-radial-offset': 1.1,
            'text-max-width': 9,
            'text-optional': true,
          },
          paint: { 'text-color': c.ink, ...halo },
        },
      ],
    ],
    [
      null,
      [
        { id: 'measure-fill', source: 'measure', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': c.measure, 'fill-opacity': 0.12 } },
        { id: 'measure-casing', source: 'measure', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.halo, 'line-width': 5 } },
        { id: 'measure-line', source: 'measure', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.measure, 'line-width': 2.4 } },
        { id: 'measure-points', source: 'measure', type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 4.5, 'circle-color': c.paper, 'circle-stroke-color': c.measure, 'circle-stroke-width': 2.4 } },
        {
          id: 'measure-labels',
          source: 'measure',
          type: 'symbol',
          filter: ['==', ['geometry-type'], 'Point'],
          layout: { 'text-field': ['coalesce', ['get', 'label'], ''], 'text-font': SEMIBOLD, 'text-size': 13, 'text-anchor': 'bottom-left', 'text-offset': [0.6, -0.3], 'text-allow-overlap': true },
          paint: { 'text-color': c.measure, 'text-halo-color': c.halo, 'text-halo-width': 2 },
        },
        { id: 'position-ring', source: 'position', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': c.position, 'fill-opacity': 0.14 } },
        { id: 'position-ring-line', source: 'position', type: 'line', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': c.position, 'line-width': 1.2 } },
        { id: 'position-point', source: 'position', type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 7, 'circle-color': c.position, 'circle-stroke-color': c.paper, 'circle-stroke-width': 3 } },
      ],
    ],
  ];
}

/** All style layers in drawing order, in the colours of the page's scheme. */
export function styleLayers(): LayerSpecification[] {
  return groupsOf(colors()).flatMap(([, layers]) => layers);
}

/** Gives layers that are on the map the paint that they have now. */
export function repaint(map: MapLibre, layers: LayerSpecification[]): void {
  for (const { id, paint = {} } of layers) {
    if (!map.getLayer(id)) continue;
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name as Parameters<MapLibre['setPaintProperty']>[1], value);
  }
}

// Which layers there are hangs on no colour.
const GROUPS = groupsOf(colors('light'));
const LAYERS = GROUPS.flatMap(([, layers]) => layers);

/** What a layer shows of its source before anything is chosen; undefined is all. */
export function ownFilter(id: string): FilterSpecification | undefined {
  const layer = LAYERS.find((one) => one.id === id);
  return layer && 'filter' in layer ? layer.filter : undefined;
}

/** The ids of a group's style layers. */
export function layerIds(group: LayerGroup): string[] {
  return GROUPS.flatMap(([name, layers]) => (name === group ? layers.map((layer) => layer.id) : []));
}

/** The style layers that answer a click with a site, and all that draw sites. */
export const SITE_SYMBOL_LAYER = 'sites-symbol';
export const SITE_AREA_LAYER = 'clusters-fill';
export const STATION_LAYER = 'stations-point';
export const SITE_LAYERS = [SITE_SYMBOL_LAYER, SITE_AREA_LAYER, 'clusters-pattern', 'clusters-line', 'clusters-line-demo'];

/** What a mode takes off the map while it draws on its own: sites, the selection, what is drawn and the coarse plans. */
export const ASIDE_LAYERS = [...SITE_LAYERS, ...layerIds('plans'), ...LAYERS.flatMap((layer) => ('source' in layer && ['selection', 'area', 'hover', 'measure'].includes(String(layer.source)) ? [layer.id] : []))];
