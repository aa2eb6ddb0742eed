/** What changed of the sites' statuses between two days. */

import type { Site, Status } from '../sites.ts';

/** The last day of the quarter before a day's own. */
export function quarterBefore(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  const quarter = Math.floor((month - 1) / 3);
  return quarter === 0 ? `${year - 1}-12-31` : `${year}-${['03-31', '06-30', '09-30'][quarter - 1]}`;
}

/** The kinds of change, the pressing ones first. */
export const CHANGES = ['worse', 'unproven', 'better', 'idle', 'new', 'gone'] as const;
export type Change = (typeof CHANGES)[number];

/** The keys of the sites that changed, by kind. */
export function changesOf(before: ReadonlyMap<string, Status>, now: readonly Pick<Site, 'key' | 'status'>[]): Record<Change, string[]> {
  const changes = Object.fromEntries(CHANGES.map((kind) => [kind, [] as string[]])) as Record<Change, string[]>;
  const kinds: Record<Status, Change> = { non_compliant: 'worse', unknown: 'unproven', compliant: 'better', not_applicable: 'idle' };
  for (const { key, status } of now) {
    const former = before.get(key);
    if (former === undefined) changes.new.push(key);
    else if (former !== status) changes[kinds[status]].push(key);
  }
  const there = new Set(now.map(({ key }) => key));
  changes.gone = [...before.keys()].filter((key) => !there.has(key));
  return changes;
}
