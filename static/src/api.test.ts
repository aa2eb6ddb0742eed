import { afterEach, expect, test, vi } from 'vitest';
import { assessmentUrl, decoded, fetchItem, fetchItems, fetchOfSite, recordUrl, reviewUrl, ServerError } from './api.ts';

const feature = (id: string) => ({ type: 'Feature', id, geometry: null, properties: {} });

/** A server of the given answers by address, for a page that lies behind a path prefix. */
function serve(answers: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('document', { baseURI: 'https://example.org/maps/?lang=en' });
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.href);
    const answer = answers[url.href];
    return answer ? Response.json(answer) : new Response(null, { status: 503 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test('an answer that is an error is reported with its status', async () => {
  serve({});
  await expect(fetchItems('clusters')).rejects.toThrow(ServerError);
  await expect(fetchItems('clusters')).rejects.toMatchObject({ status: 503 });
});

test('all pages are read, by the next links, below the page\'s own address', async () => {
  const first = 'https://example.org/maps/collections/clusters/items?f=json&limit=10000';
  const second = 'https://example.org/maps/collections/clusters/items?token=b';
  const asked = serve({
    [first]: { features: [feature('a')], links: [{ rel: 'self', href: first }, { rel: 'next', href: second }] },
    [second]: { features: [feature('b')], links: [] },
  });
  expect((await fetchItems('clusters')).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(asked).toEqual([first, second]);
});

test('a box is asked for as west, south, east, north', async () => {
  const asked = serve({});
  await expect(fetchItems('buildings', { bbox: [105.1, 20.9, 105.2, 21] })).rejects.toThrow();
  expect(new URL(asked[0]!).searchParams.get('bbox')).toBe('105.1,20.9,105.2,21');
});

test('a record is linked below the page\'s own address', () => {
  serve({});
  expect(recordUrl('clusters', 'duong-lieu')).toBe('https://example.org/maps/collections/clusters/items/duong-lieu?f=html');
  expect(recordUrl('clusters', 'duong-lieu', '2024-12-31')).toBe('https://example.org/maps/collections/clusters/items/duong-lieu?f=html&as-of=2024-12-31');
});

test('a past day and wanted properties are asked for; today is not said', async () => {
  const asked = serve({});
  await expect(fetchItems('infrastructure_items', { asOf: '2024-12-31', where: { site_id: 'phung & co' } })).rejects.toThrow();
  await expect(fetchItems('infrastructure_items', {})).rejects.toThrow();
  const [past, now] = asked.map((address) => new URL(address).searchParams);
  expect([past!.get('as-of'), past!.get('site_id')]).toEqual(['2024-12-31', 'phung & co']);
  expect(now!.has('as-of')).toBe(false);
});

test('escapes that are broken are left as they stand', () => {
  expect(['%E0', '%', 'b%E1%BA%A3n', ''].map(decoded)).toEqual(['%E0', '%', 'bản', '']);
});

test('one record is asked for by its escaped id, as it stood on a day', async () => {
  const address = 'https://example.org/maps/collections/clusters/items/a%2Fb?f=json';
  const asked = serve({ [address]: feature('a/b') });
  expect((await fetchItem('clusters', 'a/b')).id).toBe('a/b');
  await expect(fetchItem('clusters', 'a/b', '2024-12-31')).rejects.toThrow(ServerError);
  expect(asked).toEqual([address, `${address}&as-of=2024-12-31`]);
});

test('what is about a village is not taken for a cluster of the same id', async () => {
  const of = (id: string, site_collection: string) => ({ ...feature(id), properties: { site_id: 'phung', site_collection } });
  serve({ 'https://example.org/maps/collections/violations/items?f=json&limit=10000&site_id=phung': { features: [of('a', 'clusters'), of('b', 'craft_villages')] } });
  expect((await fetchOfSite('violations', { collection: 'clusters', id: 'phung' })).map(({ id }) => id)).toEqual(['a']);
});

test('the parts of an assessment and the city\'s pages are linked below the page\'s own address, for a day', () => {
  serve({});
  expect(assessmentUrl('clusters', 'a b', '2024-12-31', '/history').href).toBe('https://example.org/maps/compliance/clusters/a%20b/history?as-of=2024-12-31');
  expect(assessmentUrl('clusters', 'a').href).toBe('https://example.org/maps/compliance/clusters/a');
  expect(reviewUrl('targets', '2024-12-31').href).toBe('https://example.org/maps/compliance/targets?f=html&as-of=2024-12-31');
});
