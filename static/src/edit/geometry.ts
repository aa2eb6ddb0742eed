/** The screen on which a place is drawn and its vertices are moved, by pointer, by keys or by numbers. */

import type { LngLat, Point } from 'maplibre-gl';
import type { Collection } from '../api.ts';
import { h } from '../dom.ts';
import { formatMeasure } from '../i18n.ts';
import { grouped, meridianText, metres } from '../plan/numbers.ts';
import { areaOf, lengthOf } from '../plan/plane.ts';
import { zoneOf, type Zone } from '../plan/vn2000.ts';
import { collectionTitle } from '../values.ts';
import type { Desk } from './desk.ts';
import { readingOf, type FormField } from './form.ts';
import { listen, REACH, roomyOn, type Actions } from './hands.ts';
import { planeOf, pointed, snapped, typedInDegrees, typedOnPlane, type PlaceSystem } from './place.ts';
import { faultsOf } from './rings.ts';
import { appended, drawnOf, inserted, leastOf, moved, removed, samePath, sameShape, vertexAt, verticesOf, withHole, withoutRing, withPart, type Path, type Shape, type ShapeKind, type Vertex } from './shape.ts';
import type { Snap, Targets } from './snap.ts';
import { strokesOf } from './strokes.ts';
import { keepTargets } from './targets.ts';
import { w } from './words.ts';

/** What is to be drawn. */
export interface GeometryTask {
  title: string;
  collection: Collection;
  /** The system that is stored, as a URI; undefined is longitude and latitude. */
  crs: string | undefined;
  /** The zone in which numbers are shown. */
  zone: Zone | undefined;
  shape: Shape | undefined;
  /** Empty shapes of the types that are allowed, the usual one first. */
  types: Shape[];
  /** The id of the record itself, which it does not snap to. */
  itself: string | undefined;
  done(shape: Shape | undefined): void;
  cancel(): void;
}

/** A number that is typed, whatever stands for it in the form of a record. */
const NUMBER: FormField = { name: '', title: '', type: 'number', unit: null, codes: [], required: true, readOnly: false, references: null };

