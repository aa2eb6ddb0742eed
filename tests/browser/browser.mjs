/**
 * What the browser tests share: the running server's address, one Chromium, and pages that keep a record of
 * their faults. Packages come from `static/node_modules`, so the tests need no set-up of their own.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../static/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const url = process.env.LANGXANH_URL;
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why the tests cannot run here, or false. */
export const skip = !url
  ? 'SKIPPED: set LANGXANH_URL to the address of a running server, e.g. http://127.0.0.1:8080/'
  : !existsSync(executablePath)
    ? `SKIPPED: no browser at ${executablePath}; install chromium or set CHROMIUM`
    : false;
if (skip) console.error(skip);

/** The server's address, with a slash at its end. */
export const base = url && new URL(url.endsWith('/') ? url : `${url}/`);

/**
 * Starts Chromium; WebGL is drawn by the processor, so no graphics card is needed. A service worker would answer past the
 * routes that tests lay: it is let in only by those that ask for it.
 */
export async function launch() {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  });
  for (const make of ['newPage', 'newContext']) {
    const made = browser[make].bind(browser);
    browser[make] = (options) => made({ serviceWorkers: 'block', ...options });
  }
  return browser;
}

/**
 * Opens the map and waits until it is drawn. `page.faults` collects console errors and warnings, uncaught errors,
 * failed answers and requests to other origins. `at` is another server than the tests' own.
 */
export async function open(browser, path = '', viewport = { width: 1440, height: 900 }, at = base, options = {}) {
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce', ...options });
  page.faults = [];
  page.on('console', (message) => {
    // That no worker is let in is said by the test's own tool.
    if (['error', 'warning'].includes(message.type()) && !/Service Worker registration blocked/.test(message.text())) page.faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.faults.push(`uncaught: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) page.faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (!['data:', 'blob:'].includes(target.protocol) && target.origin !== at.origin) page.faults.push(`outside: ${target}`);
  });
  await page.goto(new URL(path, at).href);
  await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  return page;
}

/** Moves the map at once and waits until it is drawn there. */
export function jumpTo(page, center, zoom) {
  return page.evaluate(
    (camera) =>
      new Promise((resolve) => {
        window.langxanhMap.once('idle', resolve);
        window.langxanhMap.jumpTo(camera);
      }),
    { center, zoom },
  );
}

/** Opens a site as a link to it would and waits for its assessment and for the map to come to rest. */
export async function openSite(page, collection, id) {
  await page.evaluate(
    (hash) =>
      new Promise((resolve) => {
        window.langxanhMap.once('idle', resolve);
        location.hash = hash;
      }),
    `${collection}/${id}`,
  );
  await page.locator('#panel .assessment[data-ready]').waitFor();
}

/** Waits until every part of the open panel has its data. */
export function partsReady(page) {
  return page.waitForFunction(() => {
    const parts = [...document.querySelectorAll('#panel .assessment, #part-quarters .part-content, #part-effluent .part-content, #part-works .part-content, #part-events .part-content')];
    return parts.length === 5 && parts.every((part) => part.dataset.ready) && !document.querySelector('#panel [aria-busy]');
  });
}

/** An answer of the server as JSON. */
export async function answer(path) {
  const response = await fetch(new URL(path, base));
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** All accessibility faults of the page as it stands, by the rules of WCAG 2.2 up to AA and the good practice beside it. */
export async function allAccessibilityFaults(page) {
  // Evaluated, not added as a script: the page's Content-Security-Policy allows no script from elsewhere.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** The serious and critical ones of them. */
export async function accessibilityFaults(page) {
  return (await allAccessibilityFaults(page)).filter((fault) => /\((serious|critical)\)/.test(fault));
}

/** All features of a collection, read page by page straight from the server; `query` as in `&as-of=2024-12-31`. */
export async function features(collection, query = '') {
  const all = [];
  let numberMatched;
  let next = new URL(`collections/${collection}/items?f=json&limit=1000${query}`, base).href;
  while (next) {
    const response = await fetch(next);
    if (!response.ok) throw new Error(`${next} answered ${response.status}`);
    const page = await response.json();
    numberMatched ??= page.numberMatched;
    all.push(...page.features);
    next = page.links?.find((link) => link.rel === 'next')?.href;
  }
  return { all, numberMatched };
}

/** A cluster with a breach to show, where there is one: that with the highest reading of its effluent. */
export async function tellingCluster() {
  const { all } = await features('clusters');
  const ratio = ({ properties }) => properties.effluent_worst_ratio ?? 0;
  return all.sort((a, b) => ratio(b) - ratio(a))[0];
}

/**
 * Sends the page to paper: the map must stand there as a picture that is not empty, `shown` with it and `hidden` not.
 */
export async function assertPaper(page, shown, hidden) {
  const colours = await page.evaluate(() => {
    window.dispatchEvent(new Event('beforeprint'));
    const picture = document.querySelector('.paper-map canvas');
    const { data } = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 400) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
  });
  assert.ok(colours > 10, 'the picture is not empty');
  await page.emulateMedia({ media: 'print' });
  for (const one of ['.paper-map canvas', ...shown]) assert.ok(await page.locator(one).first().isVisible(), one);
  for (const one of hidden) assert.ok(!(await page.locator(one).first().isVisible()), one);
}
