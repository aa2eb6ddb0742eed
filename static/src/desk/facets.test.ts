import { expect, test } from 'vitest';
import { STATUSES, type Site, type Status } from '../sites.ts';
import { countsOf, passes, rowOf, toggled, toggledStatus } from './facets.ts';
import { firstFind, type Find } from './state.ts';

function site(id: string, properties: Record<string, unknown>, status: Status = 'unknown', collection: Site['collection'] = 'clusters'): Site {
  return { key: `${collection}/${id}`, collection, id, name: id, status, statusTitle: status, point: null, geometry: null, properties: { compliance_as_of: '2026-11-26', ...properties } };
}

const core = new Set(['A', 'B']);
const frame = { statuses: new Set(STATUSES) };
const find = (facets: Find['facets']): Find => ({ ...firstFind(), facets });

test('rules that the server does not tell of are not counted as none', () => {
  expect(rowOf(site('x', {}), core).breaches).toBeNull();
  expect(rowOf(site('x', { breached_rules: 'A' }), undefined).breaches).toBeNull();
  expect(rowOf(site('x', { breached_rules: '' }), core).breaches).toBe(0);
});

test('only core rules count, all of them can be found by', () => {
  const row = rowOf(site('x', { breached_rules: 'A,C', unknown_rules: 'B', effluent_worst_ratio: 0 }), core);
  expect([row.breaches, row.unknowns, row.ratio]).toEqual([1, 1, 0]);
  expect(row.values.breached).toEqual(['A', 'C']);
});

test('a commune is one of those of its day, and each of several new ones', () => {
  const properties = { commune_2025: 'Xã Một, Xã Hai', commune_legacy: 'Cũ' };
  expect(rowOf(site('x', properties), core).values.commune).toEqual(['Xã Một', 'Xã Hai']);
  expect(rowOf(site('x', { ...properties, compliance_as_of: '2025-06-30' }), core).values.commune).toEqual(['Cũ']);
});

test('within a facet any value passes, between facets all must', () => {
  const row = rowOf(site('x', { district_legacy: 'Hoài Đức', established_year: 2018 }), core);
  expect(passes(row, find({ district: ['Đông Anh', 'Hoài Đức'] }), frame)).toBe(true);
  expect(passes(row, find({ district: ['Hoài Đức'], year: ['2017'] }), frame)).toBe(false);
  expect(passes(row, find({ district: [] }), frame)).toBe(true);
  expect(passes(row, find({}), { statuses: new Set<Status>(['compliant']) })).toBe(false);
  expect(passes(row, find({}), { ...frame, keys: new Set(['clusters/y']) })).toBe(false);
});

test('what is not on record is found as such', () => {
  const row = rowOf(site('x', { investor: null }), core);
  expect(passes(row, find({ investor: [''] }), frame)).toBe(true);
  expect(passes(row, find({ investor: ['A'] }), frame)).toBe(false);
});

test('a facet counts with the other facets applied and its own choice left out', () => {
  const rows = [site('1', { district_legacy: 'D', established_year: 2017 }), site('2', { district_legacy: 'D', established_year: 2018 }), site('3', { district_legacy: 'E', established_year: 2018 })].map((one) => rowOf(one, core));
  const chosen = find({ district: ['D'], year: ['2018'] });
  // Of district D there is one of 2017 and one of 2018; of 2018 one in D and one in E.
  expect([...countsOf(rows, 'year', chosen, frame)].sort()).toEqual([['2017', 1], ['2018', 1]]);
  expect([...countsOf(rows, 'district', chosen, frame)].sort()).toEqual([['D', 1], ['E', 1]]);
  expect(countsOf(rows, 'year', find({ year: ['1900'] }), frame).get('1900')).toBe(0);
});

test('ticking turns a value on and off; of all statuses the first tick leaves one, and the last brings all back', () => {
  expect(toggled(undefined, 'a')).toEqual(['a']);
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  expect(toggledStatus(STATUSES, new Set(STATUSES), 'unknown')).toEqual(['unknown']);
  expect(toggledStatus(STATUSES, new Set<Status>(['unknown']), 'compliant')).toEqual(['unknown', 'compliant']);
  expect(toggledStatus(STATUSES, new Set<Status>(['unknown']), 'unknown')).toEqual([...STATUSES]);
});
