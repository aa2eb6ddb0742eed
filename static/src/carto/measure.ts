/** Measuring on the page's own map, on the plane of Hanoi's VN-2000 zone: nothing here was surveyed, so nothing catches. */

import type { GeoJSONSource } from 'maplibre-gl';
import type { SiteMap } from '../map/map.ts';
import { stageOver } from '../map/stage.ts';
import { createMeasure } from '../plan/measure.ts';
import { p } from '../plan/words.ts';
import { trackSpots } from '../survey/tracker.ts';
import type { Zone } from '../survey/vn2000.ts';
import { h } from '../ui/h.ts';

/** Begins with a length; `onEnd` is called when it ends. The answer ends it. */
export function startMeasure(map: SiteMap, zone: Zone, onEnd: () => void): () => void {
  const { library } = map;
  const stage = stageOver(library, 'measure');
  const tracker = trackSpots(library, stage.seen, undefined, zone, (spot) => measure.isOn() && measure.follow(spot));
  const measure = createMeasure(library, tracker, zone, {
    draw: (data) => library.getSource<GeoJSONSource>('measure')?.setData(data),
    onChange: () => stage.draw([measure.card(h('div', { class: 'plan-buttons', role: 'group', 'aria-label': p('tools') }, ...measure.buttons())), h('div', { class: 'plan-cross', 'aria-hidden': 'true' })]),
    // What ends is taken away once it is through with itself.
    onEnd: () => queueMicrotask(stop),
    isRough: true,
  });
  map.setSilent(true);
  measure.start('length');
  library.getCanvas().focus();

  let isOver = false;
  function stop(): void {
    if (isOver) return;
    isOver = true;
    measure.stop();
    tracker.stop();
    stage.remove();
    map.setSilent(false);
    onEnd();
  }
  return stop;
}
