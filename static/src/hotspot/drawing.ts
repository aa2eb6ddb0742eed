/** Hotspots on the map: puts them there, tells what a reader asks about, and takes everything away again. */

import type { FeatureCollection, Geometry } from 'geojson';
import type { GeoJSONSource, LngLatBounds, LngLatBoundsLike, Map as MapLibre, MapMouseEvent, PointLike } from 'maplibre-gl';
import type { Item } from '../api.ts';
import { EMPTY, repaint, STATION_LAYER } from '../map/layers.ts';
import { stageOver } from '../map/stage.ts';
import { onScheme } from '../scheme.ts';
import { h, type Child } from '../ui/h.ts';
import type { Density, Subject } from './data.ts';
import { middleOf, paintDensity } from './density.ts';
import {
  ASKED_LAYERS,
  CELL_LAYERS,
  cellFeatures,
  COLD_PATTERN,
  collection,
  DOTS_PATTERN,
  FILLS,
  HOTSPOT_SOURCES,
  hotspotLayers,
  hotspotSources,
  patternImage,
  reachFeatures,
  zoneFeatures,
  type HotspotSource,
} from './layers.ts';

/** What lies on the map; a density takes the place of the hexagons. */
export interface Drawn {
  cells: Item[];
  zones: Item[];
  reaches: Item[];
  density: { of: Density; most: number } | undefined;
}

export interface Drawing {
  /** The part of the map that the panel leaves free. */
  seen: HTMLElement;
  /** Lays the time control at the foot of the map. */
  control(control: Child): void;
  show(drawn: Drawn): void;
  /** Outlines the place that is asked about and draws what explains it; undefined takes either away. */
  why(place: Geometry | null | undefined, explained: { sites: FeatureCollection; reaches: FeatureCollection } | undefined): void;
  frame(box: LngLatBoundsLike, animate?: boolean): void;
  remove(): void;
}

/** How far from the pointer, in pixels, a thin line still counts as hit. */
const REACH = 5;
const DENSITY = 'hot-density';
/** Fills lie beneath the waterways and all names. */
const ABOVE_FILLS = 'waterways-line';
const CELL_METRES = 4000;

