import { expect, test } from 'vitest';
import type { EffluentParameter, SamplePoint, SampleSeries } from '../api.ts';
import { seconds } from '../dates.ts';
import { chartOf, failures, newest, worstFirst } from './series.ts';

function point(over: Partial<SamplePoint>): SamplePoint {
  return { date: '2026-01-01', sample_id: 's', value: 1, reported: '1', censored: 'none', limit: null, ratio: null, verdict: 'not_assessable', ...over };
}
const series = (...points: SamplePoint[]): SampleSeries => ({ station: 'st', points });
const parameter = (name: string, ...points: SamplePoint[]): EffluentParameter => ({ parameter: name, title: { vi: name, en: name }, series: [series(...points)] });
const upTo = (max: number) => ({ min: null, max });

test('a series without a number has nothing to draw', () => {
  expect(chartOf(series())).toBeNull();
  expect(chartOf(series(point({ value: null, reported: 'KPH', censored: 'nd' })))).toBeNull();
});

test('a result without a number is not drawn but counted; one below a bound is hollow at the bound', () => {
  const chart = chartOf(series(point({ date: '2026-01-01', value: null, reported: 'KPH', censored: 'nd' }), point({ date: '2026-04-01', value: 0.5, reported: '< 0.5', censored: 'lt' })))!;
  expect(chart.undrawn).toBe(1);
  expect(chart.values).toEqual([null, 0.5, null]);
  expect(chart.marks.map(({ value, hollow }) => [value, hollow])).toEqual([[0.5, true]]);
});

test('points are drawn in time, and each limit holds from its sample to the next', () => {
  const chart = chartOf(series(point({ date: '2026-03-01', limit: upTo(30) }), point({ date: '2025-03-01', limit: upTo(50) }), point({ date: '2025-09-01' })))!;
  // A year's span: the limit goes on for 6 % of 365 days (22 days) or, as here, a month.
  expect(chart.times).toEqual([seconds('2025-03-01'), seconds('2025-09-01'), seconds('2026-03-01'), seconds('2026-03-31')]);
  expect(chart.max).toEqual([50, null, 30, 30]);
  expect(chart.min).toEqual([null, null, null, null]);
});

test('the axis starts at zero and holds the limit; that of a closed range lies around it', () => {
  expect(chartOf(series(point({ value: 20, limit: upTo(40) })))!.range).toEqual([0, 46]);
  // From 5.5 to 9 are 3.5, and a quarter of them 0.875.
  expect(chartOf(series(point({ value: 7, limit: { min: 5.5, max: 9 } })))!.range).toEqual([4.625, 9.875]);
  expect(chartOf(series(point({ value: 0 })))!.range).toEqual([0, 1]);
});

test('values that lie more than a hundredfold apart are drawn in powers of ten, but not where one is zero', () => {
  const wide = chartOf(series(point({ value: 40 }), point({ value: 24_000, date: '2026-02-01', limit: upTo(3000) })))!;
  expect(wide.logarithmic).toBe(true);
  expect(wide.range).toEqual([10, 100_000]);
  expect(chartOf(series(point({ value: 0 }), point({ value: 24_000, date: '2026-02-01' })))!.logarithmic).toBe(false);
});

test('what fails now stands first by how far, then what failed before, then by ratio', () => {
  const now = { date: '2026-06-01' };
  const list = [
    parameter('fine', point({ ...now, verdict: 'pass', ratio: 0.9 })),
    parameter('low', point({ ...now, verdict: 'pass', ratio: 0.1 })),
    parameter('failed once', point({ verdict: 'fail', ratio: 9 }), point({ ...now, verdict: 'pass', ratio: 0.2 })),
    parameter('fails', point({ ...now, verdict: 'fail', ratio: 1.2 })),
    parameter('fails badly', point({ ...now, verdict: 'fail', ratio: 3 })),
    parameter('empty'),
  ];
  expect(worstFirst(list).map((one) => one.parameter)).toEqual(['fails badly', 'fails', 'failed once', 'fine', 'low']);
  expect(failures(list[2]!)).toBe(1);
});

test('of two results of one day the worse one speaks', () => {
  const both = parameter('cod', point({ verdict: 'pass', ratio: 0.5 }), point({ verdict: 'fail', ratio: 1.1, sample_id: 'worse' }));
  expect(newest(both)?.sample_id).toBe('worse');
});
