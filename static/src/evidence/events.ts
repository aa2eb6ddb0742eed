/** The events of a site in the order in which they are told; drawn by `timeline.ts`. */

import type { TimelineEvent } from '../api.ts';
import { daysFrom } from '../dates.ts';

/** An event and how late it is. */
export interface Entry {
  event: TimelineEvent;
  /** Days since it was due, where it was planned and is not done. */
  late: number | null;
}

/** Newest first; what has no date comes last. Lateness is counted to the day the site is looked at. */
export function entriesOf(events: TimelineEvent[], asOf: string): Entry[] {
  const entries = events.map((event): Entry => {
    const late = event.planned && event.date ? daysFrom(event.date, asOf) : 0;
    return { event, late: late > 0 ? late : null };
  });
  // The server's order decides within a day: sorting keeps it.
  return entries.sort(({ event: a }, { event: b }) => (a.date === b.date ? 0 : (a.date ?? '') < (b.date ?? '') ? 1 : -1));
}