/** Draws on the map. `onAsk` gets what was clicked, or chosen by Enter in the middle of the map. */
export function drawHotspots(map: MapLibre, onAsk: (subject: Subject) => void): Drawing {
  // The whole city is to be seen beside the panel, for which the page's own bounds leave no room.
  const bounds = map.getMaxBounds();
  map.setMaxBounds(bounds && wider(bounds));
  const stage = stageOver(map, 'hot');
  const { seen } = stage;
  for (const [id, source] of hotspotSources()) map.addSource(id, source);
  const ratio = Math.max(2, Math.ceil(window.devicePixelRatio));
  for (const name of [COLD_PATTERN, DOTS_PATTERN] as const) if (!map.hasImage(name)) map.addImage(name, patternImage(name, ratio), { pixelRatio: ratio });
  // Stations would be taken for sites here. The page shows them again with its own layers.
  map.setLayoutProperty(STATION_LAYER, 'visibility', 'none');
  for (const layer of hotspotLayers()) map.addLayer(layer, FILLS.includes(layer.id) ? ABOVE_FILLS : undefined);
  const fill = (id: HotspotSource, data: FeatureCollection) => map.getSource<GeoJSONSource>(id)?.setData(data);

  function subjectAt(point: { x: number; y: number }): Subject | undefined {
    const around: [PointLike, PointLike] = [[point.x - REACH, point.y - REACH], [point.x + REACH, point.y + REACH]];
    for (const layer of ASKED_LAYERS) {
      const [hit] = map.queryRenderedFeatures(layer === 'hot-cells-ask' ? [point.x, point.y] : around, { layers: [layer] });
      if (hit) return { kind: layer === 'hot-cells-ask' ? 'cell' : layer === 'hot-zones-label' ? 'zone' : 'reach', id: String(hit.properties.id) };
    }
    return undefined;
  }
  const onClick = (event: MapMouseEvent) => {
    const subject = subjectAt(event.point);
    if (subject) onAsk(subject);
  };
  const onHover = (event: MapMouseEvent) => {
    map.getCanvas().style.cursor = subjectAt(event.point) ? 'pointer' : '';
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    const [area, origin] = [seen.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
    const subject = subjectAt({ x: area.left - origin.left + area.width / 2, y: area.top - origin.top + area.height / 2 });
    if (subject) onAsk(subject);
  };
  map.on('click', onClick);
  map.on('mousemove', onHover);
  map.getCanvas().addEventListener('keydown', onKey);

  function removeDensity(): void {
    if (map.getLayer(DENSITY)) map.removeLayer(DENSITY);
    if (map.getSource(DENSITY)) map.removeSource(DENSITY);
  }

  function showDensity({ of, most }: NonNullable<Drawn['density']>): void {
    const samples = of.cells.features.flatMap(({ geometry, properties }) => {
      const at = middleOf(geometry);
      // A bell reaches everywhere: nothing at all stands where the middle of a cell lies outside the city, and says nothing.
      return at && properties.density ? [{ at, value: properties.density }] : [];
    });
    if (samples.length === 0) return;
    const { canvas, corners } = paintDensity(samples, CELL_METRES, most);
    map.addSource(DENSITY, { type: 'canvas', canvas, coordinates: corners, animate: false });
    map.addLayer({ id: DENSITY, source: DENSITY, type: 'raster', paint: { 'raster-fade-duration': 0, 'raster-opacity': 0.85 } }, ABOVE_FILLS);
  }

  let shown: Drawn | undefined;
  const unturned = onScheme(() => {
    for (const name of [COLD_PATTERN, DOTS_PATTERN] as const) map.updateImage(name, patternImage(name, ratio));
    repaint(map, hotspotLayers());
    removeDensity();
    if (shown?.density) showDensity(shown.density);
  });

  return {
    seen,
    control: (control) => stage.draw([control, h('div', { class: 'hot-cross', 'aria-hidden': 'true' })]),
    show: (drawn) => {
      shown = drawn;
      const { cells, zones, reaches, density } = drawn;
      fill('hot-cells', cellFeatures(cells));
      fill('hot-zones', zoneFeatures(zones));
      fill('hot-reaches', reachFeatures(reaches));
      for (const id of CELL_LAYERS) map.setLayoutProperty(id, 'visibility', density ? 'none' : 'visible');
      removeDensity();
      if (density) showDensity(density);
    },
    why: (place, explained) => {
      fill('hot-subject', collection(place ? [{ geometry: place, properties: {} }] : []));
      fill('hot-why-sites', explained?.sites ?? EMPTY);
      fill('hot-why-reaches', explained?.reaches ?? EMPTY);
      // The names of the sites are to be read now.
      map.setPaintProperty('hot-cells-label', 'text-opacity', explained ? 0.25 : 1);
    },
    frame: (box, animate = true) => {
      const [area, origin] = [seen.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
      const margin = 16;
      // Where hardly anything would be left, what is framed may lie beneath the time control.
      const below = area.bottom - (seen.firstElementChild?.getBoundingClientRect().top ?? area.bottom);
      map.fitBounds(box, {
        padding: {
          left: area.left - origin.left + margin,
          right: origin.right - area.right + margin,
          top: area.top - origin.top + margin,
          bottom: origin.bottom - area.bottom + margin + (area.height - below > 140 ? below : 0),
        },
        maxZoom: 12,
        animate,
      });
    },
    remove: () => {
      map.off('click', onClick);
      map.off('mousemove', onHover);
      map.getCanvas().removeEventListener('keydown', onKey);
      map.getCanvas().style.cursor = '';
      unturned();
      for (const { id } of hotspotLayers()) map.removeLayer(id);
      removeDensity();
      for (const id of HOTSPOT_SOURCES) map.removeSource(id);
      stage.remove();
      map.setMaxBounds(bounds);
    },
  };
}

/** As much again on every side. */
function wider(bounds: LngLatBounds): [[number, number], [number, number]] {
  const [[west, south], [east, north]] = bounds.toArray();
  const [x, y] = [east - west, north - south];
  return [[west - x, south - y], [east + x, north + y]];
}
