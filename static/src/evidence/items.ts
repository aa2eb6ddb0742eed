/** The checklist of a site's shared works from its records; drawn by `checklist.ts`. */

import type { Item } from '../api.ts';

/** Works that newer law asks for beside the thirteen of the city's plan: listed, not counted. */
const BESIDE_THE_THIRTEEN: readonly string[] = ['FIRE'];

/** A line of the checklist. */
export interface Line {
  code: string;
  /** The newest record, or undefined where there is none: then its state is unknown. */
  item: Item | undefined;
  /** One of the items that the city counts. */
  counted: boolean;
}

/** The lines inside the fence, one for each code, and those on record outside it. */
export interface Checklist {
  inside: Line[];
  outside: Line[];
}

/** The checklist; a record that does not say on which side of the fence it lies is taken as inside, where the thirteen are. */
export function checklistOf(codes: string[], items: Item[]): Checklist {
  const line = (code: string, outside: boolean): Line => ({
    code,
    item: items
      .filter(({ properties }) => properties.item_code === code && (properties.fence_side === 'outside') === outside)
      .reduce<Item | undefined>((best, item) => (!best || dateOf(item) > dateOf(best) ? item : best), undefined),
    counted: !BESIDE_THE_THIRTEEN.includes(code),
  });
  // What is not one of the thirteen is listed where it is on record.
  return {
    inside: codes.map((code) => line(code, false)).filter(({ counted, item }) => counted || item),
    outside: codes.map((code) => line(code, true)).filter(({ item }) => item),
  };
}

function dateOf({ properties }: Item): string {
  return String(properties.state_date ?? '');
}

/** The state of a line as its record says it; unknown without one. */
export function stateOf({ item }: Line): string {
  const status = item?.properties.status;
  return typeof status === 'string' && status !== '' ? status : 'unknown';
}
