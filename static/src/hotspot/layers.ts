/** How hotspots are drawn: sources, style layers in drawing order, and the patterns that tell classes apart without colour. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { DataDrivenPropertyValueSpecification, LayerSpecification, SourceSpecification } from 'maplibre-gl';
import type { Item } from '../api.ts';
import { EMPTY, SEMIBOLD } from '../map/layers.ts';
import { colors } from '../scheme.ts';
import { CLASSES, classOf, doubtsOf, sideOf, type HotspotClass } from './data.ts';

/** What hangs on the scheme, for each of them. */
interface Tones {
  /** Colours of the classes, told apart with every kind of colour blindness. */
  classes: Record<HotspotClass, string>;
  /** The colour of waterways that carry a load, and of what explains a place. */
  load: string;
  /** Of reaches by their rank, the heaviest first, and of those without a load. */
  ranks: readonly [string, string, string, string];
  none: string;
  zone: string;
  dots: string;
}

const TONES: Record<'light' | 'dark', Tones> = {
  light: {
    classes: { hot_99: '#7f1d1d', hot_95: '#b84a00', hot_90: '#e0a070', none: '#d8d5ce', cold_90: '#9cbcd8', cold_95: '#5b8fc0', cold_99: '#1f5a94' },
    load: '#6b4c9a',
    ranks: ['#3d1259', '#662f86', '#8d56b0', '#b9a3c9'],
    none: '#7f8a92',
    zone: '#5c1010',
    dots: '#8a3a00',
  },
  // On a dark ground what is sure is light: the order of lightness turns with the ground.
  dark: {
    classes: { hot_99: '#ffb08a', hot_95: '#d9692c', hot_90: '#8a4a26', none: '#3a3e44', cold_90: '#2f4f6c', cold_95: '#4685bd', cold_99: '#a9d3f7' },
    load: '#c3a5ee',
    ranks: ['#e7d3ff', '#c3a5ee', '#9a7cc6', '#6c5a86'],
    none: '#7f8a92',
    zone: '#ff9c9c',
    dots: '#ffb27f',
  },
};

/** The tones of the page's scheme. */
export function tones(): Tones {
  return TONES[colors().isDark ? 'dark' : 'light'];
}

/** Reaches up to these ranks are drawn alike, the widest first; what follows is thinner. */
export const RANK_STEPS = [5, 20, 60] as const;
export const RANK_WIDTHS = [8, 5, 3, 1.5] as const;

/** Sources of the map of hotspots, but for the picture of the density. */
export const HOTSPOT_SOURCES = ['hot-cells', 'hot-zones', 'hot-reaches', 'hot-subject', 'hot-why-reaches', 'hot-why-sites'] as const;
export type HotspotSource = (typeof HOTSPOT_SOURCES)[number];

/** Empty sources, to be filled as data arrive. */
export function hotspotSources(): [HotspotSource, SourceSpecification][] {
  return HOTSPOT_SOURCES.map((id) => [id, { type: 'geojson', data: EMPTY }]);
}

/** The names of the patterns. */
export const COLD_PATTERN = 'hot-stripes';
export const DOTS_PATTERN = 'hot-dots';

/** Stripes in the colour of the ground for cold cells, or dots for what cannot be ruled out, at so many pixels for each of the screen's. */
export function patternImage(name: typeof COLD_PATTERN | typeof DOTS_PATTERN, ratio: number): ImageData {
  const size = 10 * ratio;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [size, size];
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  if (name === COLD_PATTERN) {
    context.strokeStyle = colors().isDark ? 'rgb(21 23 26 / 0.75)' : 'rgb(255 255 255 / 0.75)';
    context.lineWidth = 1.6;
    for (const from of [-10, 0, 10]) {
      context.beginPath();
      context.moveTo(from, 10);
      context.lineTo(from + 10, 0);
      context.stroke();
    }
  } else {
    context.fillStyle = tones().dots;
    for (const [x, y] of [[2.5, 2.5], [7.5, 7.5]] as const) {
      context.beginPath();
      context.arc(x, y, 1.1, 0, 7);
      context.fill();
    }
  }
  return context.getImageData(0, 0, size, size);
}

