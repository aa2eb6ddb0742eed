/** Draws an area on the map: clicks set corners, a double click or Enter ends, Escape cancels. */

import type { Feature } from 'geojson';
import type { GeoJSONSource, MapMouseEvent } from 'maplibre-gl';
import { h } from '../dom.ts';
import type { SiteMap } from '../map.ts';
import { isArea, rounded } from './area.ts';
import type { Corner } from './state.ts';
import { s } from './words.ts';

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

/** Begins to draw; `done` gets the corners, or undefined where the reader gives up. The answer gives up too. */
export function drawArea(map: SiteMap, bar: HTMLElement, done: (corners: Corner[] | undefined) => void): () => void {
  const { library } = map;
  const corners: Corner[] = [];
  const said = h('span', { role: 'status' }, s('areaHint'));
  bar.replaceChildren(said, h('button', { type: 'button', onclick: () => end() }, s('areaDone')), h('button', { type: 'button', onclick: () => stop(undefined) }, s('areaCancel')));
  bar.hidden = false;
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
    if (!['Escape', 'Enter', 'Backspace'].includes(event.key) || (event.key === 'Enter' && bar.contains(document.activeElement))) return;
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
    else said.textContent = s('areaWrong');
  }

  function stop(result: Corner[] | undefined): void {
    library.off('click', add);
    library.off('mousemove', follow);
    library.off('dblclick', finish);
    document.removeEventListener('keydown', onKey, true);
    library.doubleClickZoom.enable();
    map.setSilent(false);
    bar.hidden = true;
    bar.replaceChildren();
    done(result);
  }
  return () => stop(undefined);
}
