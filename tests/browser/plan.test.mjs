/** Plan mode in a real browser: a 1/500 plan with its review, beside what is built, measured, and compared. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, answer, assertPaper, base, features, launch, open, skip } from './browser.mjs';

const PHONE = { width: 390, height: 844 };
const PLAN = 'quat-dong-thuong-tin-plan-1';
const SITE = 'clusters/quat-dong-thuong-tin';
const HANOI = '&crs=http://www.opengis.net/def/crs/EPSG/0/5897';

/** Opens a page at a plan and waits until its panel is filled and the map has come to rest. */
async function openPlan(browser, fragment = `plan=${PLAN}`, viewport = undefined, query = '') {
  const page = await open(browser, `${query}#${fragment}`, viewport);
  await page.locator('#panel.plan[data-ready]').waitFor();
  await atRest(page);
  return page;
}

/** Waits until the map has nothing left to draw. */
function atRest(page) {
  return page.evaluate(() => {
    const map = window.langxanhMap;
    return map.loaded() && !map.isMoving() ? undefined : new Promise((resolve) => map.once('idle', () => resolve()));
  });
}

/** Brings a place under the cross of the map. */
async function underCross(page, lonLat) {
  await page.evaluate(
    (lonLat) =>
      new Promise((resolve) => {
        const map = window.langxanhMap;
        const [area, canvas] = ['.plan-area', '#map canvas'].map((one) => document.querySelector(one).getBoundingClientRect());
        const middle = map.unproject([area.left + area.width / 2 - canvas.left, area.top + area.height / 2 - canvas.top]);
        const centre = map.getCenter();
        map.once('idle', () => resolve());
        map.jumpTo({ center: [centre.lng + lonLat[0] - middle.lng, centre.lat + lonLat[1] - middle.lat] });
      }),
    lonLat,
  );
}

/** The area of a ring by the surveyor's formula, about its first corner. */
function shoelace(ring) {
  const [x0, y0] = ring[0];
  return Math.abs(ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] - x0) * (y - y0) - (x - x0) * (ring[i][1] - y0), 0)) / 2;
}

/** The parcels of the plan as drawn and as stored, by id. */
async function lots() {
  const [drawn, stored] = await Promise.all(['', HANOI].map((crs) => features('plan_parcels', `&plan_id=${PLAN}${crs}`)));
  const byId = new Map(stored.all.map((lot) => [lot.id, lot]));
  return drawn.all.map((lot) => ({ ...lot, stored: byId.get(lot.id).geometry }));
}

