import { expect, test } from 'vitest';
import { placeOf, quarterKey, quartersTo } from './quarters.ts';

test('twelve quarters end with the running one, which is judged for the day itself', () => {
  const quarters = quartersTo('2026-11-26');
  expect(quarters.length).toBe(12);
  expect(quarters.at(-1)).toEqual({ year: 2026, quarter: 4, day: '2026-11-26' });
  expect(quarters.at(-2)).toEqual({ year: 2026, quarter: 3, day: '2026-09-30' });
  // Eleven quarters before the fourth of 2026 is the first of 2024.
  expect(quarters[0]).toEqual({ year: 2024, quarter: 1, day: '2024-03-31' });
});

test('the first day of a year is in its first quarter, the last in its fourth', () => {
  expect(quartersTo('2026-01-01').at(-1)).toEqual({ year: 2026, quarter: 1, day: '2026-01-01' });
  expect(quartersTo('2026-01-01').at(-2)).toEqual({ year: 2025, quarter: 4, day: '2025-12-31' });
  expect(quartersTo('2025-12-31').at(-1)).toEqual({ year: 2025, quarter: 4, day: '2025-12-31' });
});

test('an address that asks for no quarter, or for one that the slider has not, is at the last', () => {
  const quarters = quartersTo('2026-11-26');
  for (const asked of [undefined, '', '2020-Q1', '2026-Q5', '2027-Q1']) expect(placeOf(asked, quarters), asked).toBe(11);
  expect(placeOf('2025-Q3', quarters)).toBe(6);
  expect(quarterKey(quarters[6]!)).toBe('2025-Q3');
});
