/** The worker itself, between a cache and a network that are made up. */

import { afterEach, expect, test, vi } from 'vitest';

const SCOPE = 'https://city.example/lx/';
const CLUSTERS = `${SCOPE}collections/clusters/items?f=json`;

/** Starts a worker anew, as browsers do between answers; gives what it listens to. */
async function started(cache: Map<string, Response>, answer: () => Promise<Response>): Promise<Map<string, (event: unknown) => void>> {
  const heard = new Map<string, (event: unknown) => void>();
  const name = (request: string | Request) => (typeof request === 'string' ? request : request.url);
  const match = async (request: string | Request) => cache.get(name(request))?.clone();
  const open = async () => ({
    match,
    keys: async () => [...cache.keys()].map((kept) => new Request(kept)),
    put: async (request: string | Request, response: Response) => void cache.set(name(request), response),
    addAll: async (files: string[]) => void (await Promise.all(files.map(async (file) => cache.set(SCOPE + file, await answer())))),
    delete: async (request: string) => cache.delete(request),
  });
  vi.stubGlobal('caches', { open, match });
  vi.stubGlobal('fetch', answer);
  vi.stubGlobal('__VERSION__', 'test');
  vi.stubGlobal('__SHELL__', ['assets/site-a.js']);
  vi.stubGlobal('self', { registration: { scope: SCOPE }, clients: { get: async () => undefined }, addEventListener: (type: string, listener: (event: unknown) => void) => heard.set(type, listener) });
  vi.resetModules();
  await import('./main.ts');
  return heard;
}

/** Asks a worker that has just been started and waits for what it does besides. */
async function ask(url: string, cache: Map<string, Response>, answer: () => Promise<Response>, mode: RequestMode = 'cors'): Promise<Response> {
  const heard = await started(cache, answer);
  const besides: Promise<unknown>[] = [];
  const response = await new Promise<Response>((resolve, reject) => heard.get('fetch')!({ request: Object.defineProperty(new Request(url), 'mode', { value: mode }), clientId: 'page', respondWith: (answer: Promise<Response>) => answer.then(resolve, reject), waitUntil: (work: Promise<unknown>) => besides.push(work) }));
  await Promise.all(besides);
  return response;
}

/** An answer of our own server, as a browser marks it. */
const answered = (status: number, body = '{}') => async () => Object.defineProperty(new Response(body, { status }), 'type', { value: 'basic' });
const lost = async () => {
  throw new TypeError('Failed to fetch');
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test.each([401, 403, 404, 410])('a copy does not outlive the answer %i', async (status) => {
  const cache = new Map<string, Response>();
  await ask(CLUSTERS, cache, answered(200, '{"features":[]}'));
  expect(await (await ask(CLUSTERS, cache, lost)).json()).toEqual({ features: [] });
  expect((await ask(CLUSTERS, cache, answered(status))).status).toBe(status);
  expect(cache.size).toBe(0);
});

test('a copy outlives a server that fails', async () => {
  const cache = new Map<string, Response>();
  await ask(CLUSTERS, cache, answered(200));
  expect((await ask(CLUSTERS, cache, answered(503))).status).toBe(503);
  expect(cache.size).toBe(1);
});

test('the page of a site that was never seen opens without a network by the document of one that was, as long as its files are there', async () => {
  const page = (file: string) => `<script type="module" crossorigin src="./assets/${file}"></script>`;
  const cache = new Map<string, Response>();
  await expect(ask(`${SCOPE}sites/clusters/a`, cache, lost, 'navigate')).rejects.toThrow('Failed');
  await ask(`${SCOPE}sites/clusters/a`, cache, answered(200, page('site-b.js')), 'navigate');
  expect(cache.size, 'files of another state').toBe(0);
  await ask(`${SCOPE}sites/clusters/a`, cache, answered(200, page('site-a.js')), 'navigate');
  expect(await (await ask(`${SCOPE}sites/craft_villages/b?lang=en`, cache, lost, 'navigate')).text()).toBe(page('site-a.js'));
});

test('the map’s page is kept without the drawing in it, which may be one for who has signed in', async () => {
  const install = async (cache: Map<string, Response>, answer: () => Promise<Response>) => {
    const heard = await started(cache, answer);
    await new Promise((resolve, reject) => heard.get('install')!({ waitUntil: (work: Promise<unknown>) => work.then(resolve, reject) }));
  };
  const cache = new Map<string, Response>();
  await install(cache, answered(200, '<div><script type="application/json" id="first-data">{"sites":[]}</script><div id="map"></div></div>'));
  expect([...cache.keys()].sort()).toEqual([SCOPE, `${SCOPE}assets/site-a.js`]);
  expect(await cache.get(SCOPE)!.clone().text()).toBe('<div><div id="map"></div></div>');
  expect(await (await ask(`${SCOPE}?lang=en`, cache, lost, 'navigate')).text()).toBe('<div><div id="map"></div></div>');
  await expect(install(new Map(), answered(503))).rejects.toThrow('503');
});

test('the bound is held though no worker lives to keep more than one copy', async () => {
  const heavy = () => new Response('', { headers: { 'x-langxanh-weight': String(40 << 20) } });
  const cache = new Map([['old', heavy()], ['new', heavy()]].map(([path, kept]) => [`${SCOPE}${path as string}`, kept as Response]));
  const chance = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  await ask(CLUSTERS, cache, answered(200));
  expect(cache.size).toBe(3);
  chance.mockReturnValue(0.01);
  await ask(CLUSTERS, cache, answered(200));
  expect([...cache.keys()]).toEqual([`${SCOPE}new`, CLUSTERS]);
});
