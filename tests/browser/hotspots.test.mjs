/**
 * The map of hotspots in a real browser, against a running server: `LANGXANH_URL=http://127.0.0.1:8080/ node --test
 * tests/browser/`. Counts are read from the server's own answers, so they follow the registers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, answer, assertPaper, features, launch, open, skip } from './browser.mjs';

const PHONE = { width: 390, height: 844 };
/** Only while the answer runs is the map waited for; where nothing moves any more it is at rest already. */
const atRest = (page) => page.evaluate(() => new Promise((resolve) => (window.langxanhMap.loaded() && !window.langxanhMap.isMoving() ? resolve() : window.langxanhMap.once('idle', () => resolve()))));
/** What a layer draws, once for each feature. */
const drawn = (page, layer, property) => page.evaluate(([layer, property]) => [...new Set(window.langxanhMap.queryRenderedFeatures({ layers: [layer] }).map(({ properties }) => properties[property]))], [layer, property]);

async function openHotspots(browser, hash = 'hotspots=cells', viewport, path = '') {
  const page = await open(browser, `${path}#${hash}`, viewport);
  await page.locator('#panel.hotspot[data-ready]').waitFor();
  await atRest(page);
  return page;
}

/** The quarter that the panel shows in full. */
const quarterShown = (page, key) => page.locator(`#panel.hotspot[data-ready="${key}"]:not([aria-busy])`).waitFor();

