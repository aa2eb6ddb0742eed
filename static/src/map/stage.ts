/** Lays tools and marks over the part of the map that no panel covers. */

import type { Map as MapLibre } from 'maplibre-gl';
import { render } from 'preact';
import type { Child } from '../ui/h.ts';

/** What lies over the map. */
export interface MapStage {
  /** The part of the map that can be seen. */
  seen: HTMLElement;
  draw(view: Child): void;
  remove(): void;
}

/** An empty stage over the map; style sheets know it by its name. */
export function stageOver(map: MapLibre, name: string): MapStage {
  const [stage, seen] = [document.createElement('div'), document.createElement('div')];
  stage.className = `map-stage ${name}-stage`;
  seen.className = `map-area ${name}-area`;
  stage.append(seen);
  map.getContainer().append(stage);
  return {
    seen,
    draw: (view) => render(view, seen),
    remove: () => {
      render(null, seen);
      stage.remove();
    },
  };
}
