/** The tools over the page's own map: measuring, the reader's position, north, and the grid of VN-2000. */

import './carto.css';
import type { GeoJSONSource } from 'maplibre-gl';
import { createRef, render, type RefObject, type VNode } from 'preact';
import type { ConfiguredBasemap } from '../api.ts';
import { formatNumber } from '../i18n.ts';
import { EMPTY } from '../map/layers.ts';
import type { SiteMap } from '../map/map.ts';
import { HANOI_ZONE } from '../survey/coordinates.ts';
import { zoneOf, type Zone } from '../survey/vn2000.ts';
import { h } from '../ui/h.ts';
import { layBasemap } from './basemap.ts';
import { gridOf } from './grid.ts';
import { startMeasure } from './measure.ts';
import { followPosition } from './position.ts';
import { c } from './words.ts';

/** Puts the tools on the map; `stage` is what the page lays over it, and the basemap what the operator has configured. */
export function addTools(map: SiteMap, stage: HTMLElement, configured: ConfiguredBasemap): void {
  const { library } = map;
  const zone = zoneOf(`/EPSG/0/${HANOI_ZONE}`)!;
  const [bar, note] = [host('maplibregl-ctrl maplibregl-ctrl-group map-tools', 'group'), host('map-note', 'status')];
  bar.setAttribute('aria-label', c('tools'));
  stage.append(note);
  library.addControl({ onAdd: () => bar, onRemove: () => bar.remove() }, 'top-left');

  const tell = (text: string | undefined) => render(text ? [h('span', {}, text), h('button', { type: 'button', class: 'map-note-close', 'aria-label': c('closeNote'), onclick: () => tell(undefined) }, '✕')] : null, note);

  // What ends measuring and following, while they last.
  let endMeasure: (() => void) | undefined;
  let stopPosition: (() => void) | undefined;
  const measureButton = createRef<HTMLButtonElement>();

  function measure(): void {
    if (endMeasure) return endMeasure();
    endMeasure = startMeasure(map, zone, () => {
      endMeasure = undefined;
      draw();
      measureButton.current?.focus();
    });
    draw();
  }

  function follow(): void {
    if (stopPosition) return stopPosition();
    stopPosition = followPosition(map, zone, tell, () => {
      stopPosition = undefined;
      draw();
    });
    draw();
  }

  function toNorth(): void {
    library.easeTo({ bearing: 0 });
    library.getCanvas().focus();
  }

  function draw(): void {
    const bearing = library.getBearing();
    render(
      [
        h(Tool, { kind: 'measure', label: c('measure'), act: measure, isOn: endMeasure !== undefined, button: measureButton }),
        h(Tool, { kind: 'position', label: c(stopPosition ? 'positionOff' : 'position'), act: follow, isOn: stopPosition !== undefined }),
        // North is a word of its own only where it is not above.
        h(Tool, { kind: 'north', label: c('north', { degrees: formatNumber(Math.round(Math.abs(bearing))) }), act: toNorth, isHidden: Math.abs(bearing) < 0.5, turned: -bearing }),
      ],
      bar,
    );
  }
  library.on('rotate', draw);
  draw();

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

interface ToolGiven {
  kind: string;
  label: string;
  act: () => void;
  /** Whether it is at work; undefined where it is done at once. */
  isOn?: boolean;
  isHidden?: boolean;
  /** By how many degrees its picture is turned. */
  turned?: number;
  button?: RefObject<HTMLButtonElement | null>;
}

function Tool({ kind, label, act, isOn, isHidden = false, turned, button }: ToolGiven): VNode {
  return h(
    'button',
    { type: 'button', class: `map-tool tool-${kind}`, title: label, 'aria-label': label, 'aria-pressed': isOn, hidden: isHidden, style: turned === undefined ? undefined : { '--turned': `${turned}deg` }, ref: button, onclick: act },
    h('span', { class: 'tool-icon', 'aria-hidden': 'true' }),
  );
}

/** An element for the map's own corners and for the stage, which is drawn into. */
function host(classes: string, role: string): HTMLElement {
  const element = document.createElement('div');
  element.className = classes;
  element.setAttribute('role', role);
  return element;
}
