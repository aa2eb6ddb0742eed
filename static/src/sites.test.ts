import { expect, test } from 'vitest';
import type { Item } from './api.ts';
import { countByStatus, isDemo, placeOf, plansOf, siteOf, unitName } from './sites.ts';

const item = (properties: Record<string, unknown>): Item => ({
  type: 'Feature',
  id: 'a',
  geometry: { type: 'Point', coordinates: [105.8, 21] },
  properties,
});

test('a missing or unheard-of status is unknown, never compliant', () => {
  expect(siteOf('clusters', item({})).status).toBe('unknown');
  expect(siteOf('clusters', item({ compliance_status: null })).status).toBe('unknown');
  expect(siteOf('clusters', item({ compliance_status: 'fine' })).status).toBe('unknown');
});

test('a site without a name goes by its id', () => {
  expect(siteOf('clusters', item({ name_vi: null })).name).toBe('a');
});

test('the place of a site without commune and district is empty', () => {
  expect(placeOf({ commune_2025: null })).toBe('');
});

test('the place names commune and former district', () => {
  expect(placeOf({ commune_2025: 'Xã Phú Nghĩa', district_legacy: 'Chương Mỹ' })).toBe('Xã Phú Nghĩa, Chương Mỹ cũ');
});

test('the place on a day with districts names the commune and district of then', () => {
  const place = { commune_2025: 'Xã Phú Nghĩa', commune_legacy: 'Đông Sơn', district_legacy: 'Chương Mỹ' };
  expect(placeOf({ ...place, compliance_as_of: '2025-06-30' })).toBe('Đông Sơn, Chương Mỹ');
  expect(placeOf({ ...place, compliance_as_of: '2025-07-01' })).toBe('Xã Phú Nghĩa, Chương Mỹ cũ');
});

test('a commune goes by type and name, or by the name alone', () => {
  expect(unitName({ unit_type: 'Phường', name_vi: 'Nghĩa Đô' })).toBe('Phường Nghĩa Đô');
  expect(unitName({ unit_type: null, name_vi: 'Nghĩa Đô' })).toBe('Nghĩa Đô');
});

test('a site is demo data if its row or what its status rests on is', () => {
  expect(isDemo(siteOf('clusters', item({ is_demo: false, demo_data: false })))).toBe(false);
  expect(isDemo(siteOf('clusters', item({ is_demo: true })))).toBe(true);
  expect(isDemo(siteOf('clusters', item({ is_demo: false, demo_data: true })))).toBe(true);
});

test('every site is counted once', () => {
  const sites = [
    siteOf('clusters', item({ compliance_status: 'compliant' })),
    siteOf('craft_villages', item({ compliance_status: 'compliant' })),
    siteOf('craft_villages', item({})),
  ];
  const counts = countByStatus(sites);
  expect(counts.clusters).toEqual({ non_compliant: 0, unknown: 0, compliant: 1, not_applicable: 0 });
  expect(counts.craft_villages).toEqual({ non_compliant: 0, unknown: 1, compliant: 1, not_applicable: 0 });
});

test('a village does not get the plan of the cluster that goes by the same id', () => {
  const plan = (id: string, register: string) => ({ type: 'Feature' as const, id, geometry: null, properties: { site_id: 'phung', site_collection: register } });
  const plans = [plan('a', 'clusters'), plan('b', 'craft_villages')];
  expect(plansOf({ collection: 'craft_villages', id: 'phung' }, plans).map(({ id }) => id)).toEqual(['b']);
  expect(plansOf({ collection: 'clusters', id: 'duong-lieu' }, plans)).toEqual([]);
});
