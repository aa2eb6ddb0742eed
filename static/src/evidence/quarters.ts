/** The grid of quarters and rules, as rows of outcomes; drawn by `grid.ts`. */

import type { Outcome, Quarter, SiteHistory } from '../api.ts';
import type { Text } from '../i18n.ts';

/** An outcome, or that the site was not in the register in that quarter. */
export type Cell = Outcome | 'absent';

/** A rule, or a summary of several, over the quarters. */
export interface Row {
  /** The rule's id, or the name of the summary. */
  id: string;
  title: Text | null;
  /** One for each quarter, oldest first. */
  outcomes: Cell[];
}

/** The rows in reading order. */
export interface Grid {
  quarters: Quarter[];
  /** The years above the quarters, and how many of these each covers. */
  years: { year: string; span: number }[];
  /** The status over the core rules. */
  overall: Row;
  core: Row[];
  /** The status over the other rules. */
  detail: Row;
  /** The other rules that bound the site in any of the quarters, those with something to do first. */
  rest: Row[];
  /** The other rules that never did. */
  idle: Row[];
}

const OF_STATUS: Record<string, Outcome> = { compliant: 'met', non_compliant: 'breached', not_applicable: 'not_applicable' };
const OUTCOMES: readonly Outcome[] = ['breached', 'unknown', 'met', 'not_applicable'];

/** The grid of a history. An outcome that is missing or not known to the page is unknown, never met. */
export function gridOf({ quarters, rules, grid }: SiteHistory): Grid {
  const row = (at: (quarter: number) => Outcome | undefined) => quarters.map(({ on_record: isThere }, quarter): Cell => (isThere === false ? 'absent' : (at(quarter) ?? 'unknown')));
  const rows = rules.map((rule) => ({
    id: rule.id,
    title: rule.title,
    core: rule.core,
    outcomes: row((at) => OUTCOMES.find((outcome) => outcome === grid[rule.id]?.[at])),
  }));
  const summary = (id: 'status' | 'detail_status'): Row => ({ id, title: null, outcomes: row((at) => OF_STATUS[quarters[at]?.[id] ?? '']) });
  const urgency = ({ outcomes }: Row) => OUTCOMES.findIndex((outcome) => outcome === outcomes.at(-1));
  const isIdle = ({ outcomes }: Row) => outcomes.every((outcome) => outcome === 'not_applicable' || outcome === 'absent');
  const others = rows.filter((row) => !row.core);
  const years: Grid['years'] = [];
  for (const { quarter } of quarters) {
    const year = quarter.slice(0, 4);
    const last = years.at(-1);
    if (last?.year === year) last.span += 1;
    else years.push({ year, span: 1 });
  }
  return {
    quarters,
    years,
    overall: summary('status'),
    core: rows.filter((row) => row.core),
    detail: summary('detail_status'),
    rest: others.filter((row) => !isIdle(row)).sort((a, b) => urgency(a) - urgency(b)),
    idle: others.filter(isIdle),
  };
}

/** Where the quarter that holds the day stands, or -1. */
export function quarterOf(quarters: Quarter[], day: string): number {
  return quarters.findIndex(({ from, to }) => from <= day && day <= to);
}

/** The number of a quarter within its year, e.g. `4`. */
export function quarterNumber({ quarter }: Quarter): string {
  return quarter.slice(-1);
}

/** Since when the newest outcome has stood without a change, or undefined where it did so over the whole grid. */
export function since({ outcomes }: Row, quarters: Quarter[]): Quarter | undefined {
  const before = outcomes.findLastIndex((outcome) => outcome !== outcomes.at(-1));
  return before < 0 ? undefined : quarters[before + 1];
}

/**
 * The day to ask the twelve quarters for: today's (undefined) as long as they hold the day that is looked at, so that
 * from a past quarter the later ones can be reached; else the twelve up to that day.
 */
export function gridDay(asOf: string | undefined, today: string): string | undefined {
  if (asOf === undefined) return undefined;
  const quarters = quarterCount(today) - quarterCount(asOf);
  return quarters >= 0 && quarters < 12 ? undefined : asOf;
}

function quarterCount(day: string): number {
  return Number(day.slice(0, 4)) * 4 + Math.floor((Number(day.slice(5, 7)) - 1) / 3);
}
