/** A slider between the plan and what is built: a second map in step with the first, of which only the right part is seen. */

import type { FeatureCollection } from 'geojson';
import { Map as MapLibre, type GeoJSONSource } from 'maplibre-gl';
import type { VNode } from 'preact';
import { repaint } from '../map/layers.ts';
import { h } from '../ui/h.ts';
import { builtStyle, type PlanSource } from './layers.ts';
import { markImage, markName } from './marks.ts';
import { FINDING_CLASSES } from './review.ts';
import { p } from './words.ts';

/** The map of what is built. */
export interface BuiltMap {
  /** Shows it from a percentage of the width on. */
  cut(percent: number): void;
  /** Gives one of its sources the features. */
  setData(id: PlanSource, features: FeatureCollection): void;
  /** Takes on the colours of the page's scheme. */
  repaint(): void;
  /** Paints its part of the map over a picture of the first. */
  paint(context: CanvasRenderingContext2D, ratio: number): void;
  destroy(): void;
}

/** Lays the map of what is built over the plan's, from a percentage of `area` on, the part of the map that nothing covers. */
export function createBuiltMap(map: MapLibre, area: HTMLElement, first: number, features: Partial<Record<PlanSource, FeatureCollection>>): BuiltMap {
  let percent = first;
  // Where the second map begins, in pixels from the left of the first.
  let edge = 0;
  const container = map.getContainer();
  const cover = document.createElement('div');
  cover.className = 'plan-built-map';
  cover.setAttribute('aria-hidden', 'true');
  // Before the controls, so that these stay on top.
  map.getCanvasContainer().after(cover);
  const built = new MapLibre({
    container: cover,
    style: builtStyle(),
    center: map.getCenter(),
    zoom: map.getZoom(),
    interactive: false,
    attributionControl: false,
  });
  // The page's own map speaks for both.
  built.getCanvas().setAttribute('tabindex', '-1');
  const held = { ...features };
  const ratio = Math.max(2, Math.ceil(window.devicePixelRatio));
  let isLoaded = false;
  built.once('load', () => {
    for (const kind of FINDING_CLASSES) built.addImage(markName(kind), markImage(kind, ratio), { pixelRatio: ratio });
    isLoaded = true;
    for (const [id, data] of Object.entries(held)) fill(id as PlanSource, data);
    built.once('idle', () => (cover.dataset.ready = 'true'));
  });

  function fill(id: PlanSource, data: FeatureCollection): void {
    held[id] = data;
    if (isLoaded) built.getSource<GeoJSONSource>(id)?.setData(data);
  }

  const follow = () => built.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
  map.on('move', follow);

  function cut(next: number): void {
    percent = next;
    const [box, origin] = [area.getBoundingClientRect(), container.getBoundingClientRect()];
    // On paper the map has no size, and its picture is painted as it was seen.
    if (box.width > 0) edge = box.left - origin.left + (box.width * percent) / 100;
    cover.style.clipPath = `inset(0 0 0 ${edge}px)`;
  }
  const resized = new ResizeObserver(() => cut(percent));
  resized.observe(area);
  cut(first);

  return {
    cut,
    setData: fill,
    repaint: () => {
      for (const kind of FINDING_CLASSES) if (built.hasImage(markName(kind))) built.updateImage(markName(kind), markImage(kind, ratio));
      repaint(built, builtStyle().layers);
    },
    paint: (context, pixels) => {
      built.redraw();
      const canvas = built.getCanvas();
      const from = edge * pixels;
      if (from < canvas.width) context.drawImage(canvas, from, 0, canvas.width - from, canvas.height, from, 0, canvas.width - from, canvas.height);
    },
    destroy: () => {
      resized.disconnect();
      map.off('move', follow);
      built.remove();
      cover.remove();
    },
  };
}

/** The slider at a percentage of `area`; `onMove` hears of every step, `onPut` where it was left. */
export function swipeBar(percent: number, area: HTMLElement, onMove: (percent: number) => void, onPut: () => void): VNode {
  const move = (next: number) => onMove(Math.min(100, Math.max(0, Math.round(next))));
  const handleOf = (event: Event) => event.currentTarget as HTMLElement;
  const onpointerdown = (event: PointerEvent) => {
    event.preventDefault();
    handleOf(event).setPointerCapture(event.pointerId);
    handleOf(event).focus();
  };
  const onpointermove = (event: PointerEvent) => {
    if (!handleOf(event).hasPointerCapture(event.pointerId)) return;
    const { left, width } = area.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  };
  const onkeydown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: percent - 2, ArrowDown: percent - 2, ArrowRight: percent + 2, ArrowUp: percent + 2, PageDown: percent - 10, PageUp: percent + 10, Home: 0, End: 100 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    move(next);
    onPut();
  };
  const handle = {
    class: 'plan-swipe-handle',
    role: 'slider',
    tabindex: 0,
    'aria-label': p('swipeSlider'),
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    'aria-valuenow': percent,
    'aria-valuetext': p('swipeValue', { plan: percent, built: 100 - percent }),
    onpointerdown,
    onpointermove,
    // Browsers refuse to change the address for every step of a drag.
    onlostpointercapture: onPut,
    onkeydown,
  };
  return h(
    'div',
    { class: 'plan-swipe', style: { left: `${percent}%` } },
    h('span', { class: 'side plan-side', 'aria-hidden': 'true' }, p('planSide')),
    h('span', { class: 'side built-side', 'aria-hidden': 'true' }, p('builtSide')),
    h('div', handle, h('span', { class: 'grip', 'aria-hidden': 'true' }, '⇔')),
  );
}
