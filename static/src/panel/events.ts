/** The events of a site in the order and the groups in which they are told; drawn by `timeline.ts`. */

import type { TimelineEvent } from '../api.ts';
import { daysFrom } from '../dates.ts';

/** Events told as one: the exceedances of one day, else each alone. */
export interface Entry {
  date: string | null;
  kind: string;
  events: TimelineEvent[];
  /** It was planned and is not on record as done: it lies ahead of the day, or is late. */
  planned: boolean;
  /** Days since it was due, where it is late. */
  late: number | null;
  demo: boolean;
}

/** Newest first; what has no date comes last. Lateness is counted to the day the site is looked at. */
export function entriesOf(events: TimelineEvent[], asOf: string): Entry[] {
  const groups = new Map<string, TimelineEvent[]>();
  events.forEach((event, at) => {
    const key = event.kind === 'sample_breach' ? `${event.date} ${event.planned}` : String(at);
    groups.set(key, [...(groups.get(key) ?? []), event]);
  });
  const entries = [...groups.values()].map((members): Entry => {
    const { date, kind, planned } = members[0]!;
    const late = planned && date ? daysFrom(date, asOf) : 0;
    return { date, kind, events: members, planned: Boolean(planned), late: late > 0 ? late : null, demo: members.some((event) => event.is_demo) };
  });
  // The server's order decides within a day: sorting keeps it.
  return entries.sort((a, b) => (a.date === b.date ? 0 : (a.date ?? '') < (b.date ?? '') ? 1 : -1));
}