/** A number as the page writes it in Vietnamese. */
const vietnamese = (value, digits) => new Intl.NumberFormat('vi-VN', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

describe('plan mode', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('a plan that the register does not have is said to be missing, and the way back leads to the map', async () => {
    const page = await open(browser, '#plan=khong-co');
    await page.locator('#panel.plan[data-ready]').waitFor();
    assert.match(await page.locator('#plan-body').innerText(), /chưa có trong sổ đăng ký/);
    await page.locator('.plan-back').click();
    assert.ok(await page.locator('#panel').isHidden());
    assert.ok(!page.url().includes('plan='));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('on a day before the plan there is none, and today it is back', async () => {
    const page = await open(browser, `#plan=${PLAN}&as-of=2020-01-01`);
    await page.locator('#panel.plan[data-ready]').waitFor();
    assert.match(await page.locator('#plan-body').innerText(), /chưa có trong sổ đăng ký/);
    await page.locator('#day-banner button').click();
    await page.locator('table.balance').waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('a plan is found by its name without diacritics and opened from the search', async () => {
    const page = await open(browser);
    await page.getByRole('combobox').fill('quy hoach ccn quat dong');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#panel.plan[data-ready] table.balance').waitFor();
    assert.match(page.url(), new RegExp(`plan=${PLAN}`));
    await page.close();
  });

  test('lots that the server fails to give are said in both languages, and trying again draws them', async () => {
    const page = await browser.newPage();
    await page.route('**/plan_parcels/items?**', (route) => route.fulfill({ status: 503 }));
    await page.goto(new URL(`#plan=${PLAN}`, base).href);
    const box = page.locator('#plan-body').getByRole('alert');
    await box.waitFor();
    assert.match(await box.innerText(), /lỗi 503[\s\S]*error 503/);
    await page.unroute('**/plan_parcels/items?**');
    await box.getByRole('button').click();
    await page.locator('table.balance').waitFor();
    await page.close();
  });

  test('it opens from the panel of the cluster, and Escape and Back lead there again', async () => {
    const page = await open(browser, `#${SITE}`);
    await page.locator('#panel .assessment[data-ready]').waitFor();
    await page.locator(`[data-plan="${PLAN}"]`).click();
    await page.locator('#panel.plan[data-ready]').waitFor();
    assert.match(page.url(), new RegExp(`plan=${PLAN}`));
    assert.ok((await page.evaluate(() => window.langxanhMap.getZoom())) > 16);
    await page.keyboard.press('Escape');
    await page.locator('#panel .assessment').waitFor();
    assert.equal(await page.locator('.plan-stage').count(), 0);
    await page.goBack();
    await page.locator('#panel.plan[data-ready]').waitFor();
    await page.goBack();
    await page.locator('#panel .assessment').waitFor();
    // Nothing of the plan stays on the map, and what it took away is back.
    const left = await page.evaluate(() => window.langxanhMap.getStyle().layers.filter(({ id }) => id === 'plan-lots' || (id === 'sites-symbol' && (window.langxanhMap.getLayoutProperty(id, 'visibility') ?? 'visible') !== 'visible')));
    assert.deepEqual(left, []);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the legend lists the land uses that occur and no other, with the surveyed areas', async () => {
    const all = await lots();
    const expected = new Map();
    for (const { properties, stored } of all) {
      const area = shoelace(stored.coordinates[0]) - stored.coordinates.slice(1).reduce((sum, hole) => sum + shoelace(hole), 0);
      expected.set(properties.land_use_code, (expected.get(properties.land_use_code) ?? 0) + area);
    }
    const page = await openPlan(browser);
    const rows = await page.locator('table.balance tbody tr').evaluateAll((all) => all.map((row) => [row.querySelector('strong').textContent, row.querySelectorAll('td')[1].textContent]));
    assert.deepEqual(new Map(rows), new Map([...expected].map(([code, area]) => [code, vietnamese(area, 1)])));
    const total = [...expected.values()].reduce((sum, area) => sum + area, 0);
    assert.equal(await page.locator('table.balance tfoot td').nth(1).innerText(), vietnamese(total, 1));
    const { all: lines } = await features('plan_lines', `&plan_id=${PLAN}`);
    const kinds = new Set(lines.map(({ properties }) => properties.line_kind));
    assert.equal(await page.locator('.swatch-line').count(), kinds.size);
    if (process.env.LANGXANH_SCREENSHOT_PLAN) await page.screenshot({ path: process.env.LANGXANH_SCREENSHOT_PLAN });
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('with the keyboard alone a lot is measured from its surveyed corners, to the square millimetre', async () => {
    const lot = (await lots()).find(({ stored }) => stored.coordinates.length === 1 && stored.coordinates[0].length === 5);
    const [drawn, stored] = [lot.geometry.coordinates[0], lot.stored.coordinates[0]];
    const page = await openPlan(browser, `plan=${PLAN}&map=20.00/${drawn[0][1]}/${drawn[0][0]}`);
    await page.locator('[data-tool=area]').focus();
    await page.keyboard.press('Enter');
    await page.locator('.maplibregl-canvas').first().focus();
    // Short steps, to bring the cross onto a point.
    const centre = () => page.evaluate(() => { const { x, y } = window.langxanhMap.project([105.85, 20.83]); return [x, y]; });
    const [x, y] = await centre();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    const [x2, y2] = await centre();
    assert.deepEqual([Math.round(x - x2), Math.round(y - y2)], [20, 2]);
    for (const corner of drawn.slice(0, 4)) {
      await underCross(page, corner);
      await page.keyboard.press('Enter');
    }
    const total = await page.locator('.measure-total').innerText();
    assert.ok(total.includes(`Diện tích: ${vietnamese(shoelace(stored), 3)} m²`), total);
    assert.match(total, /^Điểm 4: đỉnh đo vẽ\./);
    await page.locator('.measure-points summary').click();
    const rows = await page.locator('.measure-points tbody tr').evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].slice(0, 2).map((cell) => cell.textContent)));
    assert.deepEqual(rows, stored.slice(0, 4).map(([east, north]) => [north, east].map((number) => number.toFixed(3).replace('.', ','))));
    await page.locator('.maplibregl-canvas').first().focus();
    await page.keyboard.press('Backspace');
    assert.match(await page.locator('.measure-total').innerText(), /^Điểm 3/);
    await page.keyboard.press('Escape');
    assert.ok(await page.locator('.plan-measure').isHidden());
    assert.ok(await page.locator('#panel.plan').isVisible(), 'the first Escape ends the measuring alone');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the pointer is read in VN-2000 and WGS 84, and a vertex near it gives its surveyed numbers', async () => {
    const lot = (await lots())[0];
    const [corner, surveyed] = [lot.geometry.coordinates[0][0], lot.stored.coordinates[0][0]];
    const page = await openPlan(browser, `plan=${PLAN}&map=21.00/${corner[1]}/${corner[0]}`);
    await underCross(page, corner);
    const area = await page.locator('.plan-area').boundingBox();
    const [x, y] = [area.x + area.width / 2, area.y + area.height / 2];
    const read = async () => (await page.locator('.plan-readout .pair output').allInnerTexts()).map((text) => Number(text.replace(',', '.')));
    await page.mouse.move(x + 4, y + 3);
    assert.deepEqual(await read(), [surveyed[1], surveyed[0]]);
    assert.equal(await page.locator('.plan-readout .tag').innerText(), 'đỉnh đo vẽ');
    await page.locator('.plan-buttons input').uncheck();
    await page.mouse.move(x, y);
    // The vertex itself, now by way of WGS 84: the map is exact to a part of a pixel, which is some centimetres here.
    const [north, east] = await read();
    assert.ok(Math.hypot(north - surveyed[1], east - surveyed[0]) < 0.1, `${north} ${east} is not ${surveyed}`);
    assert.equal(await page.locator('.plan-readout .tag').innerText(), 'con trỏ');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the slider between plan and buildings goes by keyboard and by pointer, and the address keeps it', async () => {
    const page = await openPlan(browser, `plan=${PLAN}&swipe=50`);
    await page.locator('.plan-built-map[data-ready]').waitFor({ state: 'attached' });
    const slider = page.getByRole('slider');
    assert.equal(await slider.getAttribute('aria-valuetext'), 'Quy hoạch 50%, hiện trạng 50%');
    await slider.focus();
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await slider.getAttribute('aria-valuenow'), '58');
    assert.match(page.url(), /swipe=58/);
    const edge = async () => Number(/([\d.]+)px\)$/.exec(await page.locator('.plan-built-map').evaluate((map) => getComputedStyle(map).clipPath))[1]);
    const grip = await slider.boundingBox();
    const stage = await page.locator('#map').boundingBox();
    assert.ok(Math.abs((await edge()) - (grip.x + grip.width / 2 - stage.x)) < 1.5);
    await page.mouse.move(grip.x + 22, grip.y + 22);
    await page.mouse.down();
    await page.mouse.move(grip.x - 200, grip.y + 30, { steps: 6 });
    await page.mouse.up();
    assert.ok(Number(await slider.getAttribute('aria-valuenow')) < 45);
    const aligned = await page.evaluate(() => document.querySelectorAll('#map .maplibregl-canvas').length);
    assert.equal(aligned, 2);
    await page.getByRole('button', { name: 'So với hiện trạng' }).click();
    assert.equal(await slider.count(), 0);
    assert.ok(!page.url().includes('swipe='));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('every finding is listed under its own kind, and one with a place is shown there', async () => {
    const { findings } = await answer(`plans/${PLAN}/review?f=json`);
    assert.ok(findings.length > 0, 'the sample has a plan with faults');
    const page = await openPlan(browser);
    assert.deepEqual((await page.locator('.finding').evaluateAll((all) => all.map((one) => Number(one.dataset.number)))).sort((a, b) => a - b), findings.map(({ number }) => number));
    for (const { number, verdict } of findings.filter(({ verdict }) => verdict === 'undetermined' || verdict === 'unknown')) {
      assert.equal(await page.locator(`.finding-${verdict} #finding-${number}`).count(), 1, `finding ${number} is no fault`);
    }
    const head = page.locator('.finding-head:enabled').first();
    const before = await page.evaluate(() => window.langxanhMap.getZoom());
    await head.click();
    assert.equal(await head.getAttribute('aria-pressed'), 'true');
    await atRest(page);
    assert.ok((await page.evaluate(() => window.langxanhMap.getZoom())) >= before);
    const shown = await page.evaluate(() => window.langxanhMap.queryRenderedFeatures({ layers: ['plan-finding-line', 'plan-finding-point'] }).length);
    assert.ok(shown > 0, 'its place is drawn');
    // The mark on the map leads back to the list.
    const number = Number(await head.getAttribute('data-number'));
    const at = await page.evaluate((number) => {
      const map = window.langxanhMap;
      const mark = map.queryRenderedFeatures({ layers: ['plan-marks'] }).find(({ properties }) => properties.number === number);
      const corner = map.getCanvas().getBoundingClientRect();
      const pixel = map.project(mark.geometry.coordinates);
      return [corner.x + pixel.x, corner.y + pixel.y];
    }, number);
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.click(...at);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.number), String(number));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the review, the drawing and the record can be had, and what is offered is there', async () => {
    const page = await openPlan(browser);
    const links = await page.locator('#plan-files a').evaluateAll((all) => all.map(({ href }) => href));
    assert.ok(links.some((href) => href.includes('f=pdf')), 'the dossier');
    // The dossier is drawn when it is asked for; tests of its own look at it.
    for (const href of links.filter((href) => !href.includes('f=pdf'))) assert.equal((await fetch(href)).status, 200, href);
    await page.close();
  });

  test('two versions are compared: what was added, removed, changed and moved is listed, drawn, and kept in the address', async () => {
    const all = await lots();
    const other = `${PLAN}-v0`;
    // The answer that is made up below has the members of a real one.
    const real = await answer(`plans/${PLAN}/compare?with=thi-tran-phung-dan-phuong-plan-1&f=json`);
    for (const member of ['before', 'after', 'added', 'removed', 'changed', 'unchanged', 'tolerance_m']) assert.ok(member in real, member);
    assert.equal(real.before, 'thi-tran-phung-dan-phuong-plan-1');
    const page = await open(browser);
    // The sample has one version of each plan: an earlier one is put beside it on the way.
    await page.route('**/plans/items?**', async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      const plan = json.features.find(({ id }) => id === PLAN);
      if (plan) json.features.push({ ...plan, id: other, properties: { ...plan.properties, version: '0' } });
      await route.fulfill({ response, json });
    });
    await page.route(`**/plan_parcels/items?**plan_id=${other}**`, (route) => route.fulfill({ json: { type: 'FeatureCollection', features: all.slice(0, 1).map(({ stored, ...lot }) => ({ ...lot, id: 'old', properties: { ...lot.properties, lot_symbol: 'CŨ-01' } })) } }));
    const [added, used, moved] = all.slice(1).map(({ id }) => id);
    await page.route('**/compare?**', (route) =>
      route.fulfill({
        json: {
          before: other,
          after: PLAN,
          added: [added],
          removed: ['old'],
          changed: [
            { before: 'a', after: used, symbols: ['A', 'A'], land_use: ['CX', 'CN'], area_m2: [100, 100], moved_m: null, values: [] },
            { before: 'b', after: moved, symbols: ['B', 'B'], land_use: null, area_m2: [100, 112.3], moved_m: 0.152, values: [] },
          ],
          unchanged: all.length - 3,
          tolerance_m: 0.1,
        },
      }),
    );
    await page.goto(new URL(`?lang=vi#plan=${PLAN}&with=${other}`, base).href);
    await page.locator('#panel.plan[data-ready]').waitFor();
    await page.locator('#plan-compare [data-ready]').waitFor();
    const text = await page.locator('#plan-compare').innerText();
    for (const words of ['Lô thêm mới (1)', 'Lô bỏ đi (1)', 'CŨ-01', 'Đổi chức năng (1)', 'CX → CN', 'Dịch ranh (1)', 'ranh dịch 0,152 m', `${all.length - 3} lô không đổi`, '10 cm']) assert.ok(text.includes(words), words);
    await atRest(page);
    const kinds = await page.evaluate(() => new Set(window.langxanhMap.querySourceFeatures('plan-changes').map(({ properties }) => properties.kind)).size);
    assert.equal(kinds, 4);
    await page.locator('#plan-against').selectOption('');
    assert.ok(!page.url().includes('with='));
    assert.equal(await page.locator('#plan-compare .changes').count(), 0);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('on paper stand the picture of the map, the findings and the balance, and no tools', async () => {
    const page = await openPlan(browser);
    await assertPaper(page, ['table.balance', '.finding', '.panel-body .demo-mark'], ['.plan-buttons', '.plan-readout', '.plan-back', '.panel-tools']);
    await page.close();
  });

  test('a phone has no sideways scroll, everything is large enough for a finger, and the cross measures', async () => {
    const page = await openPlan(browser, `plan=${PLAN}`, PHONE);
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.ok(await fits());
    const cut = await page.locator('.panel-body').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    assert.equal(cut, 0);
    await page.locator('[data-tool=length]').click();
    const small = await page.locator('button, label, summary, select').evaluateAll((all) =>
      all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(small, []);
    await page.locator('.add-centre').click();
    await page.evaluate(() => new Promise((resolve) => { window.langxanhMap.once('idle', () => resolve()); window.langxanhMap.panBy([40, 0], { animate: false }); }));
    await page.locator('.add-centre').click();
    assert.match(await page.locator('.measure-total').innerText(), /Tổng chiều dài: [\d]+,\d{3} m$/);
    assert.ok(await fits());
    assert.ok(await page.locator('#plan-body').isHidden(), 'measuring folds the panel away');
    await page.getByRole('button', { name: 'Mở ra' }).click();
    assert.ok(await page.locator('#plan-body').isVisible());
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  for (const [name, viewport, path] of [['a wide screen', undefined, '?lang=en'], ['a phone', PHONE, '']]) {
    test(`axe finds no serious fault on ${name} at /${path} with plan, slider, measuring and a finding`, async () => {
      const page = await openPlan(browser, `plan=${PLAN}&swipe=40`, viewport, path);
      await page.locator('.finding-head:enabled').first().click();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.locator('[data-tool=area]').click();
      await page.locator('.add-centre').click();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.close();
    });
  }
});
