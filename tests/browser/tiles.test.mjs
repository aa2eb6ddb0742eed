/** Our tiles in MapLibre, by our own styles and nothing else: a bare page of this server's origin. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { base, features, launch, skip } from './browser.mjs';

const require = createRequire(new URL('../../static/package.json', import.meta.url));
const library = dirname(require.resolve('maplibre-gl/dist/maplibre-gl.css'));

const PAGE = `<!doctype html><meta charset="utf-8"><style>html, body, #map { margin: 0; height: 100% }</style>
<div id="map"></div><script type="module">
import { Map, setWorkerUrl } from './maplibre/maplibre-gl.mjs';
setWorkerUrl(new URL('./maplibre/maplibre-gl-worker.mjs', location.href).href);
const { style, center, zoom } = Object.fromEntries(new URLSearchParams(location.search));
window.faults = [];
const map = new Map({ container: 'map', style, center: JSON.parse(center), zoom: Number(zoom), maxZoom: 22, fadeDuration: 0, attributionControl: false });
map.on('error', (event) => window.faults.push(String(event.error?.message ?? event.error)));
map.once('idle', () => { window.map = map; document.documentElement.dataset.ready = ''; });
</script>`;

/** Opens the bare page with a style of the server. */
async function open(browser, style, center, zoom) {
  const page = await browser.newPage({ viewport: { width: 900, height: 600 } });
  page.faults = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.faults.push(message.text()));
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('response', (response) => response.status() >= 400 && page.faults.push(`${response.status()}: ${response.url()}`));
  await page.route('**/bare.html*', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
  await page.route('**/maplibre/*', (route) => {
    const name = new URL(route.request().url()).pathname.split('/').pop();
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(library, name)) });
  });
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  const query = new URLSearchParams({ style: new URL(`styles/${style}`, base).href, center: JSON.stringify(center), zoom: String(zoom) });
  await page.goto(new URL(`bare.html?${query}`, base).href);
  await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  page.faults.push(...(await page.evaluate(() => window.faults)));
  return page;
}

/** A point in the middle of a ring's box. */
function middle(ring) {
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

describe('tiles in MapLibre', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('a parcel of a 1/500 plan is drawn at zoom 20 where the register has it, with its id', async () => {
    const { all } = await features('plan_parcels');
    const convex = all.find(({ geometry }) => geometry?.coordinates[0].length === 5);
    assert.ok(convex, 'a parcel with four corners');
    const ring = convex.geometry.coordinates[0];
    const corner = ring[0];
    const page = await open(browser, 'plan_parcels', corner, 20);
    assert.deepEqual(page.faults, []);
    const drawn = await page.evaluate(
      ({ corner, inside, id }) => {
        const { map } = window;
        // A step from the corner towards the middle lies in the parcel; as far away from it, outside.
        const [at, to] = [map.project(corner), map.project(inside)];
        const length = Math.hypot(to.x - at.x, to.y - at.y);
        const step = (pixels) => [at.x + ((to.x - at.x) / length) * pixels, at.y + ((to.y - at.y) / length) * pixels];
        const ids = (pixels) => map.queryRenderedFeatures(step(pixels), { layers: ['plan_parcels-fill'] }).map((feature) => feature.id);
        return { inside: ids(3).includes(id), outside: ids(-3).includes(id), zoom: map.getZoom() };
      },
      { corner, inside: middle(ring), id: convex.id },
    );
    assert.deepEqual(drawn, { inside: true, outside: false, zoom: 20 });
    if (process.env.LANGXANH_SCREENSHOT_TILES) await page.screenshot({ path: process.env.LANGXANH_SCREENSHOT_TILES });
    await page.close();
  });

  test('the map of all collections loads without a fault and draws clusters, villages and communes', async () => {
    const page = await open(browser, 'langxanh', [105.75, 20.98], 11);
    assert.deepEqual(page.faults, []);
    const counts = await page.evaluate(() =>
      ['clusters-fill', 'craft_villages-point', 'admin_units-fill', 'waterways-line'].map(
        (layer) => window.map.queryRenderedFeatures({ layers: [layer] }).length,
      ),
    );
    assert.ok(counts.every((count) => count > 0), String(counts));
    await page.close();
  });
});
