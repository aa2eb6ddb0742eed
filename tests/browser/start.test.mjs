/** The city at a glance, the filters and the table, as tasks of a reader in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, answer, base, features, launch, open, skip } from './browser.mjs';

const PHONE = { width: 390, height: 844 };

/** Waits until the page knows which rules are core, so that the order of the table stands. */
async function openDesk(browser, path = '', viewport) {
  const page = await open(browser, path, viewport);
  await page.locator('#overview .worst').waitFor({ state: 'attached' });
  return page;
}

/** How many sites the table says it shows. */
async function shown(page) {
  return Number((await page.locator('#dock .shown').innerText()).split('/')[0].replace(/\D/g, ''));
}

/** Ticks a value of a facet, unfolding it first. */
async function tick(page, facet, value) {
  const details = page.locator(`.facet:has([data-facet=${facet}])`);
  if (!(await details.evaluate((one) => one.open))) await details.locator('summary').click();
  await page.locator(`[data-value="${facet}:${value}"]`).check();
}

/** The sites on the map that pass its filter. */
function onMap(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const read = () => resolve([...new Set(window.langxanhMap.queryRenderedFeatures({ layers: ['sites-symbol'] }).map(({ properties }) => properties.key))].sort());
        window.langxanhMap.once('idle', read);
        window.langxanhMap.triggerRepaint();
      }),
  );
}

/** The file that a link of the files leads to. */
async function fileOf(page, collection, format) {
  const href = await page.locator(`.file-line[data-collection=${collection}] a`, { hasText: format }).getAttribute('href');
  const response = await fetch(href);
  assert.equal(response.status, 200, href);
  return response;
}

/** The page's order of the worst, worked out from the server's answers alone. */
async function worstOf(sites) {
  const rules = await answer('compliance/rules?f=json');
  const core = new Set(rules.filter((rule) => rule.core).map(({ id }) => id));
  const breaches = ({ properties }) => (properties.breached_rules ?? '').split(',').filter((rule) => core.has(rule)).length;
  return sites
    .filter((site) => breaches(site) > 0)
    .sort((a, b) => breaches(b) - breaches(a) || (b.properties.effluent_worst_ratio ?? -1) - (a.properties.effluent_worst_ratio ?? -1) || a.properties.name_vi.localeCompare(b.properties.name_vi, 'vi', { numeric: true }));
}