const is = (side: string) => ['==', ['get', 'side'], side];
const byRank = (values: readonly (string | number)[]) =>
  ['step', ['get', 'rank'], values[0], ...RANK_STEPS.flatMap((rank, at) => [rank + 1, values[at + 1]])] as unknown as DataDrivenPropertyValueSpecification<never>;
const isUnproven = ['==', ['get', 'isUnproven'], true];

/** Layers of the hexagons, hidden while the density is shown; a click asks the invisible fill all the same. */
export const CELL_LAYERS = ['hot-cells-fill', 'hot-cells-cold', 'hot-cells-dots', 'hot-cells-line', 'hot-cells-unproven', 'hot-cells-proven', 'hot-cells-label'];

/** What a click asks, the topmost first. */
export const ASKED_LAYERS = ['hot-reaches-line', 'hot-zones-label', 'hot-cells-ask'];

/** Beneath these lie the fills, so that names of places and waterways stay readable. */
export const FILLS = ['hot-cells-ask', 'hot-cells-fill', 'hot-cells-cold', 'hot-cells-dots'];

/** All style layers in drawing order, in the colours of the page's scheme; the fills first. */
export function hotspotLayers(): LayerSpecification[] {
  const c = colors();
  const { classes, load, ranks, none, zone } = tones();
  const color = ['match', ['get', 'class'], ...CLASSES.flatMap((one) => [one, classes[one]]), classes.none] as unknown as DataDrivenPropertyValueSpecification<string>;
  const halo = { 'text-halo-color': c.halo, 'text-halo-width': 1.6 };
  return [
    { id: 'hot-cells-ask', source: 'hot-cells', type: 'fill', paint: { 'fill-opacity': 0 } },
    { id: 'hot-cells-fill', source: 'hot-cells', type: 'fill', paint: { 'fill-color': color, 'fill-opacity': ['match', ['get', 'side'], 'none', 0.25, 0.72] } },
    { id: 'hot-cells-cold', source: 'hot-cells', type: 'fill', filter: is('cold'), paint: { 'fill-pattern': COLD_PATTERN } },
    { id: 'hot-cells-dots', source: 'hot-cells', type: 'fill', filter: ['==', ['get', 'isPossible'], true], paint: { 'fill-pattern': DOTS_PATTERN } },
    { id: 'hot-cells-line', source: 'hot-cells', type: 'line', paint: { 'line-color': c.lot, 'line-width': 0.5, 'line-opacity': 0.7 } },
    { id: 'hot-cells-proven', source: 'hot-cells', type: 'line', filter: ['all', ['!', isUnproven], ['!', is('none')]], paint: { 'line-color': c.ink, 'line-width': 1.8 } },
    { id: 'hot-cells-unproven', source: 'hot-cells', type: 'line', filter: isUnproven, paint: { 'line-color': c.ink, 'line-width': 1.1, 'line-dasharray': [3, 2.5] } },
    { id: 'hot-zones-line', source: 'hot-zones', type: 'line', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': zone, 'line-width': 3 } },
    { id: 'hot-reaches-none', source: 'hot-reaches', type: 'line', filter: ['!', ['>', ['get', 'load'], 0]], layout: { 'line-cap': 'round' }, paint: { 'line-color': none, 'line-width': 1.2, 'line-dasharray': [2, 2] } },
    {
      id: 'hot-reaches-line',
      source: 'hot-reaches',
      type: 'line',
      filter: ['>', ['get', 'load'], 0],
      layout: { 'line-cap': 'round', 'line-join': 'round', 'line-sort-key': ['-', 0, ['get', 'rank']] },
      paint: { 'line-color': byRank(ranks), 'line-width': byRank(RANK_WIDTHS) },
    },
    { id: 'hot-subject-casing', source: 'hot-subject', type: 'line', paint: { 'line-color': c.halo, 'line-width': 7 } },
    { id: 'hot-subject-line', source: 'hot-subject', type: 'line', paint: { 'line-color': c.ink, 'line-width': 3.5 } },
    { id: 'hot-why-casing', source: 'hot-why-reaches', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.halo, 'line-width': 6 } },
    { id: 'hot-why-line', source: 'hot-why-reaches', type: 'line', layout: { 'line-cap': 'round' }, paint: { 'line-color': load, 'line-width': 3.2 } },
    {
      id: 'hot-cells-label',
      source: 'hot-cells',
      type: 'symbol',
      minzoom: 9,
      filter: ['!=', ['get', 'label'], ''],
      layout: { 'text-field': ['get', 'label'], 'text-font': SEMIBOLD, 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 9.5, 12, 13], 'text-allow-overlap': true },
      paint: { 'text-color': c.ink, ...halo },
    },
    {
      id: 'hot-why-sites',
      source: 'hot-why-sites',
      type: 'circle',
      layout: { 'circle-sort-key': ['get', 'share'] },
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'share']], 0, 4, 10, 24],
        'circle-color': c.chosen,
        'circle-opacity': 0.9,
        'circle-stroke-color': c.ink,
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'hot-why-label',
      source: 'hot-why-sites',
      type: 'symbol',
      filter: ['<=', ['get', 'place'], 5],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': SEMIBOLD,
        'text-size': 12.5,
        'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
        'text-radial-offset': 1.1,
        'text-max-width': 10,
        'symbol-sort-key': ['get', 'place'],
      },
      paint: { 'text-color': c.ink, ...halo },
    },
    {
      id: 'hot-zones-label',
      source: 'hot-zones',
      type: 'symbol',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['get', 'rank'], 'text-font': SEMIBOLD, 'text-size': 18, 'text-allow-overlap': true, 'icon-allow-overlap': true },
      paint: { 'text-color': zone, 'text-halo-color': c.halo, 'text-halo-width': 3 },
    },
  ] as unknown as LayerSpecification[];
}

