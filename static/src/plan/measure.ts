/** Measuring on the plan: lengths and areas on the plane of the survey, from vertices as surveyed and from free points. */

import './measure.css';
import type { FeatureCollection } from 'geojson';
import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { createRef, type VNode } from 'preact';
import { distance } from '../survey/plane.ts';
import type { Spot, Tracker } from '../survey/tracker.ts';
import type { Zone } from '../survey/vn2000.ts';
import type { Child } from '../ui/h.ts';
import { measureButtons, measureCard, measureFeatures, type MeasureActions, type Placed, type Tool } from './measured.ts';

export interface Measure {
  start(tool: Tool): void;
  /** The buttons that start it, as they stand. */
  buttons(): VNode[];
  /** What was measured, beneath what stands above it. */
  card(above?: Child): VNode;
  /** Draws the way to where the reader points. */
  follow(spot: Spot): void;
  isOn(): boolean;
  stop(): void;
}

/** Where the arrow keys lead. */
const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** How the tool is used. */
export interface MeasureUse {
  /** Puts what is measured on the map. */
  draw(features: FeatureCollection): void;
  /** The buttons and the card are to be drawn again. */
  onChange(): void;
  /** Makes room for it. */
  onStart?(): void;
  onEnd?(): void;
  /** Nothing here was surveyed: decimals that say nothing are left out. */
  isRough?: boolean;
}

/** The tool, resting. */
export function createMeasure(map: MapLibre, tracker: Tracker, zone: Zone | undefined, { draw, onChange, onStart, onEnd, isRough = false }: MeasureUse): Measure {
  let tool: Tool | undefined;
  let points: readonly Placed[] = [];
  let last: Spot | undefined;
  const canvas = map.getCanvas();
  const card = createRef<HTMLElement>();
  const buttons = { length: createRef<HTMLButtonElement>(), area: createRef<HTMLButtonElement>() };
  const measured = () => ({ tool, points, zone, isRough });

  function start(next: Tool): void {
    tool = next;
    onStart?.();
    map.doubleClickZoom.disable();
    canvas.classList.add('plan-measuring');
    set([]);
  }

  function end(): void {
    if (!tool) return;
    // Where the card has the focus it would be lost with the card.
    if (card.current?.contains(document.activeElement)) buttons[tool].current?.focus();
    tool = undefined;
    map.doubleClickZoom.enable();
    canvas.classList.remove('plan-measuring');
    set([]);
    onEnd?.();
  }

  function add(spot: Spot): void {
    const before = points.at(-1);
    if (!tool || !spot.point || (before && distance(before.point, spot.point) === 0)) return;
    set([...points, spot as Placed]);
  }

  function set(next: readonly Placed[]): void {
    points = next;
    redraw();
    onChange();
  }

  const redraw = () => draw(measureFeatures(measured(), last));
  const addCentre = () => add(tracker.centre());
  const undo = () => set(points.slice(0, -1));
  const actions: MeasureActions = { start, addCentre, undo, clear: () => set([]), end };

  const onClick = (event: MapMouseEvent) => {
    if (tool) add(tracker.at(event.point));
  };
  const onKey = (event: KeyboardEvent) => {
    if (!tool) return;
    const step = STEPS[event.key];
    if (step) {
      // The map's own steps are too long to bring the cross onto a point.
      const pixels = event.shiftKey ? 2 : 20;
      event.preventDefault();
      event.stopPropagation();
      map.panBy([step[0] * pixels, step[1] * pixels], { animate: false });
      return;
    }
    const act = { Enter: addCentre, Backspace: undo, Delete: undo, Escape: end }[event.key];
    if (!act) return;
    event.preventDefault();
    // Escape ends the measuring and leaves the plan open.
    event.stopPropagation();
    act();
  };
  map.on('click', onClick);
  canvas.addEventListener('keydown', onKey);

  return {
    start,
    buttons: () => measureButtons(measured(), actions, buttons),
    card: (above) => measureCard(measured(), actions, card, above),
    follow: (spot) => {
      last = spot;
      redraw();
    },
    isOn: () => tool !== undefined,
    stop: () => {
      end();
      map.off('click', onClick);
      canvas.removeEventListener('keydown', onKey);
    },
  };
}