describe('hotspots', { skip }, () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test('a button opens them; Back, Esc and the cross leave them, and a site opened from them can be left again', async () => {
    const page = await open(browser);
    await page.locator('#hotspot-button').click();
    await page.locator('#panel.hotspot[data-ready]').waitFor();
    assert.ok(page.url().includes('#hotspots=cells'));
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2');
    await page.keyboard.press('Escape');
    await page.locator('#panel').waitFor({ state: 'hidden' });
    assert.ok(!page.url().includes('hotspots'));
    assert.equal(await page.evaluate(() => window.langxanhMap.getLayer('hot-cells-fill')), undefined);
    await page.goBack();
    await page.locator('#panel.hotspot[data-ready]').waitFor();
    await page.locator('#hot-pressures summary').click();
    const site = page.locator('#hot-pressures .hot-sites a').first();
    const name = await site.innerText();
    await site.click();
    await page.locator('#panel .assessment').waitFor();
    assert.equal(await page.locator('#panel h2').innerText(), name);
    await page.goBack();
    await page.locator('#panel.hotspot[data-ready]').waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the legend says in plain words how sure a class is, counts as the server does, and tells hot from cold without colour', async () => {
    const { all } = await features('hotspots');
    const count = (one) => all.filter(({ properties }) => properties.hotspot_class === one).length;
    const page = await openHotspots(browser);
    const line = (one) => page.locator(`#hot-legend [data-class=${one}]`).innerText();
    assert.match(await line('hot_99'), /Chắc 99 %: chưa tới 1 % khả năng là ngẫu nhiên/);
    for (const one of ['hot_99', 'hot_95', 'hot_90', 'none', 'cold_90', 'cold_95', 'cold_99']) assert.ok((await line(one)).includes(`${count(one)} ô`), one);
    const sided = (side) => all.some(({ properties }) => properties.hotspot_class.startsWith(side));
    const labels = await drawn(page, 'hot-cells-label', 'label');
    assert.equal(labels.some((label) => label.startsWith('▲')), sided('hot'));
    assert.equal(labels.some((label) => label.startsWith('▼')), sided('cold'));
    assert.equal((await drawn(page, 'hot-cells-ask', 'id')).length, all.length, 'the whole city is in sight');
    const unproven = all.filter(({ properties: { hotspot_class: mid, class_low: low } }) => mid !== 'none' && mid.split('_')[0] !== low.split('_')[0]).length;
    assert.ok((await page.locator('li:has(> .hot-unproven)').innerText()).includes(`${unproven} ô`));
    const isDemo = all.some(({ properties }) => properties.demo_data);
    assert.equal(await page.locator('#hot-body .demo-box').isVisible(), isDemo);
    assert.match(await page.locator('.hot-places').innerText(), /không bao giờ là một cổng nhà máy/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the legend counts what is in sight, and all there is', async () => {
    const { all } = await features('hotspots');
    const page = await openHotspots(browser);
    const counts = async (one) => (await page.locator(`#hot-legend [data-class=${one}] .count`).innerText()).replace(' ô', '').split(' / ').map((text) => Number(text.replace(/\D/g, '')));
    const total = (one) => all.filter(({ properties }) => properties.hotspot_class === one).length;
    assert.deepEqual(await counts('none'), [total('none'), total('none')], 'the whole city is in sight');
    const [west, south, east, north] = await page.evaluate(() => {
      const map = window.langxanhMap;
      map.jumpTo({ center: map.getCenter(), zoom: map.getZoom() + 3 });
      return map.getBounds().toArray().flat();
    });
    const meets = ({ geometry }) => {
      const corners = geometry.coordinates.flat(geometry.type === 'MultiPolygon' ? 2 : 1);
      const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
      return Math.max(...xs) >= west && Math.min(...xs) <= east && Math.max(...ys) >= south && Math.min(...ys) <= north;
    };
    const [seen, ofAll] = await counts('none');
    assert.equal(ofAll, total('none'));
    // What the panel covers is not in sight.
    assert.ok(seen < ofAll && seen <= all.filter((cell) => cell.properties.hotspot_class === 'none' && meets(cell)).length, `${seen} / ${ofAll}`);
    await page.close();
  });

  test('the slider shows the quarters by keyboard and keeps the quarter in the address; what was shown is not fetched again', async () => {
    const page = await openHotspots(browser);
    const asked = [];
    page.on('request', (request) => !request.url().endsWith('.svg') && asked.push(request.url()));
    const slider = page.locator('#hot-slider');
    assert.equal(await slider.getAttribute('max'), '11');
    await slider.focus();
    await page.keyboard.press('Home');
    const text = await slider.getAttribute('aria-valuetext');
    const [, quarter, year] = /Quý (\d)\/(\d{4}), tính đến/.exec(text);
    await quarterShown(page, `${year}-Q${quarter}`);
    assert.ok(page.url().includes(`quarter=${year}-Q${quarter}`));
    const { all } = await features('hotspots', `&as-of=${/as-of=([\d-]+)/.exec(asked.find((url) => url.includes('/hotspots/items')))[1]}`);
    assert.ok((await page.locator('[data-class=hot_90]').innerText()).includes(`${all.filter(({ properties }) => properties.hotspot_class === 'hot_90').length} ô`));
    await page.keyboard.press('End');
    await page.waitForFunction(() => !location.hash.includes('quarter='));
    const before = asked.length;
    await page.keyboard.press('Home');
    await quarterShown(page, `${year}-Q${quarter}`);
    assert.deepEqual(asked.slice(before), []);
    assert.ok(await page.locator('.hot-play').isHidden(), 'who wants less motion steps by hand');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('it runs through the quarters, and stops when told to', async () => {
    const page = await openHotspots(browser);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    const play = page.locator('.hot-play');
    assert.match(await play.innerText(), /Chạy/);
    await play.click();
    await page.waitForFunction(() => document.querySelector('#hot-slider').value === '1', undefined, { timeout: 20_000 });
    await play.click();
    const stood = await page.locator('#hot-slider').inputValue();
    await page.waitForTimeout(2000);
    assert.equal(await page.locator('#hot-slider').inputValue(), stood);
    assert.match(await play.innerText(), /Chạy/);
    await page.close();
  });

  test('zones stand by rank with why; choosing one flies there and draws whose it is, with shares and reaches', async () => {
    const { all } = await features('hotspot_zones');
    const page = await openHotspots(browser);
    const zones = page.locator('.hot-zones > li');
    assert.equal(await zones.count(), all.length);
    if (all.length === 0) {
      assert.match(await page.locator('#hot-zones').innerText(), /không khác ngẫu nhiên/);
      assert.ok((await page.locator('#hot-pressures li').count()) > 0);
    } else {
      const first = all.find(({ properties }) => properties.rank === 1);
      assert.ok((await zones.first().innerText()).includes(first.properties.why_vi));
      const zoom = await page.evaluate(() => window.langxanhMap.getZoom());
      await zones.first().locator('button').click();
      await page.locator('#hot-why[data-ready]').waitFor();
      await atRest(page);
      assert.ok((await page.evaluate(() => window.langxanhMap.getZoom())) > zoom);
      const why = await answer(`hotspots/why?zone=${first.id}`);
      const sites = why.features.filter(({ properties }) => properties.kind === 'site');
      assert.equal(await page.locator('#hot-why .hot-sites li').count(), sites.length);
      assert.match(await page.locator('#hot-why .hot-share').first().innerText(), /\d %$/);
      assert.ok((await drawn(page, 'hot-why-sites', 'label')).length > 0);
      assert.ok(page.url().includes(`why=zone%2F${first.id}`));
      const href = await page.locator('#hot-why .hot-sites a').first().getAttribute('href');
      assert.ok(sites.some(({ id }) => href === `#${id}`), href);
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('where nothing differs from chance it says so, and shows the sites of the highest pressure', async () => {
    const page = await open(browser);
    await page.route('**/hotspot_zones/items?**', (route) => route.fulfill({ json: { type: 'FeatureCollection', features: [] } }));
    await page.locator('#hotspot-button').click();
    await page.locator('#panel.hotspot[data-ready]').waitFor();
    assert.match(await page.locator('#hot-zones').innerText(), /không khác ngẫu nhiên.*không có nghĩa là không ô nhiễm/s);
    assert.equal(await page.locator('#hot-pressures[open] li').count(), 10);
    const { pressures } = await answer('hotspots/pressure?f=json');
    const most = Math.max(...pressures.map(({ pressure }) => pressure));
    const name = await page.locator('#hot-pressures li a').first().innerText();
    assert.equal(pressures.find((site) => site.name === name && site.pressure === most)?.pressure, most);
    await page.close();
  });

  test('a cell is asked about by mouse and by keyboard, a reach by mouse; dilution that is not known is said', async () => {
    const page = await openHotspots(browser, 'hotspots=cells&reaches=on');
    await page.locator('#map canvas').focus();
    await page.keyboard.press('Enter');
    await page.locator('#hot-why[data-ready]').waitFor();
    assert.match(page.url(), /why=(cell|reach)%2F/);
    assert.equal(await page.locator('#stage').evaluate((stage) => stage.scrollTop), 0, 'only the panel scrolls there');
    await page.locator('.hot-clear').click();
    assert.ok(!page.url().includes('why='));
    const { all } = await features('waterway_reaches');
    const unknown = all.filter(({ properties }) => typeof properties.load_per_flow !== 'number').length;
    const legend = await page.locator('#hot-legend').innerText();
    assert.match(legend, /Hạng 1–5/);
    if (unknown > 0) assert.ok(legend.includes(`Pha loãng chưa rõ ở ${unknown} trên ${all.length} đoạn`));
    const at = await page.evaluate(() => {
      const map = window.langxanhMap;
      const corner = map.getCanvas().getBoundingClientRect();
      const area = document.querySelector('.hot-area').getBoundingClientRect();
      const foot = document.querySelector('.hot-time').getBoundingClientRect();
      const points = map.queryRenderedFeatures({ layers: ['hot-reaches-line'] }).flatMap(({ geometry }) => (geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates).map((line) => line[Math.floor(line.length / 2)]));
      return points
        .map((point) => map.project(point))
        .map(({ x, y }) => [corner.x + x, corner.y + y])
        .find(([x, y]) => x > area.left + 60 && x < area.right - 20 && y > area.top + 20 && y < foot.top - 20);
    });
    await page.mouse.click(...at);
    await page.locator('#hot-why[data-ready]').waitFor();
    assert.match(page.url(), /why=reach%2F/);
    assert.match(await page.locator('#hot-why').innerText(), /Hạng theo tải lượng\s*\d+ trên \d+/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the density is a smooth picture with its bandwidth, and takes the place of the hexagons', async () => {
    const page = await openHotspots(browser);
    await page.getByLabel('Mật độ áp lực, tô mịn').check();
    await page.waitForFunction(() => window.langxanhMap.getLayer('hot-density'));
    const { bandwidth_used: metres } = await answer('hotspots?method=kde&f=geojson');
    const kilometres = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 1 }).format(metres / 1000);
    assert.ok((await page.locator('#hot-legend').innerText()).includes(`${kilometres} km`));
    await atRest(page);
    assert.deepEqual(await drawn(page, 'hot-cells-fill', 'id'), []);
    assert.ok(page.url().includes('hotspots=density'));
    await page.getByLabel('Ô lục giác theo mức chắc chắn').check();
    await page.waitForFunction(() => !window.langxanhMap.getLayer('hot-density'));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('every download is there, and on paper stand the picture, the legend and the zones', async () => {
    const page = await openHotspots(browser);
    const links = await page.locator('#hot-files a').evaluateAll((all) => all.map(({ href }) => href));
    assert.ok(links.length >= 12);
    for (const href of links) {
      const response = await fetch(href);
      assert.equal(response.status, 200, href);
      await response.body.cancel();
    }
    await assertPaper(page, ['#hot-legend .hot-swatch', '#hot-zones', '#hot-files a'], ['.hot-show', '.hot-time', '.panel-tools']);
    await page.close();
  });

  test('a phone has no sideways scroll, everything is large enough for a finger, and a cell can be asked about', async () => {
    const page = await openHotspots(browser, 'hotspots=cells', PHONE);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    assert.equal(await page.locator('.panel-body').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length), 0);
    const small = await page.locator('button, label, summary, select, input[type=range]').evaluateAll((all) =>
      all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(small, []);
    const [x, y] = await page.evaluate(() => {
      const { left, top, width, height } = document.querySelector('.hot-area').getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    });
    await page.mouse.click(x, y);
    await page.locator('#hot-why[data-ready]').waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  for (const [name, viewport, path] of [['a wide screen', undefined, '?lang=en'], ['a phone', PHONE, '']]) {
    test(`axe finds no serious fault on ${name} at /${path} with zones, why, reaches and density`, async () => {
      const page = await openHotspots(browser, 'hotspots=cells&reaches=on', viewport, path);
      await page.locator('.hot-zones button').first().click();
      await page.locator('#hot-why[data-ready]').waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.locator('input[value=density]').check();
      await page.locator('.hot-ramp').waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      if (path) assert.doesNotMatch((await page.locator('#hot-legend, #hot-files').allInnerTexts()).join(' '), /[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i);
      await page.close();
    });
  }
});
