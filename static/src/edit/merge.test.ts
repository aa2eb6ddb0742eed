import { expect, test } from 'vitest';
import { isDecided, meetingsOf, resolved } from './merge.ts';

const base = { a: 1, b: 1, c: 1, d: 1, e: 1 };
// I changed a, b and d; they changed b, c and d; d to the same.
const meetings = meetingsOf(base, { a: 2, b: 2, d: 9 }, { a: 1, b: 3, c: 3, d: 9, e: 1 }, Object.keys(base));

test('what both changed differently comes first and must be decided', () => {
  expect(meetings.map(({ name, kind }) => [name, kind])).toEqual([
    ['b', 'both'],
    ['a', 'mine'],
    ['d', 'same'],
    ['c', 'theirs'],
  ]);
  expect(isDecided(meetings, new Map())).toBe(false);
  expect(isDecided(meetings, new Map([['b', 'theirs']]))).toBe(true);
});

test('only mine goes on top of theirs: neither what they changed alone nor what is there already', () => {
  expect(resolved(meetings, new Map([['b', 'theirs']]))).toEqual({ a: 2 });
  expect(resolved(meetings, new Map([['b', 'mine']]))).toEqual({ a: 2, b: 2 });
});

test('a value I took away is a change too, and a missing value is as good as none', () => {
  expect(meetingsOf({ a: 1 }, { a: null }, { a: 1 }, ['a'])[0]).toMatchObject({ kind: 'mine', mine: null });
  expect(meetingsOf({}, {}, { a: null }, ['a'])).toEqual([]);
});
