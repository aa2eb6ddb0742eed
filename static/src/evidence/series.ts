/** Effluent values as lines and marks of a chart, and which parameter is worst; drawn by `chart.ts`. */

import type { EffluentParameter, SamplePoint, SampleSeries } from '../api.ts';
import { seconds } from '../dates.ts';

/** A mark of the chart. */
export interface Mark {
  /** Seconds since 1970. */
  at: number;
  value: number;
  /** Drawn hollow: the true value lies somewhere below. */
  hollow: boolean;
  point: SamplePoint;
}

/** What a chart of one series draws. */
export interface Chart {
  /** Ascending, in seconds since 1970; the last is an end to which the limit is drawn on. */
  times: number[];
  /** By time; null where there is no number. */
  values: (number | null)[];
  /** The limits by time, each holding from its sample to the next; null where there is none. */
  max: (number | null)[];
  min: (number | null)[];
  marks: Mark[];
  /** Results without any number: they stand in the table alone. */
  undrawn: number;
  /** From the least to the greatest number to be seen. */
  range: [number, number];
  /** Powers of ten: the values lie too far apart for a plain axis. */
  logarithmic: boolean;
}

const DAY = 86_400;

/** The chart of a series, or null where it has nothing to draw. */
export function chartOf(series: SampleSeries): Chart | null {
  const points = series.points.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  const marks = points.flatMap((point): Mark[] =>
    point.value === null ? [] : [{ at: seconds(point.date), value: point.value, hollow: point.censored !== 'none', point }],
  );
  if (marks.length === 0) return null;
  const times = points.map((point) => seconds(point.date));
  const last = points.at(-1)!;
  const span = times.at(-1)! - times[0]!;
  const limits = (end: 'min' | 'max') => [...points, last].map((point) => point.limit?.[end] ?? null);
  const [max, min] = [limits('max'), limits('min')];
  const shown = [...marks.map((mark) => mark.value), ...max, ...min].filter((value) => value !== null);
  const [least, greatest] = [Math.min(...shown), Math.max(...shown)];
  const logarithmic = least > 0 && greatest / least > 100;
  return {
    times: [...times, times.at(-1)! + Math.max(30 * DAY, Math.round(span * 0.06))],
    values: [...points.map((point) => point.value), null],
    max,
    min,
    marks,
    undrawn: points.length - marks.length,
    range: rangeOf(least, greatest, logarithmic, min.some((value) => value !== null)),
    logarithmic,
  };
}

/** A closed range (pH) is shown around itself; other values from zero on, so that a distance to the limit is what it looks like. */
function rangeOf(least: number, greatest: number, logarithmic: boolean, closed: boolean): [number, number] {
  if (logarithmic) return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(greatest * 1.01))];
  if (!closed) return [Math.min(0, least), greatest > 0 ? greatest * 1.15 : 1];
  const margin = (greatest - least || 1) * 0.25;
  return [least - margin, greatest + margin];
}

/** The newest point of a parameter; of several on one day that which stands worst. */
export function newest({ series }: EffluentParameter): SamplePoint | undefined {
  return series
    .flatMap(({ points }) => points)
    .toSorted((a, b) => (a.date !== b.date ? (a.date < b.date ? 1 : -1) : compareBadness(a, b)))[0];
}

const VERDICTS: readonly SamplePoint['verdict'][] = ['fail', 'not_assessable', 'pass'];

function compareBadness(a: SamplePoint, b: SamplePoint): number {
  return VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || (b.ratio ?? 0) - (a.ratio ?? 0);
}

/** How many values of a parameter fail. */
export function failures({ series }: EffluentParameter): number {
  return series.flatMap(({ points }) => points).filter(({ verdict }) => verdict === 'fail').length;
}

/** What fails now first, the farthest over its limit before the others, then what has failed before. */
export function worstFirst(parameters: EffluentParameter[]): EffluentParameter[] {
  const ranked = parameters.map((parameter) => ({ parameter, now: newest(parameter), failed: failures(parameter) }));
  return ranked
    .filter(({ now }) => now)
    .sort((a, b) => Number(b.now!.verdict === 'fail') - Number(a.now!.verdict === 'fail') || Number(b.failed > 0) - Number(a.failed > 0) || compareBadness(a.now!, b.now!))
    .map(({ parameter }) => parameter);
}