describe('the start of the map', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('an address that makes no sense shows everything, without a fault', async () => {
    const { numberMatched } = await features('clusters');
    const page = await openDesk(browser, '#district=%&group=T99.met&area=1,2/x&sort=moon&pick=%E0&year=');
    await page.waitForFunction(() => /^\d/.test(document.querySelector('#dock .shown')?.textContent ?? ''));
    assert.equal(await shown(page), numberMatched + (await features('craft_villages')).numberMatched);
    assert.ok(!page.url().includes('group='));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the city is seen before the code of the page has come, and not where the address asks for what the drawing does not have', async () => {
    for (const [path, isDrawn] of [['', true], ['?lang=en#map=9.00/21.02000/105.80000', true], ['#as-of=2024-12-31', false], ['#status=unknown', false]]) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      let go;
      const held = new Promise((resolve) => (go = resolve));
      await page.route(/assets\/main-/, async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(new URL(path, base).href, { waitUntil: 'commit' });
      await page.waitForFunction(() => document.documentElement.dataset.scheme);
      assert.equal(await page.locator('#first-map').count(), isDrawn ? 1 : 0, path);
      if (isDrawn) {
        // Land, water and the marks of more than one status: several colours, and not those of an empty frame.
        const colours = await page.evaluate(() => {
          const canvas = document.getElementById('first-map');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(Array.from({ length: data.length / 4 }, (_, i) => (data[i * 4 + 3] === 255 ? (data[i * 4] << 16) | (data[i * 4 + 1] << 8) | data[i * 4 + 2] : -1))).size;
        });
        assert.ok(colours > 10, `${colours} colours`);
        assert.match(await page.locator('#demo-notice').innerText(), path.includes('lang=en') ? /^DEMO DATA|^Demo data/ : /^DỮ LIỆU MINH HỌA|^Dữ liệu minh họa/);
      }
      go();
      await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
      await page.waitForFunction(() => window.langxanhMap);
      assert.equal(await page.locator('#first-map').count(), 0, 'the map has taken its place');
      assert.equal(await page.locator('#demo-notice').count(), 1);
      await page.close();
    }
  });

  test('one kind of site is picked out, brought into view and exported alone', async () => {
    const { numberMatched } = await features('clusters');
    const page = await openDesk(browser);
    await tick(page, 'kind', 'clusters');
    assert.equal(await shown(page), numberMatched);
    await tick(page, 'district', 'Thường Tín');
    const before = await page.evaluate(() => window.langxanhMap.getZoom());
    await page.locator('#dock .to-shown').click();
    await page.waitForFunction((zoom) => window.langxanhMap.getZoom() > zoom + 1, before);
    await page.locator('#dock .download summary').click();
    assert.equal(await page.locator('.file-line[data-collection=craft_villages]').count(), 0);
    const lines = (await (await fileOf(page, 'clusters', 'CSV')).text()).trim().split('\n');
    assert.equal(lines.length - 1, await shown(page));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('targets, changes or hotspots that the server does not give are said to be missing, and the rest stands', async () => {
    const page = await browser.newPage();
    await page.route('**/compliance/targets**', (route) => route.fulfill({ status: 503 }));
    await page.goto(base.href);
    await page.locator('[data-part=targets] [role=alert]').waitFor();
    await page.locator('#overview .worst').waitFor();
    await page.close();
  });

  test('every target says how many are met of how many and how many are unknown, and each number filters map and table', async () => {
    const targets = await answer('compliance/targets?f=json');
    const page = await openDesk(browser);
    await page.locator('.targets').waitFor();
    const first = targets[0];
    const text = await page.locator('.targets > li').first().innerText();
    assert.ok(text.includes(`${first.numerator}/${first.denominator}`), text);
    assert.ok(text.includes(`${first.unknown} chưa rõ`), text);
    const button = page.locator(`[data-group="${first.code}.unknown"]`);
    await button.click();
    assert.equal(await shown(page), first.ids.unknown.length);
    assert.deepEqual(await onMap(page), first.ids.unknown.map((id) => `clusters/${id}`).sort());
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    await button.click();
    assert.ok((await shown(page)) > first.ids.unknown.length);
    await page.close();
  });

  test('the changes of the quarter tell their days and are those of the two days compared', async () => {
    const page = await openDesk(browser, '#as-of=2026-05-20');
    const part = page.locator('[data-part=changes]');
    await part.locator('.changes, .part-content > p + p').first().waitFor();
    const text = await part.innerText();
    assert.ok(text.includes('20/05/2026') && text.includes('31/03/2026'), text);
    let worse = 0;
    for (const collection of ['clusters', 'craft_villages']) {
      const before = new Map((await features(collection, '&as-of=2026-03-31')).all.map(({ id, properties }) => [id, properties.compliance_status]));
      for (const { id, properties } of (await features(collection, '&as-of=2026-05-20')).all) if (properties.compliance_status === 'non_compliant' && before.has(id) && before.get(id) !== 'non_compliant') worse += 1;
    }
    const button = part.locator('[data-group="change.worse"]');
    assert.equal(await button.count(), worse > 0 ? 1 : 0);
    if (worse > 0) {
      await button.click();
      assert.equal(await shown(page), worse);
    }
    await page.close();
  });

  test('the ten worst sites stand in the order that the page states, and lead to their own', async () => {
    const worst = await worstOf((await Promise.all(['clusters', 'craft_villages'].map(async (collection) => (await features(collection)).all.map((site) => ({ ...site, key: `${collection}/${site.id}` }))))).flat());
    const page = await openDesk(browser);
    const keys = await page.locator('[data-worst]').evaluateAll((all) => all.map((one) => one.dataset.worst));
    assert.deepEqual(keys, worst.slice(0, 10).map(({ key }) => key));
    await page.locator('[data-worst]').first().click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.equal(await page.locator('#panel h2').innerText(), worst[0].properties.name_vi);
    await page.close();
  });

  test('hot cells are counted and lead to the map of hotspots', async () => {
    const cells = (await features('hotspots', '&properties=hotspot_class&skipGeometry=true')).all;
    const hot = cells.filter(({ properties }) => properties.hotspot_class.startsWith('hot')).length;
    const page = await openDesk(browser);
    const part = page.locator('[data-part=hotspots]');
    await part.getByRole('button').waitFor();
    if (hot > 0) assert.ok((await part.innerText()).includes(`${hot} ô nóng trên ${cells.length}`));
    await part.getByRole('button').click();
    await page.locator('#panel.hotspot').waitFor();
    assert.equal(await page.locator('#dock').isVisible(), false);
    await page.close();
  });

  test('find the five worst clusters of a district and export them', async () => {
    const { all } = await features('clusters');
    const worst = await worstOf(all);
    const of = (district) => worst.filter(({ properties }) => properties.district_legacy === district);
    const district = worst.map(({ properties }) => properties.district_legacy).sort((a, b) => of(b).length - of(a).length)[0];
    const members = of(district);
    const wanted = members.slice(0, 5);
    const page = await openDesk(browser);
    await page.locator('.layers').getByRole('checkbox', { name: 'Làng nghề' }).uncheck();
    await tick(page, 'district', district);
    assert.equal(await shown(page), all.filter(({ properties }) => properties.district_legacy === district).length);
    const rows = page.locator('#list tbody tr[data-row]');
    for (let i = 0; i < wanted.length; i++) {
      assert.equal(await rows.nth(i).getAttribute('data-row'), `clusters/${wanted[i].id}`);
      await rows.nth(i).getByRole('checkbox').check();
    }
    await page.locator('.download summary').click();
    const { features: found } = await (await fileOf(page, 'clusters', 'GeoJSON')).json();
    assert.deepEqual(found.map(({ id }) => id).sort(), wanted.map(({ id }) => id).sort());
    const lines = (await (await fileOf(page, 'clusters', 'CSV')).text()).trim().split('\n');
    assert.ok(lines.length > wanted.length);
    assert.match((await fileOf(page, 'clusters', 'XLSX').then((file) => file.headers.get('content-type'))), /spreadsheetml/);
    assert.match((await fileOf(page, 'clusters', 'GeoPackage').then((file) => file.headers.get('content-type'))), /geopackage/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('filter by a rule that cannot be judged: table, map and file have the same sites', async () => {
    const sites = (await features('clusters')).all.filter(({ properties }) => (properties.unknown_rules ?? '').split(',').includes('ENV-PERMIT'));
    const villages = (await features('craft_villages')).all.filter(({ properties }) => (properties.unknown_rules ?? '').split(',').includes('ENV-PERMIT'));
    const page = await openDesk(browser);
    await tick(page, 'unknown', 'ENV-PERMIT');
    assert.equal(await shown(page), sites.length + villages.length);
    await page.locator('.download summary').click();
    for (const [collection, own] of [['clusters', sites], ['craft_villages', villages]]) {
      if (own.length === 0) continue;
      const { features: found } = await (await fileOf(page, collection, 'GeoJSON')).json();
      assert.deepEqual(found.map(({ id }) => id).sort(), own.map(({ id }) => id).sort(), collection);
    }
    await page.keyboard.press('Escape');
    await page.locator('.clear-all').click();
    assert.ok((await shown(page)) > sites.length + villages.length);
    await page.close();
  });

  test('draw an area: clicks, Escape gives up, Enter ends, and the file has what lies in it', async () => {
    const page = await openDesk(browser);
    const all = await shown(page);
    const { x, y, width, height } = await page.locator('#map canvas').boundingBox();
    const at = (dx, dy) => page.mouse.click(x + width * dx, y + height * dy);
    await page.locator('#dock .area').click();
    await at(0.4, 0.3);
    await at(0.6, 0.3);
    await page.keyboard.press('Enter');
    await page.getByText('Cần ít nhất ba đỉnh').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await shown(page), all);
    assert.ok(!page.url().includes('area='));
    await page.locator('#dock .area').click();
    for (const [dx, dy] of [[0.4, 0.3], [0.6, 0.3], [0.55, 0.8]]) await at(dx, dy);
    await page.keyboard.press('Enter');
    await page.locator('.chip').first().waitFor();
    const inside = await shown(page);
    assert.ok(inside > 0 && inside < all, `${inside} of ${all}`);
    await page.locator('.download summary').click();
    // The files are listed once the browser has told of the unfolding.
    await page.locator('.file-line').first().waitFor();
    let found = 0;
    for (const collection of ['clusters', 'craft_villages']) if (await page.locator(`.file-line[data-collection=${collection}]`).count()) found += (await (await fileOf(page, collection, 'GeoJSON')).json()).features.length;
    assert.equal(found, inside);
    await page.close();
  });

  test('an area without a pointer: zoom in, and take what is in view', async () => {
    const page = await openDesk(browser, '#map=11.50/21.0200/105.6500');
    const all = await shown(page);
    await page.locator('#dock .area-view').focus();
    await page.keyboard.press('Enter');
    await page.locator('.chip').first().waitFor();
    assert.ok((await shown(page)) < all);
    await page.close();
  });

  test('a reload brings back filters, area, ticks, order, day, place and the open site, in the other language too', async () => {
    const page = await openDesk(browser, '#as-of=2026-06-30&map=11.00/21.0000/105.7500');
    await tick(page, 'status', 'non_compliant');
    await page.locator('#dock .area-view').click();
    await page.locator('[data-column=name]').click();
    await page.locator('#list tbody tr[data-row]').first().getByRole('checkbox').check();
    await page.locator('#list [data-site]').first().click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    const state = () => page.evaluate(() => [location.hash, [...document.querySelectorAll('#list tbody tr[data-row]')].map((row) => row.dataset.row).slice(0, 4), document.querySelector('[data-column=name]').closest('th').ariaSort, document.querySelector('#panel h2').textContent, document.querySelectorAll('#list input:checked').length]);
    await page.waitForTimeout(300);
    const before = await state();
    for (const go of [() => page.reload(), () => page.locator('#language').click()]) {
      await go();
      await page.waitForSelector('html[data-ready]');
      await page.locator('#overview .worst').waitFor({ state: 'attached' });
      await page.locator('#panel .assessment[data-ready]').waitFor();
      assert.deepEqual(await state(), before);
    }
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.close();
  });

  test('the table is gone through by keyboard to its last row, and names of its order are read out', async () => {
    const page = await openDesk(browser);
    const all = await shown(page);
    await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    const focused = () => page.evaluate(() => Number(document.activeElement?.closest('tr')?.ariaRowIndex ?? document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')));
    assert.equal(await focused(), 2);
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 3);
    await page.keyboard.press('End');
    assert.equal(await focused(), all + 1);
    assert.ok((await page.locator('#list tbody tr').count()) < 60, 'only the rows in view are drawn');
    await page.keyboard.press(' ');
    assert.match(await page.locator('#dock .shown').innerText(), /1 dòng đã chọn/);
    await page.keyboard.press('Home');
    assert.equal(await focused(), 2);
    await page.locator('[data-column=ratio]').click();
    assert.equal(await page.locator('th.col-ratio').getAttribute('aria-sort'), 'descending');
    await page.close();
  });

  test('a row lights its site up on the map, and the site its row', async () => {
    const page = await openDesk(browser);
    await page.locator('#list tbody tr[data-row]').nth(1).hover();
    assert.equal(await page.evaluate(async () => (await window.langxanhMap.getSource('hover').getData()).features.length), 1);
    const key = await page.locator('#list tbody tr[data-row]').nth(0).getAttribute('data-row');
    const spot = await page.evaluate((key) => {
      const map = window.langxanhMap;
      const found = map.queryRenderedFeatures({ layers: ['sites-symbol'] }).find(({ properties }) => properties.key === key);
      map.jumpTo({ center: found.geometry.coordinates, zoom: 15 });
      return new Promise((resolve) => map.once('idle', () => resolve(map.project(found.geometry.coordinates))));
    }, key);
    const { x, y } = await page.locator('#map canvas').boundingBox();
    await page.mouse.move(x + spot.x, y + spot.y);
    await page.locator(`tr.lit[data-row="${key}"]`).waitFor();
    await page.close();
  });

  test('an investor and coordinates of either system are found by the search box', async () => {
    const { all } = await features('clusters');
    const investor = all.find(({ properties }) => properties.investor).properties.investor;
    const page = await openDesk(browser);
    const box = page.getByRole('combobox');
    await box.fill(investor);
    await page.getByRole('option', { name: /Chủ đầu tư/ }).first().click();
    assert.equal(await shown(page), all.filter(({ properties }) => properties.investor === investor).length);
    // Both are one place: PROJ's cs2cs gives 588591.944 2326345.3117 in EPSG:5897 for 105.8542, 21.0285.
    for (const text of ['21.0285, 105.8542', '588591.944 2326345.312']) {
      await page.evaluate(() => window.langxanhMap.jumpTo({ center: [105.5, 20.9], zoom: 10 }));
      await box.fill(text);
      await page.getByRole('option').first().click();
      await page.waitForFunction(() => {
        const { lng, lat } = window.langxanhMap.getCenter();
        return Math.abs(lng - 105.8542) < 1e-4 && Math.abs(lat - 21.0285) < 1e-4;
      });
    }
    await page.close();
  });

  test('on a phone the table is a sheet: open it, filter, open a site, and nothing scrolls sideways', async () => {
    const page = await openDesk(browser, '', PHONE);
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.equal(await page.locator('#list').isVisible(), false);
    await page.locator('#dock .filters').click();
    await tick(page, 'status', 'non_compliant');
    assert.ok(await fits());
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.locator('#dock .filters').click();
    await page.locator('#list [data-site]').first().click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.equal(await page.locator('#list').isVisible(), false);
    assert.ok(await fits());
    await page.close();
  });

  for (const path of ['', '?lang=en'])
    test(`axe finds no serious fault at /${path} with a group, an area, ticks and the files open`, async () => {
      const page = await openDesk(browser, `${path}#group=worst&area=105.30000,20.60000/106.00000,20.60000/106.00000,21.40000/105.30000,21.40000`);
      await page.locator('.chip').first().waitFor();
      await page.locator('#list tbody tr[data-row]').first().getByRole('checkbox').check();
      await page.locator('.download summary').click();
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.deepEqual(page.faults, []);
      if (path) assert.doesNotMatch(await page.locator('#dock').innerText(), /Bộ lọc|địa điểm|chưa rõ/);
      await page.close();
    });

  test('the table is no part of what is printed of a site', async () => {
    const page = await openDesk(browser);
    await page.locator('[data-worst]').first().click();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('#dock').isVisible(), false);
    assert.ok(await page.locator('#panel h2').isVisible());
    await page.close();
  });
});
