import { expect, test } from 'vitest';
import { documentOf, endsCopy, isWhole, mayBeKept, surplus, wayOf, withoutDrawing, type Asked } from './rules.ts';

const SCOPE = 'https://city.example/lx/';
const way = (path: string, more: Partial<Asked> = {}) => wayOf({ method: 'GET', url: SCOPE + path, isNavigation: false, isSigned: false, ...more }, SCOPE);

test('what is asked in somebody’s name, written, or another server’s goes through and leaves nothing', () => {
  expect(way('collections/clusters/items?f=json', { isSigned: true })).toBe('through');
  expect(way('collections/clusters/items', { method: 'POST' })).toBe('through');
  expect(way('collections/clusters/items', { method: 'OPTIONS' })).toBe('through');
  expect(wayOf({ method: 'GET', url: 'https://tiles.example/1/2/3.png', isNavigation: false, isSigned: false }, SCOPE)).toBe('through');
  // The same host, but not the page's own folder.
  expect(wayOf({ method: 'GET', url: 'https://city.example/collections', isNavigation: false, isSigned: false }, SCOPE)).toBe('through');
});

test('who somebody is, what waits for him, and files to be saved are never kept', () => {
  for (const path of ['me', 'proposals', 'proposals/3', 'changes', 'imports/1', 'quarters', 'collections/clusters/items/a/versions', 'collections/clusters/items/a/attachments', 'collections/clusters/items?f=csv', 'collections/clusters/download?f=gpkg', 'plans/a/review?f=pdf', 'compliance/targets?f=html', 'basemap.pmtiles', 'qgis/langxanh.qgz', 'metrics']) expect(way(path), path).toBe('through');
});

test('data that readers look at, the page and its files are', () => {
  for (const path of ['collections?f=json', 'collections/clusters/items?f=json&limit=10000', 'collections/clusters/items/a', 'tiles/WebMercatorQuad/14/7200/12900?collections=buildings', 'compliance/clusters/a/history', 'compliance/targets', 'hotspots?as-of=2025-12-31', 'hotspots/why', 'plans/a/review', 'basemap']) expect(way(path), path).toBe('data');
  expect(way('sites/clusters/a/neighbours?distance=2000')).toBe('data');
  expect(way('assets/index-a1b2.js')).toBe('asset');
  expect(way('favicon.svg')).toBe('asset');
  expect(way('?lang=en', { isNavigation: true })).toBe('page');
  // The landing page for programs, and pages of the data, are no map.
  expect(way('?f=html', { isNavigation: true })).toBe('through');
  expect(way('collections?f=html', { isNavigation: true })).toBe('through');
});

test('pages of sites and of two side by side are documents, and nothing else beneath their addresses is', () => {
  const named = (path: string) => documentOf(SCOPE + path, SCOPE);
  expect([named('sites/clusters/a?as-of=2024-12-31'), named('compare?lang=en#sites=a,b'), named('sites/clusters'), named('sites/clusters/a/neighbours'), named('comparex'), named('')]).toEqual(['site', 'compare', undefined, undefined, undefined, undefined]);
  expect(way('sites/clusters/a?lang=en', { isNavigation: true })).toBe('document');
  expect(way('compare', { isNavigation: true })).toBe('document');
  expect(way('sites/clusters/a', { isNavigation: true, isSigned: true })).toBe('through');
  expect(way('reports/2026-10', { isNavigation: true })).toBe('through');
});

test('a document whose files are another state’s, or which has none, is not kept', () => {
  const page = (file: string) => `<script type="module" crossorigin src="./assets/site-a.js"></script><link rel="modulepreload" crossorigin href="./assets/${file}">`;
  const files = ['assets/site-a.js', 'assets/shared-b.js'];
  expect(isWhole(page('shared-b.js'), files)).toBe(true);
  expect(isWhole(page('shared-c.js'), files)).toBe(false);
  expect(isWhole('<p>Không có mạng</p>', files)).toBe(false);
});

test('a kept page of the map has no drawing of a day that is over', () => {
  expect(withoutDrawing('<div><script type="application/json" id="first-data">{"land":[]}</script><div id="map"></div></div><script src="a.js"></script>')).toBe('<div><div id="map"></div></div><script src="a.js"></script>');
  expect(withoutDrawing('<div></div>')).toBe('<div></div>');
});

test('only whole answers of our own server are kept', () => {
  const answer = (status: number, more: { type?: ResponseType; cache?: string } = {}) => ({ status, type: more.type ?? 'basic', headers: new Headers(more.cache ? { 'cache-control': more.cache } : {}) }) as Response;
  expect(mayBeKept(answer(200, { cache: 'no-cache' }))).toBe(true);
  // An empty tile.
  expect(mayBeKept(answer(204))).toBe(true);
  for (const status of [206, 301, 304, 401, 404, 500]) expect(mayBeKept(answer(status)), String(status)).toBe(false);
  expect(mayBeKept(answer(200, { cache: 'no-store' }))).toBe(false);
  expect(mayBeKept(answer(200, { type: 'opaque' }))).toBe(false);
});

test('a refusal and what is gone end a copy, a server in trouble does not', () => {
  const ends = (status: number) => endsCopy({ status });
  expect([401, 403, 404, 410].every(ends)).toBe(true);
  expect([200, 204, 304, 400, 429, 500, 502, 503].some(ends)).toBe(false);
});

test('the oldest goes first, and no more of it than must', () => {
  const kept = [{ name: 'a', bytes: 5 }, { name: 'b', bytes: 5 }, { name: 'c', bytes: 5 }];
  expect(surplus(kept, { bytes: 15, count: 3 })).toEqual([]);
  expect(surplus(kept, { bytes: 14, count: 3 })).toEqual(['a']);
  expect(surplus(kept, { bytes: 15, count: 1 })).toEqual(['a', 'b']);
  expect(surplus(kept, { bytes: 0, count: 9 })).toEqual(['a', 'b', 'c']);
});
