/** Draws an area on the map: clicks set corners, a double click or Enter ends, Escape cancels. */

import type { Feature } from 'geojson';
import type { GeoJSONSource, MapMouseEvent } from 'maplibre-gl';
import type { SiteMap } from '../map/map.ts';
import { isArea, rounded } from './area.ts';
import type { Corner } from './state.ts';

/** Shows an area on the map, or none. */
export function showArea({ library }: SiteMap, corners: readonly Corner[] | undefined, isOpen = false): void {
  const features: Feature[] = [];
  if (corners && corners.length > 0) {
    const ring = [...corners, corners[0]!];
    if (corners.length > 2) features.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: {} });
    else features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: ring }, properties: {} });
    if (isOpen) features.push({ type: 'Feature', geometry: { type: 'MultiPoint', coordinates: [...corners] }, properties: {} });
  }
  (library.getSource('area') as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features });
}

/** An area that is being drawn. */
export interface Drawing {
  /** Ends the area; says so where it has too few corners. */
  end(): void;
  /** Gives up. */
  cancel(): void;
}

/** Begins to draw; `onWrong` hears that the corners make no area, and `done` gets them, or undefined where the reader gives up. */
export function drawArea(map: SiteMap, onWrong: () => void, done: (corners: Corner[] | undefined) => void): Drawing {
  const { library } = map;
  const corners: Corner[] = [];
  map.setSilent(true);
  const canvas = library.getCanvas();
  canvas.style.cursor = 'crosshair';
  library.doubleClickZoom.disable();

  const add = (event: MapMouseEvent) => {
    const corner = rounded(event.lngLat.toArray() as Corner);
    const last = corners.at(-1);
    // The second click of a double click sets no corner of its own.
    if (last && library.project(last).dist(event.point) < 4) return;
    corners.push(corner);
    showArea(map, corners, true);
  };
  const follow = (event: MapMouseEvent) => {
    if (corners.length > 0) showArea(map, [...corners, event.lngLat.toArray() as Corner], true);
  };
  const finish = (event: MapMouseEvent) => {
    event.preventDefault();
    end();
  };
  const onKey = (event: KeyboardEvent) => {
    if (!['Escape', 'Enter', 'Backspace'].includes(event.key) || (event.key === 'Enter' && document.activeElement?.closest('.drawing'))) return;
    event.preventDefault();
    // The key belongs to the drawing and to nothing beneath it.
    event.stopPropagation();
    if (event.key === 'Escape') stop(undefined);
    else if (event.key === 'Enter') end();
    else {
      corners.pop();
      showArea(map, corners, true);
    }
  };
  library.on('click', add);
  library.on('mousemove', follow);
  library.on('dblclick', finish);
  document.addEventListener('keydown', onKey, true);

  function end(): void {
    if (isArea(corners)) stop(corners);
    else onWrong();
  }

  function stop(result: Corner[] | undefined): void {
    library.off('click', add);
    library.off('mousemove', follow);
    library.off('dblclick', finish);
    document.removeEventListener('keydown', onKey, true);
    library.doubleClickZoom.enable();
    map.setSilent(false);
    done(result);
  }
  return { end, cancel: () => stop(undefined) };
}
