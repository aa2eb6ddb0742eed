/**
 * Measures how smoothly the map moves over 200,000 lots of plans that are all in sight: a tool, no test; it prints and never judges.
 *
 *   node tests/browser/frames.mjs [lots]        (LANGXANH_BIN: the program, target/release/langxanh unless it says otherwise)
 *
 * Each way of moving is driven for some seconds, twice: with the pictures drawn by the processor, as they are where there is no
 * graphics card, and with the calls that draw left out. The second leaves all that the page itself does in each frame (layout,
 * labels, tiles, state and uploads of WebGL): what remains on a machine whose graphics card draws.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

process.env.LANGXANH_URL ??= 'http://127.0.0.1/'; // The service is this tool's own.
const { launch } = await import('./browser.mjs');

const binary = process.env.LANGXANH_BIN ?? fileURLToPath(new URL('../../target/release/langxanh', import.meta.url));
const lots = Number(process.argv[2] ?? 200_000);
const VIEWPORT = { width: 1920, height: 1080 };
// The least zoom at which lots are drawn, in the middle of the city.
const [ZOOM, LAT, LON] = [14, 21.0, 105.8];

/** A field of square lots, as many in a row as fit the screen, with paths of a quarter of their width between them. */
async function writeLots(file) {
  const metresPerPixel = (40_075_016.7 * Math.cos((LAT * Math.PI) / 180)) / (512 * 2 ** ZOOM);
  const step = Math.sqrt((VIEWPORT.width * VIEWPORT.height * metresPerPixel ** 2) / lots);
  const columns = Math.floor((VIEWPORT.width * metresPerPixel) / step);
  const [dx, dy] = [step / (111_320 * Math.cos((LAT * Math.PI) / 180)), step / 110_574];
  const rows = Math.ceil(lots / columns);
  const out = createWriteStream(file);
  out.write('{"type":"FeatureCollection","features":[');
  for (let i = 0; i < lots; i += 1) {
    const [west, south] = [LON + ((i % columns) - columns / 2) * dx, LAT + (Math.floor(i / columns) - rows / 2) * dy];
    const [east, north] = [west + 0.75 * dx, south + 0.75 * dy];
    const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]].map((at) => at.map((one) => Number(one.toFixed(7))));
    const properties = { id: `frames-${i}`, plan_id: 'frames', land_use_code: ['CN', 'DV', 'CX', 'GT', 'HTKT'][i % 5], is_demo: true };
    if (!out.write(`${i ? ',' : ''}\n${JSON.stringify({ type: 'Feature', id: properties.id, properties, geometry: { type: 'Polygon', coordinates: [ring] } })}`)) await once(out, 'drain');
  }
  out.end(']}');
  await once(out, 'finish');
}

async function serve(store) {
  const child = spawn(binary, ['serve', '--store', store, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const base = line.replace('listening on ', '');
  while (!(await fetch(`${base}/readyz`).then(({ ok }) => ok, () => false))) await new Promise((done) => setTimeout(done, 100));
  return { base, child };
}

/** Moves the map for some seconds and tells the time between frames, and what of it the page's own thread was busy. */
async function drive(page, session, move) {
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await busy();
  const frames = await page.evaluate(async (how) => {
    const map = window.langxanhMap;
    const ways = {
      pan: (turn) => map.panBy([turn % 2 ? 300 : -300, turn % 2 ? 150 : -150], { duration: 1000, easing: (t) => t, essential: true }),
      zoom: (turn) => map.easeTo({ zoom: turn % 2 ? 14 : 14.8, duration: 1000, easing: (t) => t, essential: true }),
    };
    const times = [];
    let isOn = true;
    const note = (time) => {
      times.push(time);
      if (isOn) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    for (let turn = 0; turn < 6; turn += 1) {
      ways[how](turn);
      await new Promise((done) => map.once('moveend', done));
    }
    isOn = false;
    return times.slice(1).map((time, i) => time - times[i]);
  }, move);
  const after = await busy();
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const each = (name) => ((after[name] - before[name]) * 1000) / frames.length;
  return { frames: frames.length, perSecond: 1000 / (frames.reduce((sum, one) => sum + one, 0) / frames.length), median: at(0.5), p95: at(0.95), worst: at(1), script: each('ScriptDuration'), task: each('TaskDuration') };
}

const folder = mkdtempSync(join(tmpdir(), 'langxanh-frames-'));
let server;
let browser;
try {
  if (!existsSync(binary)) throw new Error(`there is no program at ${binary}: make build, or set LANGXANH_BIN`);
  const store = join(folder, 'store.gpkg');
  // The first start makes the store from the sample.
  (await serve(store)).child.kill();
  const file = join(folder, 'lots.geojson');
  await writeLots(file);
  const imported = spawnSync(binary, ['import', file, '--collection', 'plan_parcels', '--store', store], { encoding: 'utf8' });
  if (imported.status !== 0) throw new Error(imported.stdout + imported.stderr);
  server = await serve(store);
  browser = await launch();
  const page = await browser.newPage({ viewport: VIEWPORT });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(`${server.base}/#map=${ZOOM}/${LAT}/${LON}`);
  // The table and the sidebar leave the map some of the screen: with both folded away it has nearly all.
  await page.waitForFunction(() => window.langxanhMap?.loaded() && window.langxanhMap.areTilesLoaded(), undefined, { timeout: 300_000 });
  await page.addStyleTag({ content: '#stage { position: fixed !important; inset: 0 !important; z-index: 99; } #dock { display: none !important; }' });
  await page.evaluate(() => window.langxanhMap.resize());
  await page.waitForFunction(() => window.langxanhMap.loaded() && window.langxanhMap.areTilesLoaded(), undefined, { timeout: 300_000 });
  const [features, seen] = await page.evaluate(() => {
    const map = window.langxanhMap;
    const layers = map.getStyle().layers.map(({ id }) => id).filter((id) => id.startsWith('plan-parcels-fill'));
    const byId = new Map(map.queryRenderedFeatures({ layers }).map(({ properties }) => [properties.id, properties.langxanh_count ?? 1]));
    return [byId.size, [...byId.values()].reduce((sum, one) => sum + one, 0)];
  });
  console.log(`${seen} lots in sight at ${VIEWPORT.width} × ${VIEWPORT.height}, zoom ${ZOOM}, in ${features} areas: the service draws lots too small to tell apart as one`);
  const tell = async (what) => {
    for (const move of ['pan', 'zoom']) {
      const { frames, perSecond, median, p95, worst, script, task } = await drive(page, session, move);
      console.log(`  ${what}, ${move}: ${perSecond.toFixed(1)} frames/s over ${frames} frames (median ${median.toFixed(1)} ms, 95 % ${p95.toFixed(1)}, worst ${worst.toFixed(1)}); the page's thread busy ${task.toFixed(1)} ms a frame, ${script.toFixed(1)} of it script`);
    }
  };
  await tell('drawn by the processor');
  await page.evaluate(() => {
    const nothing = () => undefined;
    for (const name of ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced', 'clear', 'blitFramebuffer']) WebGL2RenderingContext.prototype[name] = nothing;
  });
  await tell('calls that draw left out');
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await browser?.close();
  server?.child.kill();
  rmSync(folder, { recursive: true, force: true });
}
