import { expect, test } from 'vitest';
import { STATUSES, type Site, type Status } from '../sites.ts';
import { cql, sitesFilter } from './cql.ts';
import { firstFind, type Find } from './state.ts';

const all = new Set(STATUSES);
const names = new Set(['name_vi', 'district_legacy', 'commune_2025', 'commune_legacy', 'investor', 'established_year', 'breached_rules', 'area_ha', 'main_trade']);
const text = (facets: Find['facets'], statuses: ReadonlySet<Status> = all, properties: ReadonlySet<string> = names) => cql({ ...firstFind(), facets }, { statuses }, 'clusters', properties, undefined);

test('no status wanted is nothing wanted, all of them is no filter', () => {
  expect(text({}, new Set())).toBeUndefined();
  expect(text({})).toBe('');
  expect(text({}, new Set<Status>(['unknown', 'non_compliant']))).toBe("compliance_status IN ('non_compliant','unknown')");
});

test('a quotation mark ends no text', () => {
  expect(text({ investor: ["x' OR 1=1 --"] })).toBe("(investor IN ('x'' OR 1=1 --'))");
});

test('a year that is no number finds nothing, and never becomes part of the filter', () => {
  expect(text({ year: ['2018) OR (1=1'] })).toBe('established_year IS NULL AND established_year IS NOT NULL');
  expect(text({ year: ['2018', '2017', ''] })).toBe('(established_year IN (2018,2017) OR established_year IS NULL)');
});

test('a value among several in one text is taken whole', () => {
  expect(text({ breached: ['PLN_A'] })).toBe("(breached_rules = 'PLN_A' OR breached_rules LIKE 'PLN\\_A,%' OR breached_rules LIKE '%,PLN\\_A' OR breached_rules LIKE '%,PLN\\_A,%')");
});

test('before 1 July 2025 a commune is one of then', () => {
  expect(cql({ ...firstFind(), facets: { commune: ['Cũ'] } }, { statuses: all }, 'clusters', names, '2025-06-30')).toMatch(/^\(commune_legacy = 'Cũ' OR /);
});

test('what a collection does not record is found in it only as not on record', () => {
  expect(text({ investor: ['A'] }, all, new Set())).toBeUndefined();
  expect(text({ investor: ['A', ''] }, all, new Set())).toBe('');
});

test('an area is closed, and joins the rest by AND', () => {
  const find: Find = { ...firstFind(), facets: { district: ['D'] }, area: [[105, 20], [106, 20], [106, 21]] };
  expect(cql(find, { statuses: all }, 'clusters', names, undefined)).toBe("(district_legacy IN ('D')) AND S_INTERSECTS(geom,POLYGON((105 20,106 20,106 21,105 20)))");
});

const site = (name: string, district: string, commune: string | null = null) => ({ properties: { name_vi: name, district_legacy: district, commune_legacy: commune } }) as unknown as Site;

test('a site is named by as little as tells it from those that are not wanted', () => {
  expect(sitesFilter([site('A', 'D')], [site('B', 'D')], names)).toBe("name_vi = 'A'");
  expect(sitesFilter([site('A', 'D')], [site('A', 'E')], names)).toBe("(name_vi = 'A' AND district_legacy = 'D')");
  expect(sitesFilter([site('A', 'D'), site('B', 'D')], [site('A', 'D', 'C')], names)).toBe("(name_vi = 'A' AND commune_legacy IS NULL) OR name_vi = 'B'");
});

test('a site that cannot be told from one that is not wanted makes no filter', () => {
  expect(sitesFilter([site('A', 'D')], [site('A', 'D')], names)).toBeUndefined();
  expect(sitesFilter([], [], names)).toBeUndefined();
});
