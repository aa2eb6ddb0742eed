import { expect, test } from 'vitest';
import type { TimelineEvent } from '../api.ts';
import { entriesOf } from './events.ts';

const event = (date: string | null, over: Partial<TimelineEvent> = {}): TimelineEvent => ({ date, kind: 'milestone', title: { vi: date ?? '', en: '' }, ...over });

test('no events are no entries', () => {
  expect(entriesOf([], '2026-01-01')).toEqual([]);
});

test('the newest stands first, what has no date last, and a day keeps the order it came in', () => {
  const entries = entriesOf([event(null), event('2024-01-01'), event('2026-01-01', { kind: 'permit' }), event('2026-01-01'), event('2025-01-01')], '2026-06-01');
  expect(entries.map(({ event: { date, kind } }) => [date, kind])).toEqual([
    ['2026-01-01', 'permit'],
    ['2026-01-01', 'milestone'],
    ['2025-01-01', 'milestone'],
    ['2024-01-01', 'milestone'],
    [null, 'milestone'],
  ]);
});

test('a planned step is late from the day after its date, and one that is done never', () => {
  const late = (date: string, planned: boolean) => entriesOf([event(date, { planned })], '2026-03-01')[0]!.late;
  expect(late('2026-03-02', true)).toBeNull();
  expect(late('2026-03-01', true)).toBeNull();
  // February of 2026 has 28 days.
  expect(late('2026-01-31', true)).toBe(29);
  expect(late('2026-01-31', false)).toBeNull();
});
