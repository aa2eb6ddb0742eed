/** The web map in a real browser, against the running server that LANGXANH_URL names. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, base, features, jumpTo, launch, open, openSite, skip, tellingCluster } from './browser.mjs';

const PHONE = { width: 390, height: 844 };

describe('the web map', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('a server that fails is said in both languages, and trying again loads the page', async () => {
    const page = await browser.newPage();
    await page.route('**/collections?**', (route) => route.fulfill({ status: 503 }));
    await page.goto(base.href);
    const box = page.getByRole('alert');
    await box.waitFor();
    const text = await box.innerText();
    assert.match(text, /Máy chủ trả lời lỗi 503/);
    assert.match(text, /The server answered with error 503/);
    await page.unroute('**/collections?**');
    await box.getByRole('button').click();
    await page.locator('#list [data-site]').first().waitFor();
    await page.close();
  });

  test('it loads without a console message, a failed answer or a request to another origin', async () => {
    const page = await open(browser, '', { width: 1280, height: 800 });
    await openSite(page, 'clusters', (await tellingCluster()).id);
    await page.waitForLoadState('networkidle');
    assert.deepEqual(page.faults, []);
    if (process.env.LANGXANH_SCREENSHOT) await page.screenshot({ path: process.env.LANGXANH_SCREENSHOT });
    await page.close();
  });

  test('the legend counts every cluster and every village once', async () => {
    const page = await open(browser);
    for (const collection of ['clusters', 'craft_villages']) {
      const counts = await page.locator(`.legend [data-collection=${collection}] .count`).allInnerTexts();
      const sum = counts.reduce((total, count) => total + Number(count.replace(/\D/g, '')), 0);
      const { numberMatched } = await features(collection);
      assert.equal(counts.length, 4);
      assert.equal(sum, numberMatched, collection);
    }
    await page.close();
  });

  test('a status that is unticked leaves the table', async () => {
    const page = await open(browser);
    const rows = page.locator('.legend tbody tr');
    for (let i = 0; i < 4; i++) await rows.nth(i).getByRole('checkbox').uncheck();
    await page.getByText('Không có địa điểm nào với các lựa chọn trên.').waitFor();
    assert.equal(await page.locator('#list [data-site]').count(), 0);
    await rows.first().getByRole('checkbox').check();
    await page.locator('#list [data-site]').first().waitFor();
    assert.equal(await page.locator('#list td.status-non_compliant').count(), await page.locator('#list [data-site]').count());
    await page.close();
  });

  test('a click on a village and on a cluster opens the panel of that site', async () => {
    const villages = (await features('craft_villages')).all.filter((village) => village.geometry);
    const clusters = (await features('clusters')).all.filter((cluster) => cluster.geometry);
    const places = [
      ...villages.map((village) => ({ key: `craft_villages/${village.id}`, name: village.properties.name_vi, at: village.geometry.coordinates })),
      ...clusters.flatMap((cluster) => {
        const at = middle(cluster.geometry.coordinates[0][0]);
        return at ? [{ key: `clusters/${cluster.id}`, name: cluster.properties.name_vi, at }] : [];
      }),
    ];
    const page = await open(browser);
    for (const collection of ['craft_villages/', 'clusters/']) {
      const place = loneliest(places, collection);
      await jumpTo(page, place.at, 15);
      const { x, y, width, height } = await page.locator('#map canvas').boundingBox();
      await page.mouse.click(x + width / 2, y + height / 2);
      await page.locator('#panel h2').waitFor();
      assert.equal(await page.locator('#panel h2').innerText(), place.name);
      assert.equal(siteInAddress(page), place.key);
      await page.locator('#panel .assessment[data-ready]').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('#panel').waitFor({ state: 'hidden' });
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('an address with a site that nobody knows says so and shows the map', async () => {
    const page = await open(browser, '#clusters/khong-co');
    assert.match(await page.locator('#notice [role=alert]').innerText(), /khong-co/);
    await page.locator('#notice button').click();
    assert.equal(await page.locator('#notice [role=alert]').count(), 0);
    assert.ok(!page.url().includes('khong-co'));
    await page.close();
  });

  test('"duong lieu" finds Dương Liễu and Enter opens it; a name nobody has says so', async () => {
    const page = await open(browser);
    const box = page.getByRole('combobox');
    await box.fill('khongcotennay');
    await page.locator('.search-none').waitFor();
    await box.fill('duong lieu');
    const options = page.getByRole('option');
    await options.first().waitFor();
    for (const name of await options.locator('.site-name').allInnerTexts()) assert.match(name, /Dương Liễu/);
    await box.press('ArrowDown');
    await box.press('ArrowUp');
    await box.press('Enter');
    await page.locator('#panel h2', { hasText: 'Dương Liễu' }).waitFor();
    await page.close();
  });

  test('a site is reached and left by keyboard alone', async () => {
    const page = await open(browser);
    // From then on the rows stand in their order.
    await page.locator('#overview .worst').waitFor();
    const first = page.locator('#list [data-site]').first();
    const site = await first.getAttribute('data-site');
    await first.focus();
    await page.keyboard.press('Enter');
    await page.locator('#panel .assessment[data-ready]').waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H2');
    await page.keyboard.press('Escape');
    await page.waitForFunction((site) => document.activeElement?.getAttribute('data-site') === site, site);
    await page.close();
  });

  test('the language switch turns the whole page and keeps the open site, the place on the map, the statuses and the layers', async () => {
    const { all } = await features('clusters');
    const page = await open(browser, `#clusters/${all[0].id}`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'vi');
    await page.getByText('Tình trạng tuân thủ').first().waitFor();
    await page.locator('.legend').getByRole('checkbox', { name: 'Chưa rõ' }).uncheck();
    await page.locator('.layers').getByRole('checkbox', { name: /Quận, huyện cũ/ }).check();
    await jumpTo(page, [105.62, 21.1], 12.5);
    const [before, listed] = [await camera(page), await counted(page)];
    await page.locator('#language').click();
    await page.waitForSelector('html[lang=en][data-ready]');
    await page.getByText('Compliance status').first().waitFor();
    assert.equal(await page.getByText('Tình trạng tuân thủ').count(), 0);
    assert.equal(await page.locator('#panel h2').innerText(), all[0].properties.name_vi);
    assert.deepEqual(await camera(page), before);
    assert.equal(await page.locator('.legend').getByRole('checkbox', { name: 'Unknown' }).isChecked(), false);
    assert.ok(await page.locator('.layers').getByRole('checkbox', { name: /Former districts/ }).isChecked());
    await page.locator('#list [data-site]').first().waitFor();
    assert.equal(await counted(page), listed);
    await page.close();
  });

  test('Back undoes opening a site and takes the map where it was; forward opens it again', async () => {
    const page = await open(browser);
    const before = await camera(page);
    const first = page.locator('#list [data-site]').first();
    const key = await first.getAttribute('data-site');
    await first.click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    await page.waitForFunction((zoom) => window.langxanhMap.getZoom().toFixed(1) !== zoom && !window.langxanhMap.isMoving(), before[0]);
    await page.goBack();
    await page.locator('#panel').waitFor({ state: 'hidden' });
    assert.deepEqual(await camera(page), before);
    await page.goForward();
    await page.locator('#panel h2').waitFor();
    assert.equal(siteInAddress(page), key);
    await page.close();
  });

  test('a map that comes to rest just when the reader goes elsewhere writes nothing over the new address', async () => {
    const page = await open(browser);
    const key = await page.locator('#list [data-site]').first().getAttribute('data-site');
    await page.evaluate((key) => {
      location.hash = key;
      window.langxanhMap.fire('moveend');
    }, key);
    await page.locator('#panel h2').waitFor();
    assert.equal(siteInAddress(page), key);
    await page.close();
  });

  test('parcels come with an earlier day, where the map stands, and leave with it', async () => {
    const { all } = await features('plan_parcels');
    const parcel = all.find(({ geometry }) => geometry);
    const page = await open(browser);
    await page.route((url) => url.pathname.endsWith('/collections/plan_parcels/items'), (route) => route.fulfill({ json: { type: 'FeatureCollection', features: [parcel], links: [] } }));
    await jumpTo(page, parcel.geometry.coordinates[0][0], 17);
    const drawn = (count) => page.waitForFunction(async (count) => (await window.langxanhMap.getSource('plan_parcels').getData()).features.length === count, count);
    await drawn(0);
    await page.evaluate(() => (location.hash = 'as-of=2024-12-31'));
    await drawn(1);
    await page.locator('#day-banner').getByRole('button', { name: 'Về hôm nay' }).click();
    await drawn(0);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('where marks lie on one another the pressing one is on top, and a click asks which site is meant', async () => {
    const page = await open(browser);
    const piles = await page.evaluate(() => {
      const map = window.langxanhMap;
      const marks = map.queryRenderedFeatures({ layers: ['sites-symbol'] });
      const corner = map.getCanvas().getBoundingClientRect();
      return marks
        .filter(({ properties }) => properties.status === 'non_compliant')
        .map(({ geometry }) => {
          const at = map.project(geometry.coordinates);
          const under = map.queryRenderedFeatures(at, { layers: ['sites-symbol'] });
          return { x: corner.x + at.x, y: corner.y + at.y, statuses: under.map(({ properties }) => properties.status) };
        })
        .filter(({ statuses }) => statuses.length > 1);
    });
    assert.ok(piles.length > 0, 'some non-compliant site of the sample shares its place at the zoom of the city');
    for (const { statuses } of piles) assert.equal(statuses[0], 'non_compliant');
    await page.mouse.click(piles[0].x, piles[0].y);
    const choice = page.locator('.choice button');
    await choice.first().waitFor();
    assert.ok((await choice.count()) > 1);
    assert.ok(await page.locator('#panel').isHidden());
    await page.keyboard.press('Escape');
    assert.equal(await choice.count(), 0);
    await page.mouse.click(piles[0].x, piles[0].y);
    await choice.nth(1).waitFor();
    const name = await choice.nth(1).locator('span').evaluate((label) => label.firstChild.textContent);
    await choice.nth(1).click();
    await page.locator('#panel h2', { hasText: name }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the panel tells a breach of the effluent limits by name and number, cuts nothing off, and leads on', async () => {
    const { id, properties } = await tellingCluster();
    const page = await open(browser, `#clusters/${id}`);
    await page.locator('#panel .assessment[data-ready]').waitFor();
    const table = page.locator('.rule-breached table.evidence').filter({ has: page.locator('tr.fail') }).first();
    const verdicts = await table.locator('tbody tr td:last-child').allInnerTexts();
    assert.ok(verdicts.includes('Không đạt') && verdicts.includes('Đạt'));
    assert.ok(verdicts.lastIndexOf('Không đạt') < verdicts.indexOf('Đạt'), 'breaches stand first');
    for (const ratio of await table.locator('tbody td:nth-of-type(3)').allInnerTexts()) assert.match(ratio, /^(\d+(,\d{1,4})?×|–)$/);
    const names = await table.locator('tbody th').allInnerTexts();
    assert.ok(!names.includes(properties.effluent_worst_parameter), 'a parameter goes by its name, not by its code');
    assert.ok(names.includes(await page.locator('#panel [data-parameter]').innerText()));

    for (const viewport of [page.viewportSize(), PHONE]) {
      await page.setViewportSize(viewport);
      const cut = await page.locator('.panel-body, .rule').evaluateAll((boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className));
      assert.deepEqual(cut, [], `at ${viewport.width} px`);
    }

    const links = page.locator('#panel .links a');
    for (const href of await links.evaluateAll((all) => all.map((link) => link.href))) assert.equal((await fetch(href)).status, 200);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('#panel .links button').click();
    await page.getByText('Đã sao chép').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, new URL(`#clusters/${id}`, base).href);
    await page.close();
  });

  test('made-up data is marked on the page and in the panel', async () => {
    const { all } = await features('clusters');
    const made = all.find(({ properties }) => properties.is_demo || properties.demo_data);
    assert.ok(made, 'the sample has a cluster with made-up data');
    const page = await open(browser, `#clusters/${made.id}`);
    assert.match(await page.locator('#demo-notice').innerText(), /dựng lên/);
    await page.locator('.panel-body .demo-mark').first().waitFor();
    await page.close();
  });

  test('on a tablet the map keeps its room beside a panel, and the sidebar comes by its button', async () => {
    const page = await open(browser, `#clusters/${(await tellingCluster()).id}`, { width: 1024, height: 768 });
    const [sidebar, button] = [page.locator('#sidebar'), page.locator('#sidebar-button')];
    assert.equal(await sidebar.isVisible(), false);
    const [map, panel] = await Promise.all(['#map', '#panel'].map((part) => page.locator(part).boundingBox()));
    assert.ok(panel.x - map.x > 500, `the map has ${panel.x - map.x} pixels`);
    await button.click();
    assert.equal(await sidebar.isVisible(), true);
    await page.keyboard.press('Escape');
    assert.equal(await sidebar.isVisible(), false);
    assert.equal(await button.evaluate((it) => it === document.activeElement), true);
    await page.keyboard.press('Escape');
    await page.locator('#panel').waitFor({ state: 'hidden' });
    assert.equal(await sidebar.isVisible(), true);
    assert.equal(await button.isVisible(), false);
    await page.close();
  });

  test('a phone has no sideways scroll, with and without the panel, the overview and the table', async () => {
    const page = await open(browser, '', PHONE);
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.ok(await fits());
    await page.locator('#sidebar-button').click();
    await page.locator('#overview .targets').waitFor();
    assert.ok(await fits());
    const small = await page.locator('button, label, summary, nav a').evaluateAll((all) =>
      all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML),
    );
    assert.deepEqual(small, [], 'everything is large enough for a finger');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#sidebar').isVisible(), false);
    await page.locator('#dock .fold').click();
    assert.ok(await fits());
    await page.locator('#list [data-site]').first().click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.ok(await fits());
    await page.close();
  });
});

describe('the pages of the data', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('they fit a phone, axe finds no serious fault, and what is not on record is said', async () => {
    const { id } = await tellingCluster();
    const page = await browser.newPage({ viewport: PHONE });
    for (const path of ['collections', 'collections/clusters', 'collections/clusters/items', `collections/clusters/items/${id}`, 'api.html', 'conformance']) {
      await page.goto(new URL(path === 'api.html' ? path : `${path}?f=html`, base).href);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${path} fits`);
      assert.deepEqual(await accessibilityFaults(page), [], path);
    }
    await page.goto(new URL(`collections/clusters/items/${id}?f=html`, base).href);
    assert.match(await page.locator('main').innerText(), /Diện tích \/ Area \(ha\)/);
    assert.equal(await page.locator('tr', { has: page.locator('th') }).filter({ has: page.locator('td:empty') }).count(), 0);
    await page.close();
  });
});

/** The key of the open site as the address has it. */
function siteInAddress(page) {
  return decodeURIComponent(new URL(page.url()).hash.slice(1)).split('&')[0];
}

/** Where the map stands, as far as an address tells it. */
function camera(page) {
  return page.evaluate(() => [window.langxanhMap.getZoom().toFixed(1), ...window.langxanhMap.getCenter().toArray().map((degrees) => degrees.toFixed(3))]);
}

/** How many sites the table says it shows, of how many. */
async function counted(page) {
  return (await page.locator('#dock .shown').innerText()).replace(/\D+/g, ' ').trim();
}

/** The mean of a ring's corners, or undefined where that lies outside the ring. */
function middle(ring) {
  const corners = ring.slice(1);
  const [x, y] = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
  const crossings = corners.filter(([x2, y2], i) => {
    const [x1, y1] = ring[i];
    return y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1);
  });
  return crossings.length % 2 === 1 ? [x, y] : undefined;
}

/** The place of the collection whose next neighbour is farthest, so that a click there can mean no other. */
function loneliest(places, collection) {
  const gap = (place) => Math.min(...places.filter((other) => other !== place).map((other) => Math.hypot(place.at[0] - other.at[0], place.at[1] - other.at[1])));
  return places.filter((place) => place.key.startsWith(collection)).sort((a, b) => gap(b) - gap(a))[0];
}
