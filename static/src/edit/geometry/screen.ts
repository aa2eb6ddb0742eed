/** The screen on which a place is drawn and its vertices are moved, by pointer, by keys or by numbers. */

import type { Point } from 'maplibre-gl';
import { createRef, render } from 'preact';
import type { Collection } from '../../api.ts';
import { zoneOf, type Zone } from '../../survey/vn2000.ts';
import { collectionTitle } from '../../values.ts';
import type { Desk } from '../desk.ts';
import { pointed, snapped, type PlaceSystem } from '../place.ts';
import { faultsOf } from '../rings.ts';
import { drawnOf, leastOf, sameShape, type Path, type Shape, type Vertex } from '../shape.ts';
import { w } from '../words.ts';
import { listen, REACH, roomyOn, type Actions } from './hands.ts';
import { numbersText } from './readout.ts';
import type { Snap, Targets } from './snap.ts';
import { strokesOf } from './strokes.ts';
import { keepTargets } from './targets.ts';
import { aimView, placeView } from './view.ts';
import * as on from './work.ts';

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
  /** Whether something else that was entered would be lost if the desk were left. */
  isDirty(): boolean;
  done(shape: Shape | undefined): void;
  cancel(): void;
}

export function geometryScreen(desk: Desk, task: GeometryTask): void {
  const { collection, crs, zone, types } = task;
  const system: PlaceSystem = { stored: zoneOf(crs), shown: zone };
  let work = on.begun(task.shape, types[0]!);
  const first = work.shape;
  let next: readonly [number, number] | undefined;
  let snap: Snap | undefined;
  let targets: Targets | undefined;
  let grabbed: Shape | undefined;
  let isSnapping = true;
  let isOnPlane = zone !== undefined;
  let isAiming = false;
  let said = '';

  const site = desk.page.map();
  const map = site?.library;
  const sketch = desk.sketch();
  const area = createRef<HTMLElement>();
  const stage = document.createElement('div');
  stage.className = 'map-stage edit-stage';

  function draw(): void {
    drawMap();
    desk.draw();
  }

  function drawMap(): void {
    const { shape, chosen, isDrawing } = work;
    sketch?.setShape(strokesOf({ shape, chosen, isDrawing, next: isDrawing ? next : undefined, snap: snap?.at, faults: faultsOf(shape), isRoomy: map ? roomyOn(map) : () => false }));
  }

  const isMoved = () => !sameShape(work.shape, first);

  const drawAim = () => render(aimView({ area, isAiming }), stage);

  /** Goes on with other work on the shape, and tells of a place where one was set. */
  function go(to: on.Work, place?: Vertex): void {
    const isSame = to === work;
    work = to;
    if (place) said = [snap && w(snap.kind === 'vertex' ? 'snappedVertex' : 'snappedEdge'), numbersText(system, place)].filter(Boolean).join('. ');
    if (!isSame || place) draw();
  }

  /** The place of a pixel: where something is near, that. */
  function spot(at: Point, reach: number): Vertex {
    const { lng, lat } = map!.unproject(at);
    snap = isSnapping ? targets?.nearest([lng, lat], degreesOf(at, reach)) : undefined;
    return snap ? snapped(system, snap) : pointed(system, [lng, lat]);
  }

  const degreesOf = (at: Point, pixels: number) => Math.abs(map!.unproject([at.x, at.y + pixels]).lat - map!.unproject(at).lat);

  function place(at: Point, reach: number): void {
    if (!map) return;
    if (on.isOnePoint(work)) return go(on.pointMoved(work, spot(at, reach)));
    if (!work.isDrawing) return go({ ...work, chosen: undefined });
    const ring = on.lastRing(work.shape);
    const closes = work.shape.kind === 'Polygon' && ring.length >= leastOf('Polygon') && map.project(ring[0]!.at as [number, number]).dist(at) <= reach;
    if (closes) return go(on.finished(work));
    const vertex = spot(at, reach);
    go(on.placed(work, vertex), vertex);
  }

  function typed(vertex: Vertex): void {
    snap = undefined;
    if (work.chosen) setChosen(vertex);
    else go(on.isOnePoint(work) ? on.pointMoved(work, vertex) : on.added(work, vertex));
    site?.moveTo(vertex.at as [number, number]);
  }

  const setChosen = (vertex: Vertex) => work.chosen && go(on.chosenMoved(work, vertex), vertex);

  function step(by: 1 | -1): void {
    const after = on.stepped(work, by);
    snap = undefined;
    go(after, on.chosenOf(after));
  }

  /** Where the chosen vertex is on the screen. */
  function chosenPixel(): Point | undefined {
    const vertex = on.chosenOf(work);
    return vertex && map?.project(vertex.at as [number, number]);
  }

  /** With a vertex more, half way from the one at the path to the next. */
  const withMiddle = (path: Path) => on.insertedAfter(work, path, pointed(system, on.middleAfter(work.shape, path)));

  const actions: Actions = {
    shape: () => work.shape,
    chosen: () => work.chosen,
    isDrawing: () => work.isDrawing,
    choose: (chosen) => {
      snap = undefined;
      go({ ...work, chosen });
    },
    grab: (path, isMiddle) => {
      grabbed = work.shape;
      snap = undefined;
      go(isMiddle ? withMiddle(path) : { ...work, chosen: path });
    },
    drag: (to, reach) => {
      if (work.chosen) go(on.dragged(work, spot(to, reach)));
    },
    drop: () => {
      const after = grabbed ? on.dropped(work, grabbed) : work;
      grabbed = undefined;
      go(after, on.chosenOf(after));
      snap = undefined;
      drawMap();
    },
    place,
    hover: (at) => {
      if (!work.isDrawing) return;
      next = at && spot(at, REACH.mouse).at;
      drawMap();
    },
    nudge: (x, y) => {
      const pixel = chosenPixel();
      if (!pixel) return;
      const { lng, lat } = map!.unproject([pixel.x + x, pixel.y + y]);
      snap = undefined;
      setChosen(pointed(system, [lng, lat]));
    },
    snapChosen: () => {
      const [vertex, pixel] = [on.chosenOf(work), chosenPixel()];
      if (!vertex || !pixel) return;
      const found = targets?.nearest(vertex.at, degreesOf(pixel, REACH.keys));
      if (!found) {
        said = w('nothingNear');
        return draw();
      }
      snap = found;
      setChosen(snapped(system, found));
    },
    insertAfter: () => {
      if (work.chosen && work.shape.kind !== 'Point') go(on.dropped(withMiddle(work.chosen), work.shape));
    },
    removeChosen: () => go(on.withoutChosen(work)),
    removeLast: () => go(on.withoutLast(work)),
    step,
    finish: () => go(on.finished(work)),
    aim: (is) => {
      if (is === isAiming) return;
      isAiming = is;
      drawAim();
    },
  };

  const view = () =>
    placeView({
      work,
      types,
      system,
      isOnPlane,
      isOnMap: map !== undefined,
      isSnapping,
      said,
      setOnPlane: (is) => {
        isOnPlane = is;
        desk.draw();
      },
      setSnapping: (is) => {
        isSnapping = is;
        desk.draw();
      },
      setKind: (kind) => go(on.ofKind(work, types.find((one) => one.kind === kind)!)),
      begin: (shape) => {
        go(on.drawingOn(work, shape));
        map?.getCanvas().focus();
      },
      finish: actions.finish,
      addCentre: () => hands && place(hands.centre(), REACH.finger),
      undo: () => go(on.takenBack(work)),
      redo: () => go(on.doneAgain(work)),
      done: () => task.done(work.shape.parts.length > 0 ? work.shape : undefined),
      // What else was entered stays: only the place is asked about.
      cancel: () => (!isMoved() || window.confirm(w('leaveUnsaved'))) && task.cancel(),
      step,
      insert: actions.insertAfter,
      snap: actions.snapChosen,
      toCentre: () => hands && setChosen(spot(hands.centre(), REACH.finger)),
      remove: actions.removeChosen,
      typed,
    });

  desk.page.panel.classList.add('drawing');
  desk.show({ title: w('placeTitle'), kind: `${collectionTitle(collection)} · ${task.title}`, isDirty: () => isMoved() || task.isDirty(), onClose: stop, body: view });

  site?.setSilent(true);
  // Which sides have room for a middle changes with the zoom.
  map?.on('zoomend', drawMap);
  sketch?.setDiff({ type: 'FeatureCollection', features: [] });
  if (task.shape) sketch?.frame(drawnOf(task.shape));
  const stopTargets = map && keepTargets({ map, collection: collection.id, itself: task.itself, layers: desk.page.layers(), known: new Set(desk.collections.keys()), crs, onTargets: (found) => (targets = found) });
  drawAim();
  map?.getContainer().append(stage);
  const hands = map && listen(map, area.current!, actions);
  drawMap();
  if (map && work.isDrawing) map.getCanvas().focus();

  function stop(): void {
    map?.off('zoomend', drawMap);
    hands?.stop();
    stopTargets?.();
    site?.setSilent(false);
    sketch?.setShape([]);
    render(null, stage);
    stage.remove();
    desk.page.panel.classList.remove('drawing');
  }
}
