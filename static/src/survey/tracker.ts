/** Where the reader points: with the mouse, or by moving the map under the cross in its middle (keyboard, finger). */

import type { Map as MapLibre, PointLike } from 'maplibre-gl';
import type { Point } from './plane.ts';
import type { Vertices } from './vertices.ts';
import type { Zone } from './vn2000.ts';

/** A place that was pointed at. */
export interface Spot {
  lonLat: [number, number];
  /** On the plane of the survey; undefined where its zone is not known and nothing surveyed was hit. */
  point: Point | undefined;
  /** It is a surveyed vertex, with the numbers of the survey. */
  surveyed: boolean;
  from: 'pointer' | 'centre';
}

/** How far a vertex catches, in pixels: a mouse is held more exactly than a finger or the map's own steps. */
const REACH = { pointer: 12, centre: 20 };

export interface Tracker {
  /** The place at a pixel of the map, at a vertex where one is near. */
  at(pixel: PointLike, from?: Spot['from']): Spot;
  /** The place under the cross. */
  centre(): Spot;
  /** Whether vertices catch. */
  setSnap(on: boolean): void;
  /** How the reader points now. */
  mode(): Spot['from'];
  stop(): void;
}

/** Follows the reader over the map; `area` is the part of it that nothing covers; without `vertices` nothing catches. */
export function trackSpots(map: MapLibre, area: HTMLElement, vertices: Pick<Vertices, 'nearest'> | undefined, zone: Zone | undefined, onSpot: (spot: Spot) => void): Tracker {
  let snap = true;
  let mode: Spot['from'] = 'centre';
  const canvas = map.getCanvas();
  const holder = map.getCanvasContainer();

  function at(pixel: PointLike, from: Spot['from'] = mode): Spot {
    const { lng, lat } = map.unproject(pixel);
    const [x, y] = Array.isArray(pixel) ? pixel : [pixel.x, pixel.y];
    const reach = Math.abs(map.unproject([x, y + REACH[from]]).lat - lat);
    const vertex = snap ? vertices?.nearest([lng, lat], reach) : undefined;
    if (vertex) return { lonLat: vertex.lonLat, point: vertex.surveyed, surveyed: true, from };
    return { lonLat: [lng, lat], point: zone?.toPlane([lng, lat]), surveyed: false, from };
  }

  function centre(): Spot {
    const [box, origin] = [area.getBoundingClientRect(), canvas.getBoundingClientRect()];
    return at([box.left + box.width / 2 - origin.left, box.top + box.height / 2 - origin.top], 'centre');
  }

  function setMode(next: Spot['from']): void {
    mode = next;
    area.toggleAttribute('data-cross', mode === 'centre');
  }

  const onPointer = (event: PointerEvent) => {
    if (event.pointerType === 'mouse') {
      const origin = canvas.getBoundingClientRect();
      setMode('pointer');
      onSpot(at([event.clientX - origin.left, event.clientY - origin.top]));
    } else if (mode !== 'centre') {
      setMode('centre');
      onSpot(centre());
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Tab' || event.key === 'Escape' || mode === 'centre') return;
    setMode('centre');
    onSpot(centre());
  };
  const onMove = () => {
    if (mode === 'centre') onSpot(centre());
  };
  holder.addEventListener('pointermove', onPointer);
  holder.addEventListener('pointerdown', onPointer);
  canvas.addEventListener('keydown', onKey);
  map.on('move', onMove);
  const resized = new ResizeObserver(onMove);
  resized.observe(area);
  setMode(mode);

  return {
    at,
    centre,
    setSnap: (on) => {
      snap = on;
      if (mode === 'centre') onSpot(centre());
    },
    mode: () => mode,
    stop: () => {
      holder.removeEventListener('pointermove', onPointer);
      holder.removeEventListener('pointerdown', onPointer);
      canvas.removeEventListener('keydown', onKey);
      map.off('move', onMove);
      resized.disconnect();
    },
  };
}
