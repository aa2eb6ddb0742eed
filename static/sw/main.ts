/**
 * The service worker: lets the page start and show what was seen before without a network. The page and its files are
 * kept by version, whole; of data, what readers have looked at, up to a bound. A copy is only ever shown where the network
 * gives no answer, and the page is told each time, with the copy's age.
 */

import { documentOf, endsCopy, isWhole, mayBeKept, surplus, wayOf, withoutDrawing, type Kept } from './rules.ts';

declare const self: ServiceWorkerGlobalScope;
/** The page's files; the build puts them in the place of this name. */
declare const __SHELL__: string[];
/** A name of this state of the page, made of the names of its files. */
declare const __VERSION__: string;

const SHELL = `langxanh-page-${__VERSION__}`;
/** Raised when what is kept of data can no longer be read by the page. */
const DATA = 'langxanh-data-1';

/** What is kept of data at the most. A city's sites and communes are 2 MB, a tile some 20 kB. */
const BOUNDS = { bytes: 60 << 20, count: 3000 };

/** What stands in a kept copy for when it was taken, and what it weighs. */
const TAKEN = 'x-langxanh-taken';
const WEIGHT = 'x-langxanh-weight';

/** At one in so many new copies the oldest are looked through: by chance, for a worker seldom lives to count them. */
const ROUND = 50;

self.addEventListener('install', (event) => {
  // An older page goes on with the older worker and its files until it is closed: nothing is skipped.
  event.waitUntil(caches.open(SHELL).then((cache) => Promise.all([cache.addAll(__SHELL__), keepMap(cache)])));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith('langxanh-') && name !== SHELL && name !== DATA).map((name) => caches.delete(name)));
      // What the first visit looks at is kept already.
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('message', (event) => {
  const { seen, page } = (event.data ?? {}) as { seen?: string[]; page?: string };
  // What was loaded before the worker stood: asked for once more, the browser has most of it.
  if (Array.isArray(seen)) event.waitUntil(Promise.all(seen.map((url) => keepSeen(String(url)))));
  if (typeof page === 'string') event.waitUntil(keepPage(page));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const way = wayOf({ method: request.method, url: request.url, isNavigation: request.mode === 'navigate', isSigned: request.headers.has('authorization') }, self.registration.scope);
  if (way === 'asset') event.respondWith(ofShell(request));
  else if (way === 'page') event.respondWith(newPage(request));
  else if (way === 'document') event.respondWith(newDocument(event));
  else if (way === 'data') event.respondWith(data(event));
});

/** A file of this state of the page; of another state, from the network. */
async function ofShell(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: SHELL, ignoreVary: true })) ?? fetch(request);
}

async function newPage(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(self.registration.scope, { cacheName: SHELL, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

/** Keeps the map's page. Its drawing is of a day, and of what may be shown to who asks, for whom a browser may sign in by itself: it is left out. */
async function keepMap(cache: Cache): Promise<void> {
  // To a program the same address answers with a document.
  const page = new Request(self.registration.scope, { headers: { Accept: 'text/html' } });
  const answer = await fetch(page);
  if (!answer.ok) throw new TypeError(`the page was answered with ${answer.status}`);
  await cache.put(page, new Response(withoutDrawing(await answer.text()), { headers: unpacked(answer.headers) }));
}

async function newDocument(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const name = documentOf(request.url, self.registration.scope);
  try {
    const answer = await fetch(request);
    if (name && mayBeKept(answer)) event.waitUntil(keepDocument(name, answer.clone()));
    return answer;
  } catch (error) {
    // Whichever of them was seen: the page asks for the data of its own address, and says where it has none.
    const kept = name && (await caches.match(documentUrl(name), { cacheName: SHELL, ignoreVary: true }));
    if (kept) return kept;
    throw error;
  }
}

/** Under what a document is kept, beside the files that it needs; no page has this address. */
const documentUrl = (name: string) => new URL(`assets/${name}.html`, self.registration.scope).href;

async function keepDocument(name: string, answer: Response): Promise<void> {
  const text = await answer.text();
  // A server that has been renewed meanwhile names files that this worker does not have.
  if (!isWhole(text, __SHELL__)) return;
  const cache = await caches.open(SHELL);
  await cache.put(documentUrl(name), new Response(text, { headers: unpacked(answer.headers) }));
}

/** Keeps the document of a page that was opened before the worker stood. */
async function keepPage(url: string): Promise<void> {
  const name = documentOf(url, self.registration.scope);
  if (!name) return;
  try {
    const answer = await fetch(url, { headers: { Accept: 'text/html' } });
    if (mayBeKept(answer)) await keepDocument(name, answer);
  } catch {
    // As with data: the next visit will.
  }
}

/** The headers of an answer that lies there unpacked. */
function unpacked(of: Headers): Headers {
  const headers = new Headers(of);
  headers.delete('content-encoding');
  headers.delete('content-length');
  return headers;
}

async function data(event: FetchEvent): Promise<Response> {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (mayBeKept(answer)) event.waitUntil(keep(request.url, answer.clone()));
    else if (endsCopy(answer)) event.waitUntil(forget(request.url));
    void say(event.clientId, undefined);
    return answer;
  } catch (error) {
    // Whoever gave the request up wants no answer.
    if (request.signal.aborted) throw error;
    const kept = await caches.match(request.url, { cacheName: DATA, ignoreVary: true });
    void say(event.clientId, kept ? (kept.headers.get(TAKEN) ?? '') : null);
    if (kept) return kept.headers.get(WEIGHT) === '0' ? new Response(null, { status: 204 }) : kept;
    throw error;
  }
}

/** Tells the page that it has an answer of the network, a copy of a time, or (null) none. */
async function say(id: string, taken: string | null | undefined): Promise<void> {
  const client = await self.clients.get(id);
  client?.postMessage({ taken });
}

async function keep(url: string, answer: Response): Promise<void> {
  const body = await answer.arrayBuffer();
  const headers = unpacked(answer.headers);
  headers.set(TAKEN, new Date().toISOString());
  headers.set(WEIGHT, String(body.byteLength));
  const cache = await caches.open(DATA);
  // A new copy goes behind the others.
  await cache.delete(url, { ignoreVary: true });
  await cache.put(url, new Response(body, { status: 200, headers }));
  if (Math.random() < 1 / ROUND) await goRound(cache);
}

async function forget(url: string): Promise<void> {
  const cache = await caches.open(DATA);
  await cache.delete(url, { ignoreVary: true });
}

async function goRound(cache: Cache): Promise<void> {
  const kept = await Promise.all(
    (await cache.keys()).map(async (request): Promise<Kept> => {
      const answer = await cache.match(request, { ignoreVary: true });
      return { name: request.url, bytes: Number(answer?.headers.get(WEIGHT) ?? 0) };
    }),
  );
  await Promise.all(surplus(kept, BOUNDS).map((url) => cache.delete(url, { ignoreVary: true })));
}

async function keepSeen(url: string): Promise<void> {
  if (wayOf({ method: 'GET', url, isNavigation: false, isSigned: false }, self.registration.scope) !== 'data') return;
  try {
    const answer = await fetch(url, { headers: { Accept: 'application/geo+json, application/json, application/vnd.mapbox-vector-tile' } });
    if (mayBeKept(answer)) await keep(url, answer);
  } catch {
    // It was seen once and is not kept: the next visit will.
  }
}
