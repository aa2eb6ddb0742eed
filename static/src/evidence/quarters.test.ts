import { expect, test } from 'vitest';
import type { SiteHistory } from '../api.ts';
import { gridDay, gridOf, quarterNumber, quarterOf, since } from './quarters.ts';

const text = { vi: 'a', en: 'a' };

/** Q3 of 2025 to Q2 of 2026. */
function history(over: Partial<SiteHistory> = {}): SiteHistory {
  const ends = [['2025-Q3', '2025-07-01', '2025-09-30'], ['2025-Q4', '2025-10-01', '2025-12-31'], ['2026-Q1', '2026-01-01', '2026-03-31'], ['2026-Q2', '2026-04-01', '2026-06-30']] as const;
  return {
    as_of: '2026-05-05',
    quarters: ends.map(([quarter, from, to]) => ({ quarter, from, to, as_of: to, status: 'compliant', detail_status: 'unknown' })),
    rules: [],
    grid: {},
    ...over,
  };
}

test('a rule without outcomes, with too few, or with a word nobody knows is unknown, never met', () => {
  const { core } = gridOf(
    history({
      rules: [
        { id: 'NONE', title: text, core: true },
        { id: 'FEW', title: text, core: true },
        { id: 'ODD', title: text, core: true },
      ],
      grid: { FEW: ['met'], ODD: ['met', 'fine', 'breached', 'not_applicable'] },
    }),
  );
  expect(core.map(({ outcomes }) => outcomes)).toEqual([
    ['unknown', 'unknown', 'unknown', 'unknown'],
    ['met', 'unknown', 'unknown', 'unknown'],
    ['met', 'unknown', 'breached', 'not_applicable'],
  ]);
});

test('a status nobody knows is unknown in the overall row', () => {
  const quarters = history().quarters.map((quarter, at) => ({ ...quarter, status: ['compliant', 'non_compliant', 'not_applicable', 'fine'][at]! }));
  expect(gridOf(history({ quarters })).overall.outcomes).toEqual(['met', 'breached', 'not_applicable', 'unknown']);
});

test('a quarter before the site was in the register says so in every row, and not that something is unknown', () => {
  const quarters = history().quarters.map((quarter, at) => ({ ...quarter, on_record: at > 0, detail_status: at > 0 ? 'unknown' : null }));
  const grid = gridOf(history({ quarters, rules: [{ id: 'A', title: text, core: true }], grid: { A: [null, 'met', 'met', 'met'] } }));
  expect([grid.overall, grid.core[0]!, grid.detail].map(({ outcomes }) => outcomes[0])).toEqual(['absent', 'absent', 'absent']);
  expect(grid.core[0]!.outcomes[1]).toBe('met');
});

test('core rules keep their order; of the others those that fail now stand first', () => {
  const rule = (id: string, core: boolean) => ({ id, title: text, core });
  const all = (outcome: string) => [outcome, outcome, outcome, outcome];
  const grid = gridOf(
    history({
      rules: [rule('CORE-MET', true), rule('CORE-BREACHED', true), rule('MET', false), rule('UNKNOWN', false), rule('WAS-BREACHED', false), rule('BREACHED', false)],
      grid: { 'CORE-MET': all('met'), 'CORE-BREACHED': all('breached'), MET: all('met'), UNKNOWN: all('unknown'), 'WAS-BREACHED': ['breached', 'breached', 'breached', 'met'], BREACHED: ['met', 'met', 'met', 'breached'] },
    }),
  );
  expect(grid.core.map(({ id }) => id)).toEqual(['CORE-MET', 'CORE-BREACHED']);
  expect(grid.rest.map(({ id }) => id)).toEqual(['BREACHED', 'UNKNOWN', 'MET', 'WAS-BREACHED']);
});

test('a rule that bound the site in no quarter is named apart, one that did in a single quarter has its row', () => {
  const rule = (id: string) => ({ id, title: text, core: false });
  const grid = gridOf(
    history({
      rules: [rule('NEVER'), rule('ONCE')],
      grid: { NEVER: ['not_applicable', 'not_applicable', 'not_applicable', 'not_applicable'], ONCE: ['unknown', 'not_applicable', 'not_applicable', 'not_applicable'] },
    }),
  );
  expect([grid.rest.map(({ id }) => id), grid.idle.map(({ id }) => id)]).toEqual([['ONCE'], ['NEVER']]);
});

test('a year stands above its quarters', () => {
  expect(gridOf(history()).years).toEqual([
    { year: '2025', span: 2 },
    { year: '2026', span: 2 },
  ]);
});

test('a day belongs to the quarter that holds it, its first and last included', () => {
  const { quarters } = history();
  expect(quarterOf(quarters, '2025-06-30')).toBe(-1);
  expect(quarterOf(quarters, '2025-10-01')).toBe(1);
  expect(quarterOf(quarters, '2025-12-31')).toBe(1);
  expect(quarterNumber(quarters[1]!)).toBe('4');
});

test('an outcome stands since the quarter after its last change', () => {
  const { quarters } = history();
  expect(since({ id: 'A', title: text, outcomes: ['met', 'breached', 'met', 'met'] }, quarters)?.quarter).toBe('2026-Q1');
  expect(since({ id: 'A', title: text, outcomes: ['met', 'met', 'met', 'breached'] }, quarters)?.quarter).toBe('2026-Q2');
  expect(since({ id: 'A', title: text, outcomes: ['met', 'met', 'met', 'met'] }, quarters)).toBeUndefined();
});

test('the grid ends today as long as it holds the day looked at', () => {
  // Of 2026-Q4 the twelfth quarter back, itself counted, is 2024-Q1.
  expect(gridDay(undefined, '2026-11-26')).toBeUndefined();
  expect(gridDay('2024-01-01', '2026-11-26')).toBeUndefined();
  expect(gridDay('2023-12-31', '2026-11-26')).toBe('2023-12-31');
  expect(gridDay('2027-01-01', '2026-11-26')).toBe('2027-01-01');
});