export function geometryScreen(desk: Desk, task: GeometryTask): void {
  const { collection, crs, zone, types } = task;
  const system: PlaceSystem = { stored: zoneOf(crs), shown: zone };
  const first = task.shape ?? types[0]!;
  let shape = first;
  let isDrawing = task.shape === undefined;
  let chosen: Path | undefined;
  let next: readonly [number, number] | undefined;
  let snap: Snap | undefined;
  let targets: Targets | undefined;
  let past: Shape[] = [];
  let future: Shape[] = [];
  let grabbed: Shape | undefined;

  const site = desk.page.map();
  const map = site?.library;
  const sketch = desk.sketch();

  // What is told of the shape and the chosen vertex.
  const status = h('p', { class: 'shape-status', role: 'status' });
  const faultList = h('ul', { class: 'shape-faults' });
  const said = h('p', { class: 'visually-hidden', role: 'status' });
  const vertexBox = h('section', { class: 'vertex-box', 'aria-labelledby': 'vertex-title' });
  const snapBox = h('input', { type: 'checkbox', checked: true, onchange: () => render() });
  const hint = h('p', { class: 'quiet' });
  const button = (label: string, act: () => void, name = '') => h('button', { type: 'button', class: name || null, onclick: act }, label);
  const undo = button(w('undoStep'), () => back(past, future), 'step-back');
  const redo = button(w('redoStep'), () => back(future, past), 'step-on');
  const draw = button('', () => (isDrawing ? finish() : begin(withPart(shape))), 'draw');
  const hole = button(w('addHole'), () => begin(withHole(shape)));
  const centreButton = button(w('addCentre'), () => hands && place(hands.centre(), REACH.finger), 'add-centre');
  const done = button(w('placeDone'), () => task.done(shape.parts.length > 0 ? shape : undefined), 'primary done');
  const kinds =
    types.length > 1 &&
    h(
      'label',
      { class: 'filter' },
      h('span', {}, w('shapeKind')),
      h('select', { onchange: (event) => setKind((event.currentTarget as HTMLSelectElement).value as ShapeKind) }, ...types.map(({ kind }) => h('option', { value: kind, selected: kind === shape.kind }, w(`shape_${kind}`)))),
    );
  const systemSelect = h(
    'select',
    { id: 'vertex-system', onchange: () => showVertex() },
    zone && h('option', { value: 'plane' }, w('systemPlane', { meridian: meridianText(zone.meridian) })),
    h('option', { value: 'degrees' }, w('systemDegrees')),
  );

  const area = h('div', { class: 'map-area edit-area' }, h('div', { class: 'edit-cross', 'aria-hidden': 'true' }));
  const stage = h('div', { class: 'map-stage edit-stage' }, area);
  desk.page.panel.classList.add('drawing');
  desk.show({
    title: w('placeTitle'),
    kind: `${collectionTitle(collection)} · ${task.title}`,
    isDirty: () => !sameShape(shape, first),
    onClose: stop,
    body: [
      map ? hint : h('p', { class: 'edit-note' }, w('noMapNumbers')),
      kinds,
      h('div', { class: 'edit-buttons', role: 'group', 'aria-label': w('drawTools') }, draw, hole, map && centreButton, undo, redo, map && h('label', {}, snapBox, w('snap'))),
      status,
      faultList,
      vertexBox,
      h('div', { class: 'edit-buttons sticky' }, done, button(w('cancel'), () => leave())),
      said,
    ],
  });

  site?.setSilent(true);
  if (map) map.getContainer().append(stage);
  // Which sides have room for a middle changes with the zoom.
  map?.on('zoomend', drawMap);
  sketch?.setDiff({ type: 'FeatureCollection', features: [] });
  if (task.shape) sketch?.frame(drawnOf(task.shape));
  const stopTargets = map && keepTargets({ map, collection: collection.id, itself: task.itself, layers: desk.page.layers(), known: new Set(desk.collections.keys()), crs, onTargets: (found) => (targets = found) });

  function stop(): void {
    map?.off('zoomend', drawMap);
    hands?.stop();
    stopTargets?.();
    site?.setSilent(false);
    sketch?.setShape([]);
    stage.remove();
    desk.page.panel.classList.remove('drawing');
  }

  function leave(): void {
    if (desk.mayLeave()) task.cancel();
  }

  /** The place of a pixel: where something is near, that. */
  function spot(at: Point, reach: number): Vertex {
    const { lng, lat } = map!.unproject(at);
    snap = snapBox.checked ? targets?.nearest([lng, lat], degreesOf(at, reach)) : undefined;
    return snap ? snapped(system, snap) : pointed(system, [lng, lat]);
  }

  const degreesOf = (at: Point, pixels: number) => Math.abs(map!.unproject([at.x, at.y + pixels]).lat - map!.unproject(at).lat);

  /** Takes a changed shape, so that the step can be taken back. */
  function take(changed: Shape): void {
    if (sameShape(changed, shape) && changed.parts.length === shape.parts.length) return;
    past.push(shape);
    future = [];
    shape = changed;
    render();
  }

  function back(from: Shape[], to: Shape[]): void {
    const other = from.pop();
    if (!other) return;
    to.push(shape);
    shape = other;
    if (chosen && !vertexAt(shape, chosen)) chosen = undefined;
    if (shape.parts.length === 0) isDrawing = true;
    render();
  }

  function setKind(kind: ShapeKind): void {
    const other = types.find((one) => one.kind === kind);
    if (!other || other.kind === shape.kind) return;
    isDrawing = true;
    chosen = undefined;
    take(other);
    render();
  }

  function begin(changed: Shape): void {
    chosen = undefined;
    isDrawing = true;
    shape = changed;
    render();
    map?.getCanvas().focus();
  }

  /** Ends drawing; a ring without any vertex is not kept. */
  function finish(): void {
    isDrawing = false;
    const part = shape.parts.length - 1;
    const ring = (shape.parts[part]?.length ?? 0) - 1;
    if (shape.parts[part]?.[ring]?.length === 0) shape = withoutRing(shape, { part, ring });
    render();
  }

  function place(at: Point, reach: number): void {
    if (!map) return;
    if (shape.kind === 'Point' && !shape.multi && !isDrawing) return take(moved(shape, { part: 0, ring: 0, vertex: 0 }, spot(at, reach)));
    if (!isDrawing) {
      chosen = undefined;
      return render();
    }
    const ring = shape.parts.at(-1)?.at(-1) ?? [];
    const closes = shape.kind === 'Polygon' && ring.length >= leastOf('Polygon') && map.project(ring[0]!.at as [number, number]).dist(at) <= reach;
    if (closes) return finish();
    const vertex = spot(at, reach);
    const last = ring.at(-1);
    if (last && last.at[0] === vertex.at[0] && last.at[1] === vertex.at[1]) return;
    take(appended(shape, vertex));
    if (shape.kind === 'Point') finish();
    tell(vertex);
  }

  function tell(vertex: Vertex | undefined): void {
    if (vertex) said.textContent = [snap && w(snap.kind === 'vertex' ? 'snappedVertex' : 'snappedEdge'), numbersText(vertex)].filter(Boolean).join('. ');
  }

  function numbersText(vertex: Vertex): string {
    const plane = planeOf(system, vertex);
    return plane ? `${w('northing')} ${metres(plane.north)}, ${w('easting')} ${metres(plane.east)}` : `${w('latitude')} ${vertex.at[1]}, ${w('longitude')} ${vertex.at[0]}`;
  }

  function choose(path: Path | undefined): void {
    chosen = path;
    snap = undefined;
    render();
  }

  function setChosen(vertex: Vertex): void {
    if (!chosen) return;
    take(moved(shape, chosen, vertex));
    tell(vertex);
  }

  const actions: Actions = {
    shape: () => shape,
    chosen: () => chosen,
    isDrawing: () => isDrawing,
    choose,
    grab: (path, isMiddle) => {
      grabbed = shape;
      if (!isMiddle) return path;
      const [a, ring] = [vertexAt(shape, path)!, shape.parts[path.part]![path.ring]!];
      const b = ring[(path.vertex + 1) % ring.length]!;
      shape = inserted(shape, path, pointed(system, [(a.at[0] + b.at[0]) / 2, (a.at[1] + b.at[1]) / 2]));
      return { ...path, vertex: path.vertex + 1 };
    },
    drag: (to, reach) => {
      if (!chosen) return;
      shape = moved(shape, chosen, spot(to, reach));
      render();
    },
    drop: () => {
      if (grabbed && !sameShape(grabbed, shape)) {
        past.push(grabbed);
        future = [];
      }
      grabbed = undefined;
      tell(chosen && vertexAt(shape, chosen));
      snap = undefined;
      render();
    },
    place,
    hover: (at) => {
      if (!isDrawing) return;
      next = at && spot(at, REACH.mouse).at;
      drawMap();
    },
    nudge: (x, y) => {
      const vertex = chosen && vertexAt(shape, chosen);
      if (!vertex || !map) return;
      const { x: px, y: py } = map.project(vertex.at as [number, number]);
      const { lng, lat }: LngLat = map.unproject([px + x, py + y]);
      snap = undefined;
      setChosen(pointed(system, [lng, lat]));
    },
    snapChosen: () => {
      const vertex = chosen && vertexAt(shape, chosen);
      if (!vertex || !map) return;
      const found = targets?.nearest(vertex.at, degreesOf(map.project(vertex.at as [number, number]), REACH.keys));
      if (!found) {
        said.textContent = w('nothingNear');
        return;
      }
      snap = found;
      setChosen(snapped(system, found));
    },
    insertAfter: () => {
      if (!chosen || shape.kind === 'Point') return;
      const ring = shape.parts[chosen.part]![chosen.ring]!;
      const [a, b] = [ring[chosen.vertex]!, ring[(chosen.vertex + 1) % ring.length]!];
      const at: [number, number] = [(a.at[0] + b.at[0]) / 2, (a.at[1] + b.at[1]) / 2];
      const path = chosen;
      chosen = { ...path, vertex: path.vertex + 1 };
      take(inserted(shape, path, pointed(system, at)));
    },
    removeChosen: () => {
      if (!chosen) return;
      const path = chosen;
      const changed = removed(shape, path);
      const ring = changed.parts[path.part]?.[path.ring];
      chosen = ring && ring.length > 0 ? { ...path, vertex: Math.min(path.vertex, ring.length - 1) } : undefined;
      if (changed.parts.length === 0) isDrawing = true;
      take(changed);
    },
    removeLast: () => {
      const part = shape.parts.length - 1;
      const ring = (shape.parts[part]?.length ?? 0) - 1;
      const last = (shape.parts[part]?.[ring]?.length ?? 0) - 1;
      if (last < 0) return;
      const open = shape.parts.map((rings, p) => (p === part ? rings.map((one, r) => (r === ring ? one.slice(0, -1) : one)) : rings));
      take(last === 0 ? withoutRing(shape, { part, ring }) : { ...shape, parts: open });
    },
    step: (by) => {
      const all = verticesOf(shape);
      if (all.length === 0) return;
      const now = all.findIndex(({ path }) => samePath(path, chosen));
      choose(all[(now + by + all.length) % all.length]!.path);
      tell(chosen && vertexAt(shape, chosen));
    },
    finish,
  };
  const hands = map && listen(map, area, actions);

  function drawMap(): void {
    sketch?.setShape(strokesOf({ shape, chosen, isDrawing, next: isDrawing ? next : undefined, snap: snap?.at, faults: faultsOf(shape), isRoomy: map ? roomyOn(map) : () => false }));
  }

  function render(): void {
    drawMap();
    const faults = faultsOf(shape).filter(({ kind }) => !(isDrawing && (kind === 'few' || kind === 'empty')));
    status.textContent = statusText();
    faultList.replaceChildren(...faults.map(({ kind, path }) => h('li', {}, w(`shapeFault_${kind}`, { number: path.vertex + 1 }))));
    hint.textContent = isDrawing ? (shape.kind === 'Point' ? w('hintPoint') : w('hintDraw')) : w('hintEdit');
    const isUseful = shape.kind !== 'Point' || shape.multi;
    draw.textContent = isDrawing ? w('endDrawing') : w('addPart');
    draw.hidden = !(isDrawing ? shape.kind !== 'Point' && shape.parts.length > 0 : shape.multi && isUseful);
    hole.hidden = isDrawing || shape.kind !== 'Polygon' || shape.parts.length === 0;
    centreButton.hidden = !isDrawing && shape.kind !== 'Point';
    undo.disabled = past.length === 0;
    redo.disabled = future.length === 0;
    done.disabled = faultsOf(shape).some(({ kind }) => kind !== 'empty');
    showVertex();
  }

  function statusText(): string {
    const all = verticesOf(shape);
    if (all.length === 0) return w('noPlace');
    if (!zone) return w('vertexCount', { count: all.length });
    const plane = (ring: readonly Vertex[]) => ring.map((vertex) => planeOf(system, vertex)!).map(({ east, north }) => [east, north] as const);
    if (shape.kind === 'Point') return numbersText(all[0]!.vertex);
    const count = w('vertexCount', { count: all.length });
    if (shape.kind === 'LineString') return `${count} · ${w('length', { length: grouped(shape.parts.reduce((sum, [line]) => sum + lengthOf(plane(line ?? [])), 0), 2) })}`;
    const surface = shape.parts.reduce((sum, rings) => sum + rings.reduce((part, ring, r) => part + (r === 0 ? 1 : -1) * areaOf(plane(ring)), 0), 0);
    return `${count} · ${w('surface', { area: grouped(surface, 1) })}`;
  }

  /** The box of the chosen vertex: its numbers, which can be typed, and what can be done to it. */
  function showVertex(): void {
    // Whoever types a number must not lose the place.
    const focused = vertexBox.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.part : undefined;
    const vertex = chosen && vertexAt(shape, chosen);
    const all = verticesOf(shape);
    const steps = h('div', { class: 'edit-buttons' }, partButton('previous', w('previousVertex'), () => actions.step(-1)), partButton('next', w('nextVertex'), () => actions.step(1)));
    if (!chosen || !vertex) {
      const typed = (isDrawing || shape.kind === 'Point') && numberForm(undefined);
      vertexBox.replaceChildren(h('h3', { id: 'vertex-title' }, isDrawing || all.length === 0 ? w('typeVertex') : w('noVertexChosen')), ...(all.length > 0 && !isDrawing ? [steps] : []), ...(typed ? [typed] : []));
    } else {
      const number = all.findIndex(({ path }) => samePath(path, chosen)) + 1;
      vertexBox.replaceChildren(
        h('h3', { id: 'vertex-title' }, w('vertexNumber', { number, count: all.length })),
        steps,
        numberForm(vertex),
        h(
          'div',
          { class: 'edit-buttons' },
          shape.kind !== 'Point' && partButton('insert', w('insertVertex'), actions.insertAfter),
          map && partButton('snap', w('snapNow'), actions.snapChosen),
          map && hands && partButton('centre', w('toCentre'), () => setChosen(spot(hands.centre(), REACH.finger))),
          partButton('remove', w('removeVertex'), actions.removeChosen),
        ),
      );
    }
    if (focused) vertexBox.querySelector<HTMLElement>(`[data-part=${focused}]`)?.focus();
  }

  function partButton(part: string, label: string, act: () => void): HTMLElement {
    return h('button', { type: 'button', 'data-part': part, onclick: act }, label);
  }

  function numberForm(vertex: Vertex | undefined): HTMLElement {
    const isPlane = systemSelect.value === 'plane';
    const plane = vertex && planeOf(system, vertex);
    const texts = !vertex ? ['', ''] : isPlane && plane ? [metres(plane.north), metres(plane.east)] : [vertex.at[1], vertex.at[0]].map((value) => formatMeasure(String(value)));
    const fault = h('p', { class: 'fault', id: 'vertex-fault', role: 'alert' });
    const input = (part: string, label: string, value: string) => {
      const control = h('input', { id: `vertex-${part}`, 'data-part': part, type: 'text', inputmode: 'decimal', autocomplete: 'off', 'aria-describedby': 'vertex-fault', value });
      return { control, row: h('label', { for: control.id, class: 'filter' }, h('span', {}, label), control) };
    };
    const [up, across] = [input('up', isPlane ? w('northing') : w('latitude'), texts[0]!), input('across', isPlane ? w('easting') : w('longitude'), texts[1]!)];
    function set(event: Event): void {
      event.preventDefault();
      const [a, b] = [readingOf(NUMBER, up.control.value), readingOf(NUMBER, across.control.value)];
      const wrong = 'fault' in a ? a.fault : 'fault' in b ? b.fault : undefined;
      const made = 'value' in a && 'value' in b ? (isPlane ? typedOnPlane : typedInDegrees)(system, a.value as number, b.value as number) : undefined;
      if (!made) {
        fault.textContent = w(wrong ?? 'faultPlace');
        return;
      }
      snap = undefined;
      if (chosen) setChosen(made);
      else if (shape.kind === 'Point' && !isDrawing) take(moved(shape, { part: 0, ring: 0, vertex: 0 }, made));
      else {
        take(appended(shape, made));
        if (shape.kind === 'Point') finish();
      }
      site?.moveTo(made.at);
    }
    return h('form', { class: 'numbers-form', novalidate: true, onsubmit: set }, h('label', { for: 'vertex-system', class: 'filter' }, h('span', {}, w('system')), systemSelect), up.row, across.row, fault, h('button', { type: 'submit', 'data-part': 'set' }, vertex ? w('setVertex') : w('addVertex')));
  }

  render();
  if (map && isDrawing) map.getCanvas().focus();
}
