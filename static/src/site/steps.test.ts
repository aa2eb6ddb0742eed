import { describe, expect, test } from 'vitest';
import type { Outcome, RuleOutcome } from '../api.ts';
import { countOutcomes, openRules, sourcesOf } from './steps.ts';

const rule = (id: string, outcome: Outcome, core = true): RuleOutcome => ({ rule: id, title: { vi: id, en: id }, core, outcome });

describe('what is left to do', () => {
  test('nothing is, where every rule is met or does not apply', () => {
    expect(openRules([rule('a', 'met'), rule('b', 'not_applicable', false)])).toEqual({ core: [], other: [] });
  });

  test('breaches come before what is unknown, and what decides the status stands apart', () => {
    const { core, other } = openRules([rule('a', 'unknown'), rule('b', 'unknown', false), rule('c', 'breached'), rule('d', 'breached', false), rule('e', 'met')]);
    expect(core.map((one) => one.rule)).toEqual(['c', 'a']);
    expect(other.map((one) => one.rule)).toEqual(['d', 'b']);
  });

  test('every outcome is counted as what it is', () => {
    expect(countOutcomes([rule('a', 'unknown'), rule('b', 'unknown'), rule('c', 'met')])).toEqual({ breached: 0, unknown: 2, met: 1, not_applicable: 0 });
  });
});

describe('sources', () => {
  test('a record without a source is listed as such and made-up records stay apart from real ones', () => {
    const found = sourcesOf([{}, { source: 'S', source_date: '2024-05-01' }, { source: 'S', source_date: '2023-01-01' }, { source: 'S', is_demo: true }]);
    expect(found).toEqual([
      { name: 'S', dates: ['2023-01-01', '2024-05-01'], count: 2, isDemo: false },
      { name: '', dates: [], count: 1, isDemo: false },
      { name: 'S', dates: [], count: 1, isDemo: true },
    ]);
  });
});
