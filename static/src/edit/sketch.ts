/** What editing draws over the map: a shape under the hands, two states of one, and rows of a file. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { GeoJSONSource, LayerSpecification } from 'maplibre-gl';
import { boxOf } from '../geometry.ts';
import { EMPTY, repaint } from '../map/layers.ts';
import type { SiteMap } from '../map/map.ts';
import { colors, onScheme } from '../scheme.ts';

/** What is drawn, by what it is for. */
type SourceName = 'edit-diff' | 'edit-shape' | 'edit-rows';
const SOURCES: readonly SourceName[] = ['edit-diff', 'edit-shape', 'edit-rows'];

const is = (part: string): ['==', ['get', string], string] => ['==', ['get', 'part'], part];

/** In drawing order, in the colours of the page's scheme. Every layer takes points, lines or areas as they come. */
function layers(): LayerSpecification[] {
  const { accent, breached, paper, ink, measure, chosen, isDark } = colors();
  const picked = isDark ? '#ff8ad8' : '#b5007d';
  return [
    { id: 'edit-rows-fill', source: 'edit-rows', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': accent, 'fill-opacity': 0.18 } },
    { id: 'edit-rows-line', source: 'edit-rows', type: 'line', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ['case', ['==', ['get', 'chosen'], true], picked, accent], 'line-width': ['case', ['==', ['get', 'chosen'], true], 4, 1.4] } },
    { id: 'edit-rows-point', source: 'edit-rows', type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': ['case', ['==', ['get', 'chosen'], true], 9, 5], 'circle-color': ['case', ['==', ['get', 'chosen'], true], picked, accent], 'circle-stroke-color': paper, 'circle-stroke-width': 1.5 } },
    { id: 'edit-diff-fill', source: 'edit-diff', type: 'fill', filter: ['all', ['==', ['geometry-type'], 'Polygon'], is('after')], paint: { 'fill-color': accent, 'fill-opacity': 0.12 } },
    { id: 'edit-diff-before', source: 'edit-diff', type: 'line', filter: ['all', ['!=', ['geometry-type'], 'Point'], is('before')], paint: { 'line-color': breached, 'line-width': 2.4, 'line-dasharray': [2.5, 2] } },
    { id: 'edit-diff-after', source: 'edit-diff', type: 'line', filter: ['all', ['!=', ['geometry-type'], 'Point'], is('after')], paint: { 'line-color': accent, 'line-width': 2.4 } },
    {
      id: 'edit-diff-point',
      source: 'edit-diff',
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': ['match', ['get', 'part'], ['before', 'after'], 8, 4.5],
        'circle-color': ['match', ['get', 'part'], ['after', 'new'], accent, paper],
        'circle-stroke-color': ['match', ['get', 'part'], ['before', 'gone'], breached, accent],
        'circle-stroke-width': 2,
      },
    },
    { id: 'edit-shape-fill', source: 'edit-shape', type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': accent, 'fill-opacity': 0.14 } },
    { id: 'edit-shape-line', source: 'edit-shape', type: 'line', filter: is('outline'), paint: { 'line-color': accent, 'line-width': 2.4 } },
    { id: 'edit-shape-band', source: 'edit-shape', type: 'line', filter: is('band'), paint: { 'line-color': accent, 'line-width': 1.6, 'line-dasharray': [2, 2] } },
    { id: 'edit-shape-middle', source: 'edit-shape', type: 'circle', filter: is('middle'), paint: { 'circle-radius': 4, 'circle-color': paper, 'circle-opacity': 0.85, 'circle-stroke-color': accent, 'circle-stroke-width': 1.2 } },
    { id: 'edit-shape-vertex', source: 'edit-shape', type: 'circle', filter: is('vertex'), paint: { 'circle-radius': 6, 'circle-color': paper, 'circle-stroke-color': accent, 'circle-stroke-width': 2.4 } },
    { id: 'edit-shape-chosen', source: 'edit-shape', type: 'circle', filter: is('chosen'), paint: { 'circle-radius': 8.5, 'circle-color': chosen, 'circle-stroke-color': ink, 'circle-stroke-width': 2.4 } },
    { id: 'edit-shape-snap', source: 'edit-shape', type: 'circle', filter: is('snap'), paint: { 'circle-radius': 12, 'circle-opacity': 0, 'circle-stroke-color': measure, 'circle-stroke-width': 2.4 } },
    { id: 'edit-shape-fault', source: 'edit-shape', type: 'circle', filter: is('fault'), paint: { 'circle-radius': 13, 'circle-opacity': 0, 'circle-stroke-color': isDark ? '#ff7a7a' : '#c80000', 'circle-stroke-width': 3 } },
  ];
}

/** The drawing, which is empty at first. */
export interface Sketch {
  /** Two states of a feature, as `geometryChanges` has them. */
  setDiff(features: FeatureCollection): void;
  setShape(features: Feature[]): void;
  /** Rows of a file; one of them may be `chosen`. */
  setRows(features: FeatureCollection): void;
  /** Brings geometries into sight. */
  frame(...geometries: (Geometry | null | undefined)[]): void;
  remove(): void;
}

export function createSketch({ library: map, frame }: SiteMap): Sketch {
  for (const id of SOURCES) map.addSource(id, { type: 'geojson', data: EMPTY });
  for (const layer of layers()) map.addLayer(layer);
  const unturned = onScheme(() => repaint(map, layers()));
  const fill = (id: SourceName, data: FeatureCollection) => map.getSource<GeoJSONSource>(id)?.setData(data);
  return {
    setDiff: (features) => fill('edit-diff', features),
    setShape: (features) => fill('edit-shape', { type: 'FeatureCollection', features }),
    setRows: (features) => fill('edit-rows', features),
    frame: (...geometries) => {
      const box = boxOf(...geometries.map((geometry) => geometry ?? null));
      if (box) frame(box);
    },
    remove: () => {
      unturned();
      for (const { id } of layers()) map.removeLayer(id);
      for (const id of SOURCES) map.removeSource(id);
    },
  };
}
