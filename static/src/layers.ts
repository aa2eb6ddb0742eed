/** What the map draws and how: sources and style layers in drawing order; no fonts, tiles or sprites from outside. */

import type { FeatureCollection } from 'geojson';
import type { DataDrivenPropertyValueSpecification, ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { SITE_COLLECTIONS, STATUSES } from './sites.ts';
import { STATUS_COLOR, symbolName } from './symbols.ts';

/** The layers a reader can switch on and off, each a group of style layers, in the order of the legend. */
export const LAYER_GROUPS = ['clusters', 'craft_villages', 'communes', 'districts', 'waterways', 'treatment_stations', 'plans'] as const;
export type LayerGroup = (typeof LAYER_GROUPS)[number];

/** Groups that are off until asked for: districts ended on 30 June 2025. */
export const HIDDEN_AT_FIRST: readonly LayerGroup[] = ['districts'];

/** From this zoom on the parcels and buildings in view are fetched and drawn. */
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
const OTHER_LAND_USE = '#efe9dd';

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
] as const;
export type SourceId = (typeof SOURCES)[number];

/** A source without features. */
export const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** The colours of the ground, also used by the page around the map and by plan mode. */
const GROUND = '#eceae5';
export const LAND = '#f8f7f3';
const WATER = '#8fbcd8';
export const INK = '#3d3f44';
/** What a reader draws or points at. */
const AREA = '#6a1b9a';

/** The family of the map's labels, see `fonts.css`. */
export const LABEL_FONT = 'Be Vietnam Map';
const REGULAR = [LABEL_FONT];
// MapLibre reads weight and slant out of the first name; the browser finds the font by the second.
/** The letters of names that matter. */
export const SEMIBOLD = [`${LABEL_FONT} SemiBold`, LABEL_FONT];
const ITALIC = [`${LABEL_FONT} Italic`, LABEL_FONT];

const isDemo: ExpressionSpecification = ['==', ['get', 'is_demo'], true];
const statusColor = ['match', ['get', 'status'], ...STATUSES.flatMap((status) => [status, STATUS_COLOR[status]]), STATUS_COLOR.unknown] as unknown as DataDrivenPropertyValueSpecification<string>;
const siteSymbol = [
  'match',
  ['concat', ['get', 'collection'], '-', ['get', 'status']],
  ...SITE_COLLECTIONS.flatMap((collection) => STATUSES.flatMap((status) => [symbolName(collection, status), symbolName(collection, status)])),
  symbolName('clusters', 'unknown'),
] as unknown as ExpressionSpecification;
const landUseColor = ['match', ['get', 'land_use_code'], ...Object.entries(LAND_USE_COLOR).flat(), OTHER_LAND_USE] as unknown as DataDrivenPropertyValueSpecification<string>;

const halo = { 'text-halo-color': LAND, 'text-halo-width': 1.4 };

