/** What the desk has for whoever only reads a site: its pictures, and what was changed of its record. */

import { useLayoutEffect, useMemo } from 'preact/hooks';
import { h, type Child } from '../ui/h.ts';
import type { Desk } from './desk.ts';
import { HistoryPart } from './history.ts';
import { PhotosPart, Pictures } from './photos.ts';

export function SiteHistory({ desk, collection, id }: { desk: Desk; collection: string; id: string }): Child {
  // What it draws on the map goes when the panel goes on to something else.
  useLayoutEffect(() => () => !desk.isOpen() && desk.clear(), []);
  const pictures = useMemo(() => new Pictures(desk, collection, id, false), [collection, id]);
  return [h(PhotosPart, { pictures }), h(HistoryPart, { desk, collection, id, undone: () => void desk.page.changed() })];
}
