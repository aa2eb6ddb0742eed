/** The rows of a comparison: what each side says, and in what they differ. Nothing that is unknown is ever equal or more. */

import type { Assessment, Outcome } from '../api.ts';
import type { Text } from '../i18n.ts';

/** What one side says: a number, a word, or null where that is not known. */
export type Said = number | string | null;

/** How two sides stand to each other. */
export type Difference = { kind: 'same' | 'differs' | 'one unknown' | 'both unknown' | 'higher' | 'lower' | 'open' } | { kind: 'more' | 'less'; amount: number };

/** Compares what two sides say. */
export function difference(a: Said, b: Said): Difference {
  if (a === null || b === null) return { kind: a === b ? 'both unknown' : 'one unknown' };
  if (typeof a === 'number' && typeof b === 'number' && a !== b) {
    // Shares come with the noise of binary fractions.
    const amount = Math.round(Math.abs(b - a) * 1e6) / 1e6;
    return { kind: b > a ? 'more' : 'less', amount };
  }
  return { kind: a === b ? 'same' : 'differs' };
}

/** A share or count of which only bounds are known, because some are unknown; null where there is nothing to take a share of. */
export type Bounds = [least: number, most: number] | null;

/** Compares what is known by bounds: it is said only where it holds whatever the unknown turn out to be. */
export function boundsDifference(a: Bounds, b: Bounds): Difference {
  if (!a || !b) return { kind: a === b ? 'both unknown' : 'one unknown' };
  if (b[0] > a[1]) return { kind: 'higher' };
  if (b[1] < a[0]) return { kind: 'lower' };
  return { kind: a[0] === a[1] && b[0] === b[1] ? 'same' : 'open' };
}

/** Whether a row is worth a look: whatever is not plainly the same. */
export function isDifferent({ kind }: Difference): boolean {
  return kind !== 'same' && kind !== 'both unknown';
}

/** The outcomes of every rule of two sites, in the order of the first that has it; null where a side has no such rule. */
export function ruleRows(a: Assessment | undefined, b: Assessment | undefined): { rule: string; title: Text; core: boolean; outcomes: [Outcome | null, Outcome | null] }[] {
  const outcomeOf = (side: Assessment | undefined) => new Map((side?.rules ?? []).map((rule) => [rule.rule, rule.outcome]));
  const [first, second] = [outcomeOf(a), outcomeOf(b)];
  const all = new Map([...(a?.rules ?? []), ...(b?.rules ?? [])].map((rule) => [rule.rule, rule]));
  const rows = [...all.values()].map(({ rule, title, core }) => ({ rule, title, core, outcomes: [first.get(rule) ?? null, second.get(rule) ?? null] as [Outcome | null, Outcome | null] }));
  // A rule that binds neither side tells nothing.
  return rows.filter(({ outcomes }) => outcomes.some((outcome) => outcome !== null && outcome !== 'not_applicable')).sort((x, y) => Number(y.core) - Number(x.core));
}

/** How two outcomes stand to each other: unknown is no outcome to compare. */
export function outcomeDifference([a, b]: [Outcome | null, Outcome | null]): Difference {
  const known = (outcome: Outcome | null) => (outcome === 'unknown' ? null : outcome);
  return difference(known(a), known(b));
}