/** The cells as they are drawn; the label tells hot from cold and how sure, without colour. */
export function cellFeatures(cells: readonly Item[]): FeatureCollection {
  return collection(
    cells.map(({ id, geometry, properties }) => {
      const known = classOf(properties.hotspot_class);
      const doubts = doubtsOf(properties);
      return { geometry, properties: { id, class: known, side: sideOf(known), ...doubts, label: cellLabel(known, doubts.isUnstable) } };
    }),
  );
}

/** The sign of a class on the map, such as `▲95`; a question mark where it hangs on the weights. */
export function cellLabel(known: HotspotClass, isUnstable: boolean): string {
  const side = sideOf(known);
  return (side === 'none' ? '' : `${side === 'hot' ? '▲' : '▼'}${known.slice(-2)}`) + (isUnstable ? '?' : '');
}

/** Outlines of the zones and, where they are widest, their ranks. */
export function zoneFeatures(zones: readonly Item[]): FeatureCollection {
  return collection(
    zones.flatMap(({ id, geometry, properties }) => {
      const at = labelPoint(geometry);
      const own = { id, rank: Number(properties.rank) };
      return [{ geometry, properties: own }, ...(at ? [{ geometry: at, properties: { ...own, rank: String(properties.rank) } }] : [])];
    }),
  );
}

/** A point inside the largest part of a zone, at its northernmost corner: the middle has the sign of a cell. */
function labelPoint(geometry: Geometry | null): Geometry | undefined {
  const rings = geometry?.type === 'MultiPolygon' ? geometry.coordinates : geometry?.type === 'Polygon' ? [geometry.coordinates] : [];
  const corners = rings.toSorted((a, b) => (b[0]?.length ?? 0) - (a[0]?.length ?? 0))[0]?.[0] ?? [];
  const top = corners.toSorted((a, b) => b[1]! - a[1]!)[0];
  return top && { type: 'Point', coordinates: top };
}

/** Reaches with what their width and colour hang on. */
export function reachFeatures(reaches: readonly Item[]): FeatureCollection {
  return collection(reaches.map(({ id, geometry, properties }) => ({ geometry, properties: { id, rank: Number(properties.rank ?? Infinity), load: Number(properties.load ?? 0) } })));
}

/** Features with places, and nothing else. */
export function collection(features: { geometry: Geometry | null; properties: Record<string, unknown> }[]): FeatureCollection {
  return { type: 'FeatureCollection', features: features.flatMap(({ geometry, properties }) => (geometry ? [{ type: 'Feature', geometry, properties } as Feature] : [])) };
}
