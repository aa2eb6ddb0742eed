/** For everyone: axe on every screen and state in both schemes and languages, 320 px, targets, focus, and English that is whole. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allAccessibilityFaults, answer, features, launch, open, partsReady, skip, tellingCluster } from './browser.mjs';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const VIETNAMESE = /[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]/i;

/** Every screen by name: how to reach it from the start. */
async function screens() {
  const { id } = await tellingCluster();
  const villages = (await features('craft_villages')).all;
  const { plans } = await answer('plans?f=json');
  const plan = plans?.[0]?.id ?? plans?.[0]?.plan_id;
  return {
    start: ['', async () => undefined],
    filtered: ['#status=unknown', async () => undefined],
    cluster: [`#clusters/${id}`, (page) => partsReady(page)],
    village: [`#craft_villages/${villages[0].id}`, (page) => partsReady(page)],
    'an earlier day': ['#as-of=2024-12-31', async () => undefined],
    hotspots: ['#hotspots=cells', (page) => page.locator('#panel[data-ready]').waitFor()],
    density: ['#hotspots=density&reaches=on', (page) => page.locator('#panel[data-ready]').waitFor()],
    ...(plan && { plan: [`#plan=${plan}`, (page) => page.locator('#panel[data-ready]').waitFor()], swipe: [`#plan=${plan}&swipe=50`, (page) => page.locator('#panel[data-ready]').waitFor()] }),
    measuring: ['', (page) => page.locator('.tool-measure').click()],
    'the grid': ['#map=12.00/21.02000/105.80000&layers=clusters,craft_villages,communes,waterways,grid', async () => undefined],
  };
}

/** What is pressed and is less than 24 px high or wide. */
function smallTargets(page) {
  return page.locator('button, summary, select, input:not([type=checkbox], [type=radio]), label:has(input), [role=slider], nav a').evaluateAll((found) =>
    found
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.visually-hidden'))
      .filter((one) => {
        const { width, height } = one.getBoundingClientRect();
        return width > 0 && (width < 23.9 || height < 23.9);
      })
      .map((one) => `small: ${one.outerHTML.slice(0, 120)}`),
  );
}

