/** The tools over the page's own map: measuring, the reader's position, north, and the grid of VN-2000. */

import './carto.css';
import type { GeoJSONSource, IControl } from 'maplibre-gl';
import type { ConfiguredBasemap } from '../api.ts';
import { HANOI_ZONE } from '../desk/coordinates.ts';
import { h } from '../dom.ts';
import { formatNumber } from '../i18n.ts';
import { EMPTY } from '../layers.ts';
import type { SiteMap } from '../map.ts';
import { zoneOf, type Zone } from '../plan/vn2000.ts';
import { layBasemap } from './basemap.ts';
import { gridOf } from './grid.ts';
import { startMeasure } from './measure.ts';
import { followPosition } from './position.ts';
import { c } from './words.ts';

/** Puts the tools on the map; `stage` is what the page lays over it, and the basemap what the operator has configured. */
export function addTools(map: SiteMap, stage: HTMLElement, configured: ConfiguredBasemap): void {
  const { library } = map;
  const zone = zoneOf(`/EPSG/0/${HANOI_ZONE}`)!;
  const note = h('div', { class: 'map-note', role: 'status' });
  const says = h('span', {});
  const tell = (text: string | undefined) => {
    says.textContent = text ?? '';
    note.replaceChildren(...(text ? [says, h('button', { type: 'button', class: 'map-note-close', 'aria-label': c('closeNote'), onclick: () => tell(undefined) }, '✕')] : []));
  };
  stage.append(note);

  let endMeasure: (() => void) | undefined;
  const measure = tool('measure', c('measure'), () => {
    if (endMeasure) return endMeasure();
    measure.setAttribute('aria-pressed', 'true');
    endMeasure = startMeasure(map, zone, () => {
      endMeasure = undefined;
      measure.setAttribute('aria-pressed', 'false');
      measure.focus();
    });
  });
  measure.setAttribute('aria-pressed', 'false');

  let stopPosition: (() => void) | undefined;
  const position = tool('position', c('position'), () => {
    if (stopPosition) return stopPosition();
    name(position, c('positionOff'));
    position.setAttribute('aria-pressed', 'true');
    stopPosition = followPosition(map, zone, tell, () => {
      stopPosition = undefined;
      name(position, c('position'));
      position.setAttribute('aria-pressed', 'false');
    });
  });
  position.setAttribute('aria-pressed', 'false');

  // North is a word of its own only where it is not above.
  const north = tool('north', c('toNorth'), () => {
    library.easeTo({ bearing: 0 });
    library.getCanvas().focus();
  });
  const turn = () => {
    const bearing = library.getBearing();
    north.hidden = Math.abs(bearing) < 0.5;
    name(north, c('north', { degrees: formatNumber(Math.round(Math.abs(bearing))) }));
    north.style.setProperty('--turned', `${-bearing}deg`);
  };
  library.on('rotate', turn);
  turn();

  library.addControl(control(h('div', { class: 'maplibregl-ctrl maplibregl-ctrl-group map-tools', role: 'group', 'aria-label': c('tools') }, measure, position, north)), 'top-left');

  const drawGrid = keepGrid(map, zone);
  const basemap = layBasemap(map, configured, tell);
  map.follow(({ layers, isAside }) => {
    if (isAside) {
      endMeasure?.();
      tell(undefined);
    }
    drawGrid(layers.has('grid'));
    basemap(layers.has('basemap'));
  });
}

/** Draws the grid of what is in sight while it is wanted; the answer says whether it is. */
function keepGrid(map: SiteMap, zone: Zone): (isWanted: boolean) => void {
  let isOn = false;
  const number = (kilometres: number) => formatNumber(Number(kilometres.toFixed(1)));
  const draw = () => {
    const grid = isOn ? gridOf(map.seen(), zone, { east: (kilometres) => c('gridEast', { value: number(kilometres) }), north: (kilometres) => c('gridNorth', { value: number(kilometres) }) }) : EMPTY;
    map.library.getSource<GeoJSONSource>('grid')?.setData(grid);
  };
  map.library.on('moveend', () => isOn && draw());
  map.library.on('resize', () => isOn && draw());
  return (isWanted) => {
    if (isWanted === isOn) return;
    isOn = isWanted;
    draw();
  };
}

function tool(kind: string, label: string, onclick: () => void): HTMLButtonElement {
  const button = h('button', { type: 'button', class: `map-tool tool-${kind}`, onclick }, h('span', { class: 'tool-icon', 'aria-hidden': 'true' }));
  name(button, label);
  return button;
}

function name(button: HTMLElement, label: string): void {
  button.title = label;
  button.setAttribute('aria-label', label);
}

function control(element: HTMLElement): IControl {
  return { onAdd: () => element, onRemove: () => element.remove() };
}
