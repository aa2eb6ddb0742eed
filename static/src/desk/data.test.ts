import { expect, test } from 'vitest';
import type { Site, Status } from '../sites.ts';
import { changesOf, quarterBefore } from './changes.ts';
import { goalState, keysOf } from './data.ts';
import { deskStrings, type DeskKey } from './words.ts';

test('both languages of the desk have every sentence with the same placeholders, in composed letters', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(deskStrings.vi) as DeskKey[]) {
    expect(deskStrings.en[key], key).toBeTruthy();
    expect(places(deskStrings.en[key]), key).toEqual(places(deskStrings.vi[key]));
    expect(deskStrings.vi[key], key).toBe(deskStrings.vi[key].normalize('NFC'));
  }
});

test('the quarter before ends before the day’s own begins', () => {
  expect(quarterBefore('2026-01-01')).toBe('2025-12-31');
  expect(quarterBefore('2026-03-31')).toBe('2025-12-31');
  expect(quarterBefore('2026-04-01')).toBe('2026-03-31');
  expect(quarterBefore('2026-11-26')).toBe('2026-09-30');
});

test('a goal without a number has no state, and what unknowns can still turn is open', () => {
  expect(goalState({ goal: { min: null, max: null }, interval: [0, 5] })).toBeUndefined();
  expect(goalState({ goal: { min: 5, max: 10 }, interval: null })).toBe('open');
  expect(goalState({ goal: { min: 5, max: 10 }, interval: [0, 5] })).toBe('open');
  expect(goalState({ goal: { min: 26, max: 26 }, interval: [0, 6] })).toBe('missed');
  expect(goalState({ goal: { min: 5, max: 10 }, interval: [5, 12] })).toBe('reached');
  expect(goalState({ goal: { min: null, max: 3 }, interval: [4, 5] })).toBe('missed');
});

test('a site that was not there before is new and nothing else; one that lost its proof is not better', () => {
  const now: Pick<Site, 'key' | 'status'>[] = [
    { key: 'a', status: 'non_compliant' },
    { key: 'b', status: 'unknown' },
    { key: 'c', status: 'compliant' },
    { key: 'd', status: 'compliant' },
    { key: 'e', status: 'not_applicable' },
  ];
  const before = new Map<string, Status>([['a', 'unknown'], ['b', 'compliant'], ['c', 'non_compliant'], ['e', 'compliant'], ['f', 'unknown']]);
  expect(changesOf(before, now)).toEqual({ worse: ['a'], unproven: ['b'], better: ['c'], idle: ['e'], new: ['d'], gone: ['f'] });
});

test('ids that nobody knows are no sites, and a cluster goes before a village of its id', () => {
  const sites = new Map([['clusters/a', {} as Site], ['craft_villages/a', {} as Site], ['craft_villages/b', {} as Site]]);
  expect([...keysOf(['a', 'b', 'c'], sites)]).toEqual(['clusters/a', 'craft_villages/b']);
});
