import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isWritable } from '../frame/editing.ts';
import { Client, Refusal, rightsOf } from './api.ts';

const sent: { url: URL; init: RequestInit & { headers: Headers } }[] = [];
let answers: Response[] = [];

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal('document', { baseURI: 'http://city.test/map/' });
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit & { headers: Headers }) => {
    sent.push({ url, init });
    return answers.shift() ?? new Response('{}', { status: 200 });
  });
});
afterEach(() => vi.unstubAllGlobals());

const client = new Client(() => 'secret');
const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);

test('the token goes to our own server alone and never along a redirect, and no cookie with it', async () => {
  answers = [json({ name: 'lan', role: 'editor' })];
  await client.me();
  expect(sent[0]!.url.href).toBe('http://city.test/map/me');
  expect(sent[0]!.init.headers.get('Authorization')).toBe('Bearer secret');
  expect(sent[0]!.init).toMatchObject({ credentials: 'omit', redirect: 'error' });
});

test('an update names the version it is made from and tells why in letters that a header can carry', async () => {
  answers = [new Response(null, { status: 204, headers: { ETag: '"2"' } })];
  const saved = await client.update('clusters', 'phung/1', { properties: { area_ha: 3 } }, { etag: '"1"', message: 'theo biên bản', crs: 'http://www.opengis.net/def/crs/EPSG/0/5897' });
  const { url, init } = sent[0]!;
  expect(saved).toEqual({ state: 'saved', id: 'phung/1', etag: '"2"' });
  expect(url.pathname).toBe('/map/collections/clusters/items/phung%2F1');
  expect(init.method).toBe('PATCH');
  expect(init.headers.get('If-Match')).toBe('"1"');
  expect(init.headers.get('Langxanh-Message')).toBe('theo%20bi%C3%AAn%20b%E1%BA%A3n');
  expect(init.headers.get('Content-Type')).toBe('application/merge-patch+json');
  // Nothing is said of a system where no place is sent.
  expect(init.headers.has('Content-Crs')).toBe(false);
  expect(init.body).toBe('{"properties":{"area_ha":3}}');
});

test('what was written is asked for again with the version that has it, from whichever instance answers', async () => {
  answers = [new Response(null, { status: 204, headers: { 'Langxanh-Version': '9f86d081-42' } })];
  await client.update('clusters', 'a', { properties: {} }, {});
  expect(sent[0]!.init.headers.has('Langxanh-Not-Before')).toBe(false);
  expect((document as unknown as { cookie: string }).cookie).toBe('langxanh-not-before=9f86d081-42; path=/map/; max-age=300; samesite=lax');
  // An answer to a mere question says how far that instance is, and not what was written.
  answers = [json({ name: 'lan', role: 'editor' }, { headers: { 'Langxanh-Version': '9f86d081-50' } }), json({ name: 'lan', role: 'editor' })];
  await client.me();
  await client.me();
  expect(sent.slice(1).map(({ init }) => init.headers.get('Langxanh-Not-Before'))).toEqual(['9f86d081-42', '9f86d081-42']);
});

test('a place is sent with the system that it is in', async () => {
  answers = [new Response(null, { status: 204 })];
  await client.update('plans', 'p', { geometry: { type: 'Point', coordinates: [500000.123, 2322000] } }, { crs: 'http://www.opengis.net/def/crs/EPSG/0/5897' });
  expect(sent[0]!.init.headers.get('Content-Crs')).toBe('<http://www.opengis.net/def/crs/EPSG/0/5897>');
});

test('a feature with an id of ours is made once, however often it is sent', async () => {
  answers = [new Response(null, { status: 201, headers: { Location: '/collections/violations/items/vio-1' } })];
  await client.create('violations', { type: 'Feature', id: 'vio-1', geometry: null, properties: {} });
  expect(sent[0]!.init.headers.get('If-None-Match')).toBe('*');
});

test('an edit that waits for an approver is told from one that is written', async () => {
  answers = [new Response(null, { status: 202, headers: { Location: 'http://city.test/proposals/17' } })];
  expect(await client.remove('clusters', 'a', {})).toEqual({ state: 'proposed', proposal: '17' });
});

test('a refusal carries the faults with their pointers, and those of parameters by name', async () => {
  answers = [json({ title: 't', errors: [{ pointer: '/properties/name_vi', detail: 'd' }, { parameter: 'crs', detail: 'e' }] }, { status: 422 })];
  const refusal = await client.remove('clusters', 'a', {}).catch((error: unknown) => error as Refusal);
  expect(refusal).toBeInstanceOf(Refusal);
  expect((refusal as Refusal).problem.errors).toEqual([
    { pointer: '/properties/name_vi', detail: 'd' },
    { pointer: 'crs', detail: 'e' },
  ]);
});

test('a refusal without a document, and a lock-out with a time, are refusals too', async () => {
  answers = [new Response('oops', { status: 429, headers: { 'Retry-After': '30' } })];
  expect(await client.me().catch((error: unknown) => error)).toMatchObject({ status: 429, retryAfter: 30 });
});

test('rights are those that the answer to OPTIONS names', () => {
  expect(rightsOf('GET, HEAD, OPTIONS')).toEqual({ create: false, update: false, remove: false });
  expect(rightsOf('GET,post , PATCH')).toEqual({ create: true, update: true, remove: false });
  expect(rightsOf(null)).toEqual({ create: false, update: false, remove: false });
});

test('a service that takes edits says so even to who may send none', () => {
  expect(isWritable(new Headers({ Allow: 'GET, HEAD, OPTIONS' }))).toBe(false);
  expect(isWritable(new Headers({ Allow: 'GET, HEAD, OPTIONS', 'Accept-Post': 'application/geo+json' }))).toBe(true);
  expect(isWritable(new Headers({ Allow: 'GET, POST' }))).toBe(true);
});
