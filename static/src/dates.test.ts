import { expect, test } from 'vitest';
import { daysFrom, holdsOn, isDay, today } from './dates.ts';

test('a day that the calendar does not have is none', () => {
  for (const text of ['', '2025', '2025-6-1', '2025-02-29', '2025-13-01', '2025-06-30T00:00:00Z', 'x2025-06-30']) expect(isDay(text), text).toBe(false);
  expect(isDay('2024-02-29')).toBe(true);
});

test('today is the day in Hanoi: seven hours before midnight in London it is tomorrow there', () => {
  expect(today(new Date('2026-11-25T16:59:59Z'))).toBe('2026-11-25');
  expect(today(new Date('2026-11-25T17:00:00Z'))).toBe('2026-11-26');
});

test('days are counted over the end of a leap February', () => {
  expect(daysFrom('2024-02-28', '2024-03-01')).toBe(2);
  expect(daysFrom('2024-03-01', '2024-02-28')).toBe(-2);
});

test('a district holds on its last day and no longer; a commune from its first', () => {
  expect(holdsOn({ valid_from: null, valid_to: '2025-06-30' }, '2025-06-30')).toBe(true);
  expect(holdsOn({ valid_from: null, valid_to: '2025-06-30' }, '2025-07-01')).toBe(false);
  expect(holdsOn({ valid_from: '2025-07-01', valid_to: null }, '2025-06-30')).toBe(false);
});
