import { expect, test } from 'vitest';
import type { Item } from '../api.ts';
import { Vertices } from '../survey/vertices.ts';
import { changesOf } from './compare.ts';
import type { Plan } from './data.ts';

const ring = (x: number) => ({ type: 'Polygon' as const, coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 0]]] });
const lot = (id: string, size: number) => ({ id, properties: { lot_symbol: id.toUpperCase() }, drawn: ring(0), stored: null, size });
const plan: Plan = { id: 'b', properties: {}, boundary: null, parcels: [lot('n', 100), lot('m', 50)], lines: [], buildings: [], crs: undefined, vertices: new Vertices([]), landUse: [], lineKinds: [] };
const before = new Map<string, Item>([['o', { type: 'Feature', id: 'o', geometry: ring(5), properties: { lot_symbol: 'OLD', area_m2: 80 } }]]);
const none = { before: 'a', after: 'b', added: [], removed: [], changed: [], unchanged: 0, tolerance_m: 0.1 };

test('a lot that neither version has is named by its id and has no place', () => {
  const [change] = changesOf({ ...none, added: ['lost'] }, plan, before, undefined);
  expect(change).toEqual({ kind: 'added', name: 'lost', detail: '', geometry: null });
});

test('a removed lot lies where the earlier version had it', () => {
  const [change] = changesOf({ ...none, removed: ['o'] }, plan, before, undefined);
  expect([change!.kind, change!.name, change!.geometry]).toEqual(['removed', 'OLD', ring(5)]);
});

test('a lot that changed its use and moved is listed as changed use, with both in words', () => {
  const [change] = changesOf({ ...none, changed: [{ before: 'o', after: 'm', land_use: ['CX', null], area_m2: [60, 50], moved_m: 1.2346 }] }, plan, before, undefined);
  expect(change!.kind).toBe('use');
  expect(change!.detail).toBe('CX → chưa rõ; ranh dịch 1,235 m; 60,0 → 50,0 m²');
});

test('a figure of the lot table that came or went is told with what it was', () => {
  const [change] = changesOf({ ...none, changed: [{ before: 'o', after: 'm', area_m2: [50, 50], values: { storeys_max: [null, 5] } }] }, plan, before, undefined);
  expect(change!.detail).toBe('storeys_max: chưa có thông tin → 5');
});

test('an area that differs by less than is shown is not shown as a change', () => {
  const [change] = changesOf({ ...none, changed: [{ before: 'o', after: 'm', land_use: null, area_m2: [50, 50.04], moved_m: null }] }, plan, before, undefined);
  expect([change!.kind, change!.detail]).toEqual(['values', '']);
});
