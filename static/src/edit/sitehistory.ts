/** What the desk has for whoever only reads a site: its pictures, and what was changed of its record. */

import { useEffect } from 'preact/hooks';
import { h, type Child } from '../ui/h.ts';
import type { Desk } from './desk.ts';
import { HistoryPart } from './history.ts';
import { PhotosPart } from './photos.ts';

export function SiteHistory({ desk, collection, id }: { desk: Desk; collection: string; id: string }): Child {
  // What it draws on the map goes when the panel goes on to something else.
  useEffect(() => () => !desk.isOpen() && desk.clear(), []);
  return [h(PhotosPart, { desk, collection, id, mayAdd: false }), h(HistoryPart, { desk, collection, id, undone: () => void desk.page.changed() })];
}
