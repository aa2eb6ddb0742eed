import { expect, test } from 'vitest';
import type { Item } from '../api.ts';
import type { MapData } from '../map/map.ts';
import { siteOf } from '../sites.ts';
import { searchIn } from './places.ts';

const cluster = (id: string, name: string, investor: string): Item => ({ type: 'Feature', id, geometry: { type: 'Point', coordinates: [105.8, 21] }, properties: { name_vi: name, investor } });
const commune: Item = { type: 'Feature', id: 'phu-xuyen', geometry: { type: 'Polygon', coordinates: [[[105.8, 20.7], [106, 20.7], [106, 20.8], [105.8, 20.7]]] }, properties: { name_vi: 'Phú Xuyên', level: 'commune' } };
const nowhere: Item = { ...commune, id: 'nowhere', geometry: null, properties: { name_vi: 'Không đâu', level: 'commune' } };

const data: MapData = {
  asOf: undefined,
  sites: [cluster('a', 'Cụm A', 'Công ty Xanh'), cluster('b', 'Cụm B', 'Công ty Xanh')].map((item) => siteOf('clusters', item, undefined)),
  units: [commune, nowhere],
  formerDistricts: [],
  waterways: [],
  stations: [],
  plans: [{ type: 'Feature', id: 'qh', geometry: null, properties: { name_vi: 'Quy hoạch A' } }],
  detail: [],
  detailBox: undefined,
};
const search = searchIn(data);

test('a site, a commune and a plan are found by name, an investor once with how many sites there are', () => {
  expect(search('cum a')[0]).toMatchObject({ name: 'Cụm A', site: { key: 'clusters/a' } });
  expect(search('phu xuyen')[0]).toMatchObject({ name: 'Phú Xuyên', box: [105.8, 20.7, 106, 20.8] });
  expect(search('quy hoach')[0]).toMatchObject({ plan: 'qh' });
  const owners = search('cong ty xanh').filter((target) => 'investor' in target);
  expect(owners).toHaveLength(1);
  expect(owners[0]!.where).toContain('2');
});

test('what has no place on record leads nowhere', () => {
  expect(search('khong dau')).toEqual([]);
});

test('coordinates come before all names, and say in which system they are taken', () => {
  expect(search('21.0285, 105.8542')[0]).toMatchObject({ lonLat: [105.8542, 21.0285] });
  expect(search('588591.944 2326345.312')[0]).toHaveProperty('plane');
});