/** The style layers of a group; groups are drawn in the order of `styleLayers`. */
const groups: [LayerGroup | null, LayerSpecification[]][] = [
  [null, [{ id: 'ground', type: 'background', paint: { 'background-color': GROUND } }]],
  [
    'communes',
    [
      { id: 'communes-fill', source: 'communes', type: 'fill', paint: { 'fill-color': LAND } },
      {
        id: 'communes-line',
        source: 'communes',
        type: 'line',
        paint: { 'line-color': '#cfcac0', 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.5, 14, 1.2] },
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
        paint: { 'line-color': WATER, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 12, 2.4, 16, 6] },
      },
    ],
  ],
  [
    'plans',
    [
      { id: 'plan-parcels-fill', source: 'plan_parcels', type: 'fill', minzoom: PARCEL_ZOOM, paint: { 'fill-color': landUseColor, 'fill-opacity': 0.85 } },
      { id: 'plan-parcels-line', source: 'plan_parcels', type: 'line', minzoom: PARCEL_ZOOM, paint: { 'line-color': '#8a8378', 'line-width': 0.6 } },
      { id: 'buildings-fill', source: 'buildings', type: 'fill', minzoom: PARCEL_ZOOM, paint: { 'fill-color': '#6c6862', 'fill-opacity': 0.55 } },
    ],
  ],
  [
    'districts',
    [{ id: 'districts-line', source: 'districts', type: 'line', paint: { 'line-color': '#8d7f94', 'line-width': 1.4, 'line-dasharray': [4, 2] } }],
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
      { id: 'clusters-line', source: 'cluster_areas', type: 'line', filter: ['!', isDemo], paint: { 'line-color': statusColor, 'line-width': 1.6 } },
      { id: 'clusters-line-demo', source: 'cluster_areas', type: 'line', filter: isDemo, paint: { 'line-color': statusColor, 'line-width': 1.6, 'line-dasharray': [3, 2] } },
    ],
  ],
  [
    'plans',
    [{ id: 'plans-line', source: 'plans', type: 'line', minzoom: 11, paint: { 'line-color': '#7a2f7c', 'line-width': 1.6, 'line-dasharray': [6, 2, 1, 2] } }],
  ],
  [
    null,
    [
      { id: 'selection-ring-fill', source: 'selection', type: 'fill', filter: ['==', ['get', 'part'], 'ring'], paint: { 'fill-color': INK, 'fill-opacity': 0.04 } },
      { id: 'selection-ring', source: 'selection', type: 'line', filter: ['==', ['get', 'part'], 'ring'], paint: { 'line-color': INK, 'line-width': 1.2, 'line-dasharray': [3, 3] } },
      { id: 'selection-area', source: 'selection', type: 'line', filter: ['==', ['get', 'part'], 'area'], paint: { 'line-color': INK, 'line-width': 2.4 } },
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
        paint: { 'text-color': '#77736a', ...halo },
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
        paint: { 'text-color': '#33698a', ...halo },
      },
    ],
  ],
  [
    'plans',
    [
      {
        id: 'plan-parcels-label',
        source: 'plan_parcels',
        type: 'symbol',
        minzoom: 16,
        layout: { 'text-field': ['coalesce', ['get', 'lot_symbol'], ['get', 'land_use_code'], ''], 'text-font': REGULAR, 'text-size': 12 },
        paint: { 'text-color': INK, ...halo },
      },
    ],
  ],
  [
    'treatment_stations',
    [
      {
        id: 'stations-point',
        source: 'treatment_stations',
        type: 'circle',
        minzoom: 11,
        paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 2.5, 16, 6], 'circle-color': '#ffffff', 'circle-stroke-color': '#1d4e5f', 'circle-stroke-width': 2 },
      },
    ],
  ],
  [
    null,
    [
      { id: 'area-fill', source: 'area', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': AREA, 'fill-opacity': 0.08 } },
      { id: 'area-line', source: 'area', type: 'line', paint: { 'line-color': AREA, 'line-width': 2, 'line-dasharray': [3, 1.5] } },
      { id: 'area-corner', source: 'area', type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 4, 'circle-color': '#ffffff', 'circle-stroke-color': AREA, 'circle-stroke-width': 2 } },
      { id: 'hover-point', source: 'hover', type: 'circle', paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 11, 14, 17], 'circle-color': '#ffffff', 'circle-stroke-color': AREA, 'circle-stroke-width': 3 } },
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
        paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 11, 14, 17], 'circle-color': '#ffd54a', 'circle-stroke-color': INK, 'circle-stroke-width': 2 },
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
          'icon-size': ['interpolate', ['linear'], ['zoom'], 8, 0.5, 11, 0.72, 14, 1],
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
        paint: { 'text-color': INK, ...halo },
      },
    ],
  ],
];

/** All style layers in drawing order. */
export const styleLayers: LayerSpecification[] = groups.flatMap(([, layers]) => layers);

/** The ids of a group's style layers. */
export function layerIds(group: LayerGroup): string[] {
  return groups.flatMap(([name, layers]) => (name === group ? layers.map((layer) => layer.id) : []));
}

/** The style layers that answer a click with a site, and all that draw sites. */
export const SITE_SYMBOL_LAYER = 'sites-symbol';
export const SITE_AREA_LAYER = 'clusters-fill';
export const STATION_LAYER = 'stations-point';
export const SITE_LAYERS = [SITE_SYMBOL_LAYER, SITE_AREA_LAYER, 'clusters-line', 'clusters-line-demo'];

/** What a mode takes off the map while it draws on its own: sites, the selection, what is drawn and the coarse plans. */
export const ASIDE_LAYERS = [...SITE_LAYERS, ...layerIds('plans'), ...styleLayers.flatMap((layer) => ('source' in layer && ['selection', 'area', 'hover'].includes(String(layer.source)) ? [layer.id] : []))];
