/**
 * Measures how soon a reader sees the city on a slow network: a tool, no test; it prints and never judges.
 *
 *   LANGXANH_URL=http://127.0.0.1:8080/ node tests/browser/first-map.mjs [runs] [path]
 *
 * Each run is a first visit with nothing kept, throttled as “Fast 4G” of the browser's own tools: 9 Mbit/s down and 1.5 up,
 * of both nine tenths, and 60 ms of latency, which they take 2.75 times for HTTP: 165 ms for each request.
 */
import { base, launch, skip } from './browser.mjs';

const FAST_4G = { offline: false, downloadThroughput: (9e6 / 8) * 0.9, uploadThroughput: (1.5e6 / 8) * 0.9, latency: 60 * 2.75 };
const VIEWPORTS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** Notes in the page when the drawing of the city is first seen, and when the map has drawn all it was given. */
function watch() {
  const seen = (window.firstSeen = {});
  const note = (name) => (seen[name] ??= performance.now());
  const look = () => {
    const drawing = document.getElementById('first-map');
    // What stands in this frame is painted before the next.
    if (drawing && getComputedStyle(drawing).visibility === 'visible') requestAnimationFrame(() => note('drawing'));
    if (window.langxanhMap) note('map');
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function visit(browser, path, viewport) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', FAST_4G);
  let bytes = 0;
  let requests = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await page.addInitScript(watch);
  await page.goto(new URL(path, base).href, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.firstSeen?.map, undefined, { timeout: 60_000, polling: 50 });
  const found = await page.evaluate(() => {
    const ofResource = performance.getEntriesByType('resource').map(({ name, startTime, responseStart, responseEnd, transferSize }) => ({ name: new URL(name).pathname.split('/').slice(-2).join('/'), startTime, responseStart, responseEnd, transferSize }));
    const paint = performance.getEntriesByType('paint').find(({ name }) => name === 'first-contentful-paint');
    return { ...window.firstSeen, paint: paint?.startTime, page: performance.getEntriesByType('navigation')[0].responseEnd, ofResource };
  });
  await context.close();
  return { ...found, bytes, requests };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

if (!skip) {
  const [runs = 5, path = ''] = process.argv.slice(2);
  const browser = await launch();
  for (const [name, viewport] of Object.entries(VIEWPORTS)) {
    const all = [];
    for (let run = 0; run < Number(runs); run += 1) all.push(await visit(browser, path, viewport));
    const ms = (of) => {
      const known = all.map((one) => one[of]).filter((one) => one !== undefined);
      return known.length === 0 ? 'never' : `${Math.round(median(known))} ms (${known.map(Math.round).join(', ')})`;
    };
    console.log(`${name} ${viewport.width} × ${viewport.height}: ${all[0].requests} answers, ${Math.round(all[0].bytes / 1000)} kB until the map stands`);
    for (const [of, what] of [['page', 'the page has come'], ['paint', 'first paint of content'], ['drawing', 'the city is seen, drawn'], ['map', 'the map has drawn all']]) console.log(`  ${what.padEnd(24)} ${ms(of)}`);
    if (name !== 'desk') continue;
    console.log('  asked, first byte, end, bytes');
    for (const { name: file, startTime, responseStart, responseEnd, transferSize } of all.at(-1).ofResource.filter(({ startTime }) => startTime < all.at(-1).map)) console.log(`  ${[startTime, responseStart, responseEnd].map((one) => String(Math.round(one)).padStart(5)).join(' ')} ${String(transferSize).padStart(7)} ${file}`);
  }
  await browser.close();
}
