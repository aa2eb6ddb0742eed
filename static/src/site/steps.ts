/** What is left to do until a site complies: the rules that are breached or unknown, in the order in which they matter. */

import type { RuleOutcome } from '../api.ts';

/** The rules that something can be done about, those that decide the status apart from the others. */
export interface OpenRules {
  core: RuleOutcome[];
  other: RuleOutcome[];
}

/** Breaches before what is unknown; what is met, does not apply or is advice alone leaves nothing to do. */
export function openRules(rules: readonly RuleOutcome[]): OpenRules {
  const open = (['breached', 'unknown'] as const).flatMap((outcome) => rules.filter((rule) => rule.outcome === outcome));
  return { core: open.filter((rule) => rule.core), other: open.filter((rule) => !rule.core) };
}

/** How many rules came out each way. */
export function countOutcomes(rules: readonly Pick<RuleOutcome, 'outcome'>[]): Record<RuleOutcome['outcome'], number> {
  const counts = { breached: 0, unknown: 0, met: 0, not_applicable: 0 };
  for (const { outcome } of rules) counts[outcome] += 1;
  return counts;
}

/** A source with the days it speaks of and how many records rest on it. */
export interface Source {
  /** Empty where the records name none. */
  name: string;
  dates: string[];
  count: number;
  isDemo: boolean;
}

/** The sources of records, those on which most rest first; real and made-up records of one name stay apart. */
export function sourcesOf(records: readonly Record<string, unknown>[]): Source[] {
  const found = new Map<string, Source>();
  for (const { source, source_date: date, is_demo: demo } of records) {
    const name = typeof source === 'string' ? source : '';
    const key = JSON.stringify([name, demo === true]);
    const known = found.get(key) ?? { name, dates: [], count: 0, isDemo: demo === true };
    known.count += 1;
    if (typeof date === 'string' && !known.dates.includes(date)) known.dates.push(date);
    found.set(key, known);
  }
  const all = [...found.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  for (const { dates } of all) dates.sort();
  return all;
}
