import { describe, expect, test } from 'vitest';
import type { Assessment, Outcome } from '../api.ts';
import { comparisonOf, fragmentOf, isWhole } from './fragment.ts';
import { boundsDifference, difference, isDifferent, outcomeDifference, ruleRows } from './rows.ts';

describe('a difference', () => {
  test('what is unknown is never equal, more or less', () => {
    expect(difference(null, 0)).toEqual({ kind: 'one unknown' });
    expect(difference('compliant', null)).toEqual({ kind: 'one unknown' });
    expect(difference(null, null)).toEqual({ kind: 'both unknown' });
    expect(outcomeDifference(['unknown', 'unknown'])).toEqual({ kind: 'both unknown' });
    expect(outcomeDifference(['unknown', 'met'])).toEqual({ kind: 'one unknown' });
    expect(isDifferent({ kind: 'one unknown' })).toBe(true);
    expect(isDifferent({ kind: 'both unknown' })).toBe(false);
  });

  test('numbers differ by an amount, of the second against the first, without the noise of fractions', () => {
    expect(difference(3, 3)).toEqual({ kind: 'same' });
    expect(difference(3, 5)).toEqual({ kind: 'more', amount: 2 });
    expect(difference(0.3, 0.1)).toEqual({ kind: 'less', amount: 0.2 });
  });

  test('words are the same or not, and a word is no number', () => {
    expect(difference('a', 'a')).toEqual({ kind: 'same' });
    expect(difference('3', 3)).toEqual({ kind: 'differs' });
  });
});

describe('shares of which some sites are unknown', () => {
  test('are compared only where it holds whatever the unknown turn out to be', () => {
    expect(boundsDifference([20, 40], [50, 50])).toEqual({ kind: 'higher' });
    expect(boundsDifference([20, 40], [0, 10])).toEqual({ kind: 'lower' });
    expect(boundsDifference([20, 40], [40, 60])).toEqual({ kind: 'open' });
    expect(boundsDifference([20, 40], [20, 40])).toEqual({ kind: 'open' });
    expect(boundsDifference([20, 20], [20, 20])).toEqual({ kind: 'same' });
    expect(boundsDifference(null, [0, 0])).toEqual({ kind: 'one unknown' });
    expect(boundsDifference(null, null)).toEqual({ kind: 'both unknown' });
  });
});

describe('the rules of two sites', () => {
  const assessment = (outcomes: Record<string, Outcome>, core: string[] = []): Assessment => ({
    as_of: '2026-11-26',
    status: 'unknown',
    rules: Object.entries(outcomes).map(([rule, outcome]) => ({ rule, title: { vi: rule, en: rule }, core: core.includes(rule), outcome })),
  });

  test('a rule that one side does not have is told without an outcome there, one that binds neither is not told', () => {
    const rows = ruleRows(assessment({ a: 'met', b: 'not_applicable' }), assessment({ b: 'not_applicable', c: 'breached' }));
    expect(rows.map(({ rule, outcomes }) => [rule, ...outcomes])).toEqual([
      ['a', 'met', null],
      ['c', null, 'breached'],
    ]);
    expect(ruleRows(undefined, undefined)).toEqual([]);
  });

  test('core rules come first', () => {
    const rows = ruleRows(assessment({ a: 'met', b: 'met' }, ['b']), undefined);
    expect(rows.map(({ rule }) => rule)).toEqual(['b', 'a']);
  });
});

describe('the fragment of a comparison', () => {
  test('what is missing or wrong is left to be chosen', () => {
    expect(comparisonOf('')).toEqual({ kind: 'sites', sides: [{ name: '', day: undefined }, { name: '', day: undefined }] });
    expect(isWhole(comparisonOf('#sites=clusters/a'))).toBe(false);
    expect(comparisonOf('#city=&days=2025-02-30,2025-06-30').sides.map(({ day }) => day)).toEqual([undefined, '2025-06-30']);
    expect(comparisonOf('#sites=%E0%A4%A,b').sides[0].name).toBe('%E0%A4%A');
  });

  test('it leads back to what it says, with signs in names', () => {
    const districts = { kind: 'districts' as const, sides: [{ name: 'Quốc Oai, x', day: undefined }, { name: 'A&B', day: '2025-06-30' }] as [{ name: string; day: string | undefined }, { name: string; day: string | undefined }] };
    expect(comparisonOf(`#${fragmentOf(districts)}`)).toEqual(districts);
    expect(fragmentOf(comparisonOf('#sites=clusters/a,craft_villages/b'))).toBe('sites=clusters/a,craft_villages/b');
    expect(fragmentOf(comparisonOf('#city=&days=2025-06-30,'))).toBe('city=&days=2025-06-30,');
  });
});
