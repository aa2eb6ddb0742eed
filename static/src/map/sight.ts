/** What of some features lies in a box of the map. */

import type { Item } from '../api.ts';
import { boxOf, type Box } from '../geometry.ts';

/** Those whose own box meets it. */
export function inSight(items: readonly Item[], [west, south, east, north]: Box): Item[] {
  return items.filter((item) => {
    const box = boxOfItem(item);
    return box !== null && box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south;
  });
}

/** Boxes of features, which do not change: they are asked for whenever the map comes to rest. */
const boxes = new WeakMap<Item, Box | null>();

function boxOfItem(item: Item): Box | null {
  let box = boxes.get(item);
  if (box === undefined) boxes.set(item, (box = boxOf(item.geometry)));
  return box;
}