/** What runs out of a window that is 320 px wide, as one is at 400 % of zoom. */
async function tooWide(page) {
  await page.setViewportSize({ width: 320, height: 720 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page.evaluate(() => {
    const out = document.documentElement.scrollWidth > window.innerWidth ? [`at 320 px: the page is ${document.documentElement.scrollWidth} wide`] : [];
    for (const box of document.querySelectorAll('.top, .top *, .panel-head, .panel-body, .dock-bar, #demo-notice')) {
      if (!box.checkVisibility({ visibilityProperty: true })) continue;
      const { left, right, width } = box.getBoundingClientRect();
      if (width > 1 && (right > window.innerWidth + 1 || left < -1) && !box.closest('.skip, .visually-hidden, .jumps, table')) out.push(`at 320 px: ${box.tagName}.${box.className} ends at ${Math.round(right)}`);
    }
    return out;
  });
}

/** Every text that an answer of the server holds in Vietnamese, but for the Vietnamese one of a pair. */
function gather(value, known) {
  if (typeof value === 'string') VIETNAMESE.test(value) && known.add(value.normalize('NFC'));
  else if (value && typeof value === 'object') for (const [key, one] of Object.entries(value)) key !== 'vi' && gather(one, known);
}

/** What the page says in Vietnamese that is not of its data. */
async function vietnameseLeft(page, known) {
  const texts = await page.evaluate(() => {
    const out = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('[lang=vi], script, style, noscript')) out.push(walker.currentNode.textContent);
    const names = ['aria-label', 'title', 'placeholder', 'aria-valuetext', 'alt'];
    for (const one of document.querySelectorAll(names.map((name) => `[${name}]`).join(', '))) for (const name of names) if (one.getAttribute(name) && !one.closest('[lang=vi]')) out.push(one.getAttribute(name));
    return out;
  });
  const longestFirst = [...known].sort((a, b) => b.length - a.length);
  const left = new Set();
  for (const text of texts) {
    // What the page is called in every language.
    let rest = text.normalize('NFC').replaceAll('Làng Xanh', '');
    if (!VIETNAMESE.test(rest)) continue;
    for (const one of longestFirst) if (rest.includes(one)) rest = rest.replaceAll(one, '');
    if (VIETNAMESE.test(rest)) left.add(`Vietnamese: ${rest.trim().slice(0, 140)}`);
  }
  return [...left];
}

describe('for everyone', { skip }, () => {
  let browser;
  let all;
  before(async () => {
    browser = await launch();
    all = await screens();
  });
  after(() => browser?.close());

  // Each screen is opened once for all that is asked of it: opening takes the most time.
  for (const lang of ['vi', 'en'])
    for (const [size, viewport] of [['a wide screen', WIDE], ['a phone', PHONE]])
      test(`no screen bars anybody, by axe in light and dark, by its size${lang === 'en' ? ' or by a word left Vietnamese' : ''}: ${lang}, ${size}`, async () => {
        const faults = [];
        for (const [name, [hash, ready]] of Object.entries(all)) {
          const context = await browser.newContext({ viewport, reducedMotion: 'reduce', colorScheme: 'light' });
          const [known, answers] = [new Set(), []];
          context.on('response', (response) => {
            if (lang === 'en' && /json/.test(response.headers()['content-type'] ?? '')) answers.push(response.json().then((json) => gather(json, known), () => undefined));
          });
          const page = await open(context, `${lang === 'en' ? '?lang=en' : ''}${hash}`);
          await page.locator('#dock .dock-bar').waitFor({ state: 'attached' });
          await page.locator('.map-tools').waitFor({ state: 'attached' });
          await ready(page);
          const tell = (found, where = '') => faults.push(...found.map((fault) => `${name}${where}: ${fault}`));
          for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            await page.waitForFunction((scheme) => document.documentElement.dataset.scheme === scheme, colorScheme);
            tell(await allAccessibilityFaults(page), `, ${colorScheme}`);
          }
          tell(await smallTargets(page));
          if (lang === 'en') {
            await page.waitForLoadState('networkidle');
            await Promise.all(answers);
            tell(await vietnameseLeft(page, known));
          }
          if (viewport === PHONE) tell(await tooWide(page));
          await context.close();
        }
        assert.deepEqual(faults, []);
      });

  test('by the tabulator alone every tool is reached, in the order of the page, and the focus is seen', async () => {
    const page = await open(browser);
    await page.locator('.map-tools').waitFor();
    await page.locator('#overview .worst').waitFor();
    const way = [];
    for (let i = 0; i < 400; i += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        if (one === document.body) return null;
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        const region = one.closest('.skip, header, #sidebar, #map, #dock, #demo-notice, #stage');
        return { region: region?.id || region?.className || region?.tagName, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, what: one.outerHTML.slice(0, 90), isCanvas: one.tagName === 'CANVAS', tool: one.className };
      });
      if (!at) break;
      way.push(at);
      if (at.region === 'dock' && way.filter(({ region }) => region === 'dock').length > 12) break;
    }
    const regions = way.map(({ region }) => region).filter((region, i, list) => region !== list[i - 1]);
    assert.deepEqual(regions.slice(0, 5), ['skip', 'top', 'sidebar', 'map', regions[4]], regions.join(' > '));
    assert.ok(way.some(({ isCanvas }) => isCanvas), 'the map itself takes the focus');
    for (const kind of ['tool-measure', 'tool-position']) assert.ok(way.some(({ tool }) => String(tool).includes(kind)), kind);
    assert.deepEqual(way.filter(({ seen }) => !seen).map(({ what }) => what), []);
    await page.close();
  });
});
