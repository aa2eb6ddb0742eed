/** Fetches what a vertex can snap to: the features in sight, as they are drawn and as they would be stored. */

import type { Map as MapLibre } from 'maplibre-gl';
import { fetchItems } from '../../api.ts';
import type { LayerGroup } from '../../map/layers.ts';
import type { Pair } from '../../survey/vertices.ts';
import { Targets } from './snap.ts';

/** From this zoom on a pointer is exact enough for snapping to be of use, and few features are in sight. */
export const SNAP_ZOOM = 14;

/** The collections that each layer of the map draws. */
const DRAWN: Partial<Record<LayerGroup, string[]>> = {
  clusters: ['clusters'],
  plans: ['plans', 'plan_parcels', 'buildings'],
  communes: ['admin_units'],
  waterways: ['waterways'],
};

export interface TargetOptions {
  map: MapLibre;
  /** What the edited feature belongs to, and its own id, which it does not snap to. */
  collection: string;
  itself: string | undefined;
  layers: ReadonlySet<LayerGroup>;
  known: ReadonlySet<string>;
  crs: string | undefined;
  onTargets(targets: Targets | undefined): void;
}

/** Keeps the targets in step with what is in sight until it is stopped. */
export function keepTargets({ map, collection, itself, layers, known, crs, onTargets }: TargetOptions): () => void {
  const collections = new Set([collection, ...[...layers].flatMap((group) => DRAWN[group] ?? [])].filter((id) => known.has(id)));
  let running: AbortController | undefined;

  async function load(): Promise<void> {
    running?.abort();
    if (map.getZoom() < SNAP_ZOOM) return onTargets(undefined);
    const { signal } = (running = new AbortController());
    const bbox = map.getBounds().toArray().flat();
    try {
      const pairs = await Promise.all([...collections].map((id) => pairsOf(id, bbox, signal)));
      if (!signal.aborted) onTargets(new Targets(pairs.flat()));
    } catch (error) {
      if (!signal.aborted) console.warn('nothing to snap to:', error);
    }
  }

  async function pairsOf(id: string, bbox: number[], signal: AbortSignal): Promise<Pair[]> {
    const [drawn, stored] = await Promise.all([fetchItems(id, { bbox, signal }), crs ? fetchItems(id, { bbox, crs, signal }) : undefined]);
    const byId = stored && new Map(stored.map((item) => [item.id, item.geometry]));
    return drawn.filter((item) => id !== collection || item.id !== itself).map((item) => ({ drawn: item.geometry, stored: byId ? (byId.get(item.id) ?? null) : item.geometry }));
  }

  const onMove = () => void load();
  map.on('moveend', onMove);
  onMove();
  return () => {
    running?.abort();
    map.off('moveend', onMove);
  };
}
