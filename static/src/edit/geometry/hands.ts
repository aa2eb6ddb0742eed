/** Mouse, finger and keys on the map while a shape is edited: they say what is meant, and change nothing themselves. */

import type { Map as MapLibre, MapMouseEvent, MapTouchEvent, Point } from 'maplibre-gl';
import { verticesOf, type Path, type Shape } from '../shape.ts';
import { middlesOf, type IsRoomy } from './strokes.ts';

/** How near something must be to be caught, in pixels. */
export const REACH = { mouse: 12, finger: 24, keys: 40 };

/** Sides shorter than this have no middle to be caught. */
const ROOM = 36;

export function roomyOn(map: MapLibre): IsRoomy {
  return (a, b) => map.project(a as [number, number]).dist(map.project(b as [number, number])) >= ROOM;
}

/** Where the arrow keys lead. */
const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What the hands do to the shape. */
export interface Actions {
  shape(): Shape;
  chosen(): Path | undefined;
  isDrawing(): boolean;
  choose(path: Path | undefined): void;
  /** A drag begins: at a vertex, or at a middle, where a vertex is made first. What is dragged is chosen. */
  grab(path: Path, isMiddle: boolean): void;
  drag(to: Point, reach: number): void;
  drop(): void;
  /** A place was clicked on or, by Enter, lies under the cross. */
  place(at: Point, reach: number): void;
  hover(at: Point | undefined): void;
  /** The chosen vertex goes so many pixels. */
  nudge(x: number, y: number): void;
  snapChosen(): void;
  insertAfter(): void;
  removeChosen(): void;
  removeLast(): void;
  step(by: 1 | -1): void;
  finish(): void;
  /** Whether the middle of the free map is to be marked, because places are set there. */
  aim(isAiming: boolean): void;
}

/** Listens until it is stopped. `area` is the part of the map that nothing covers; its middle is aimed with where there is no mouse. */
export function listen(map: MapLibre, area: HTMLElement, actions: Actions): { centre(): Point; stop(): void } {
  const canvas = map.getCanvas();
  const holder = map.getCanvasContainer();
  let isDragging = false;
  let hasMouse = false;

  function centre(): Point {
    const [box, origin] = [area.getBoundingClientRect(), canvas.getBoundingClientRect()];
    return map.project(map.unproject([box.left + box.width / 2 - origin.left, box.top + box.height / 2 - origin.top]));
  }

  function hit(at: Point, reach: number): { path: Path; isMiddle: boolean } | undefined {
    const nearest = <T>(all: T[], place: (one: T) => readonly [number, number]) => {
      let best: T | undefined;
      let least = reach;
      for (const one of all) {
        const distance = map.project(place(one) as [number, number]).dist(at);
        if (distance <= least) [best, least] = [one, distance];
      }
      return best;
    };
    const vertex = nearest(verticesOf(actions.shape()), ({ vertex }) => vertex.at);
    if (vertex) return { path: vertex.path, isMiddle: false };
    const middle = nearest(middlesOf(actions.shape(), false, roomyOn(map)), (one) => one.at);
    return middle && { path: middle.path, isMiddle: true };
  }

  const isTouch = (event: MapMouseEvent | MapTouchEvent): event is MapTouchEvent => 'points' in event;
  const reachOf = (event: MapMouseEvent | MapTouchEvent) => (isTouch(event) ? REACH.finger : REACH.mouse);

  const onDown = (event: MapMouseEvent | MapTouchEvent) => {
    if (actions.isDrawing() || (isTouch(event) && event.points.length !== 1)) return;
    const caught = hit(event.point, reachOf(event));
    if (!caught) return;
    // The map stays where it is.
    event.preventDefault();
    isDragging = true;
    actions.grab(caught.path, caught.isMiddle);
  };
  const onMove = (event: MapMouseEvent | MapTouchEvent) => {
    if (isDragging) actions.drag(event.point, reachOf(event));
    else if (!isTouch(event)) {
      actions.hover(event.point);
      canvas.style.cursor = actions.isDrawing() ? 'crosshair' : hit(event.point, REACH.mouse) ? 'grab' : '';
    }
  };
  const onUp = () => {
    if (!isDragging) return;
    isDragging = false;
    actions.drop();
  };
  const onClick = (event: MapMouseEvent) => {
    const reach = hasMouse ? REACH.mouse : REACH.finger;
    if (actions.isDrawing() || !hit(event.point, reach)) actions.place(event.point, reach);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const chosen = actions.chosen();
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      const pixels = event.shiftKey ? 1 : 10;
      if (chosen && !actions.isDrawing()) actions.nudge(step[0] * pixels, step[1] * pixels);
      else map.panBy([step[0] * pixels * 2, step[1] * pixels * 2], { animate: false });
      return;
    }
    const forDrawing: Record<string, () => void> = { Enter: () => actions.place(centre(), REACH.finger), Backspace: actions.removeLast, Delete: actions.removeLast, Escape: actions.finish };
    const forVertex: Record<string, () => void> = { Enter: actions.insertAfter, Delete: actions.removeChosen, Backspace: actions.removeChosen, Escape: () => actions.choose(undefined), s: actions.snapChosen, S: actions.snapChosen };
    const always: Record<string, () => void> = { PageDown: () => actions.step(1), PageUp: () => actions.step(-1) };
    const act = (actions.isDrawing() ? forDrawing : chosen ? { ...forVertex, ...always } : always)[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const onPointer = (event: PointerEvent) => {
    hasMouse = event.pointerType === 'mouse';
    actions.aim(!hasMouse && actions.isDrawing());
  };
  const onFocus = () => actions.aim(!hasMouse && actions.isDrawing());
  const onLeave = () => actions.hover(undefined);

  const heard = [
    map.on('mousedown', onDown),
    map.on('touchstart', onDown),
    map.on('mousemove', onMove),
    map.on('touchmove', onMove),
    map.on('mouseup', onUp),
    map.on('touchend', onUp),
    map.on('touchcancel', onUp),
    map.on('click', onClick),
    map.on('mouseout', onLeave),
  ];
  const stopping = new AbortController();
  const { signal } = stopping;
  canvas.addEventListener('keydown', onKey, { signal });
  canvas.addEventListener('focus', onFocus, { signal });
  holder.addEventListener('pointermove', onPointer, { signal });
  holder.addEventListener('pointerdown', onPointer, { signal });
  map.doubleClickZoom.disable();

  return {
    centre,
    stop: () => {
      for (const one of heard) one.unsubscribe();
      stopping.abort();
      map.doubleClickZoom.enable();
      canvas.style.cursor = '';
    },
  };
}
