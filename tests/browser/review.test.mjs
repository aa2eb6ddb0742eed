/** The review of a site in its panel, and past days: in a real browser, against the running server that LANGXANH_URL names. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, answer, base, features, launch, open, partsReady, skip, tellingCluster } from './browser.mjs';

const PHONE = { width: 390, height: 844 };
const PAST = '2024-12-31';

describe('the review of a site', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('a part that the server fails to give says so and can be tried again; the others stand', async () => {
    const { id } = await tellingCluster();
    const page = await browser.newPage();
    await page.route('**/history*', (route) => route.fulfill({ status: 500 }));
    await page.goto(new URL(`#clusters/${id}`, base).href);
    const part = page.locator('#part-quarters');
    await part.getByRole('alert').waitFor();
    assert.match(await part.innerText(), /Máy chủ trả lời lỗi 500/);
    await page.locator('.rule-breached').first().waitFor();
    await page.unroute('**/history*');
    await part.getByRole('button', { name: /Thử lại/ }).click();
    await part.locator('table.quarters').waitFor();
    await page.close();
  });

  test('how heavy a rule weighs, a closer word for its result and a text from memory are said beside it', async () => {
    const { id } = await tellingCluster();
    const basis = (confidence) => [{ document: 'Nghị định A', article: 'Điều 1', from: '2020-01-01', to: null, confidence }];
    const rule = (name, over) => ({ rule: name, title: { vi: name, en: name }, core: false, severity: 'breach', outcome: 'breached', result: null, reason: { vi: 'Vì thế.', en: 'So.' }, evidence: [], missing: [], legal_basis: basis('verified'), ...over });
    const fixture = {
      as_of: '2026-01-01',
      status: 'unknown',
      rules: [rule('PLAIN'), rule('WARNS', { severity: 'warning', legal_basis: basis('recalled-high') })],
      advice: [rule('OLD', { severity: 'advice', outcome: 'not_applicable', result: 'legacy_below_minimum' })],
    };
    const page = await browser.newPage();
    await page.route(`**/compliance/clusters/${id}`, (route) => route.fulfill({ json: fixture }));
    await page.goto(new URL(`#clusters/${id}`, base).href);
    const article = (name) => page.locator(`.rule[data-rule=${name}]`);
    await article('PLAIN').waitFor();
    await page.locator('.rules, .rule').evaluateAll((all) => all.forEach((details) => (details.open = true)));
    assert.equal(await article('PLAIN').locator('.tag').count(), 0);
    assert.deepEqual(await article('WARNS').locator('.tag').allInnerTexts(), ['mức cảnh báo']);
    assert.deepEqual(await article('OLD').locator('.tag').allInnerTexts(), ['chỉ lưu ý', 'cụm có từ trước, nhỏ hơn mức tối thiểu']);
    assert.ok(!/trí nhớ/.test(await article('PLAIN').innerText()));
    assert.match(await article('WARNS').innerText(), /Điều 1 \(từ 01\/01\/2020; theo trí nhớ, khá chắc\)/);
    await page.close();
  });

  test('the grid says of every rule and quarter what the server does, core rules first and the others folded', async () => {
    const { id } = await tellingCluster();
    const history = await answer(`compliance/clusters/${id}/history`);
    const page = await openReady(browser, `#clusters/${id}`);
    const table = page.locator('table.quarters');
    assert.equal(await table.locator('thead button').count(), 12);
    const core = history.rules.filter((rule) => rule.core).map((rule) => rule.id);
    const visible = await table.locator('tbody:not([hidden]) tr').evaluateAll((rows) => rows.map((row) => row.dataset.rule));
    assert.deepEqual(visible, ['status', ...core, 'detail_status']);
    await table.locator('.toggle').click();
    const idle = history.rules.filter(({ id: rule, core }) => !core && history.grid[rule].every((outcome) => outcome === 'not_applicable'));
    if (idle.length > 0) assert.match(await table.locator('.idle').innerText(), new RegExp(`^${idle.length} quy định khác không áp dụng`));
    for (const rule of history.rules.filter((one) => !idle.includes(one))) {
      const cells = table.locator(`tr[data-rule="${rule.id}"] td`);
      assert.deepEqual(await cells.evaluateAll((all) => all.map((cell) => cell.dataset.outcome)), history.grid[rule.id], rule.id);
    }
    const word = { met: 'Đáp ứng', breached: 'Vi phạm', unknown: 'Chưa rõ', not_applicable: 'Không áp dụng' };
    const [first] = history.rules;
    const [year, number] = history.quarters[0].quarter.split('-Q');
    const cell = table.locator(`tr[data-rule="${first.id}"] td`).first();
    assert.equal(await cell.getAttribute('title'), `${first.title.vi} – Quý ${number}/${year}: ${word[history.grid[first.id][0]]}`);
    assert.equal(await cell.innerText(), word[history.grid[first.id][0]], 'a screen reader hears the outcome');
    await page.close();
  });

  test('a quarter shows everything as of its last day without losing the site, and one press leads back to today', async () => {
    const { id, properties } = await tellingCluster();
    const page = await openReady(browser, `#clusters/${id}`);
    const { quarters } = await answer(`compliance/clusters/${id}/history`);
    const head = page.locator('table.quarters thead button').nth(3);
    await head.click();
    await page.getByText(`Đang xem tình trạng ngày ${vietnamese(quarters[3].as_of)}.`).waitFor();
    await page.locator('table.quarters thead button').nth(3).and(page.locator('[aria-current=date]')).waitFor();
    assert.equal(new URL(page.url()).hash.split('&')[1], `as-of=${quarters[3].as_of}`);
    assert.equal(await page.locator('#panel h2').innerText(), properties.name_vi);
    assert.match(await page.locator('#panel .status').innerText(), new RegExp(vietnamese(quarters[3].as_of)));
    assert.equal(await page.locator('table.quarters thead button').count(), 12, 'later quarters can still be reached');
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.quarter), quarters[3].quarter, 'the focus stays on the quarter');
    assert.deepEqual(await shownCounts(page), await countsOf(quarters[3].as_of));
    const records = await page.locator('#panel a[href*="/items/"]').evaluateAll((links) => links.map((link) => link.href));
    assert.ok(records.length > 0 && records.every((href) => href.includes(`as-of=${quarters[3].as_of}`)), 'records are linked as they stood');
    assert.equal((await fetch(records[0])).status, 200);
    const { status } = await answer(`compliance/clusters/${id}?as-of=${quarters[3].as_of}`);
    await page.locator(`#panel .status-${status}`).waitFor();
    await page.locator('#day-banner button').click();
    await page.locator('#day-banner:empty').waitFor({ state: 'attached' });
    await page.waitForFunction(() => !location.hash.includes('as-of'));
    assert.deepEqual(await shownCounts(page), await countsOf());
    await page.goBack();
    await page.getByText(`Đang xem tình trạng ngày ${vietnamese(quarters[3].as_of)}.`).waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the quarters are walked by arrow keys, with one stop for the tabulator', async () => {
    const { id } = await tellingCluster();
    const page = await openReady(browser, `#clusters/${id}`);
    const heads = page.locator('table.quarters thead button');
    assert.equal(await heads.and(page.locator('[tabindex="0"]')).count(), 1);
    await heads.last().focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    assert.ok(await heads.nth(10).evaluate((head) => head === document.activeElement));
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    assert.ok(await heads.first().evaluate((head) => head === document.activeElement));
    await page.keyboard.press('Enter');
    await page.locator('#day-banner button').waitFor();
    await page.close();
  });

  test('the library of the chart comes with the first site that has samples; the chart shows the worst parameter, and its table every value', async () => {
    const { id, properties } = await tellingCluster();
    const { parameters } = await answer(`compliance/clusters/${id}/effluent`);
    const page = await open(browser);
    const scripts = [];
    page.on('request', (request) => scripts.push(new URL(request.url()).pathname));
    assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /chart/.test(name)).length), 0);
    await page.evaluate((hash) => (location.hash = hash), `clusters/${id}`);
    await partsReady(page);
    assert.ok(scripts.some((path) => /chart.*\.js$/.test(path)));
    const select = page.locator('#parameter');
    assert.equal(await select.locator('option').count(), parameters.length);
    const chosen = await select.inputValue();
    const newest = parameters.flatMap((one) => one.series.flatMap(({ points }) => points)).map(({ date }) => date).sort().at(-1);
    const failing = parameters.filter((one) => one.series.some(({ points }) => points.some(({ date, verdict }) => date === newest && verdict === 'fail')));
    assert.ok(failing.some(({ parameter }) => parameter === chosen), `${chosen} fails now`);
    assert.ok(properties.effluent_worst_ratio > 1);
    for (const wanted of [parameters[0].parameter, parameters.at(-1).parameter]) {
      await select.selectOption(wanted);
      assert.ok(await hasDrawing(page.locator('.chart canvas').first()), wanted);
      const { series } = parameters.find(({ parameter }) => parameter === wanted);
      assert.equal(await page.locator('.effluent-shown tbody tr').count(), series.flatMap(({ points }) => points).length);
    }
    await page.locator('.chart .u-over').first().hover();
    await page.locator('.readout', { hasText: /\d{2}\/\d{2}\/\d{4}: .* · giới hạn/ }).first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('values below a bound, without a number or without a limit are told as such, and no sample at all is unknown', async () => {
    const { id } = await tellingCluster();
    const point = (date, over) => ({ date, sample_id: `s-${date}`, value: 1, reported: '1', censored: 'none', limit: { min: null, max: 2 }, ratio: 0.5, verdict: 'pass', note: null, is_demo: false, ...over });
    const points = [
      point('2025-01-01', { value: 0.2, reported: '< 0.2', censored: 'lt' }),
      point('2025-04-01', { value: null, reported: 'KPH', censored: 'nd', ratio: null, verdict: 'not_assessable' }),
      point('2025-07-01', { value: 3, reported: '3.0', ratio: 1.5, verdict: 'fail', is_demo: true }),
      point('2025-10-01', { limit: null, ratio: null, verdict: 'not_assessable', note: { vi: 'Chưa nhập giới hạn.', en: 'Limit not entered.' } }),
    ];
    const fixture = { as_of: '2026-01-01', parameters: [{ parameter: 'cod', title: { vi: 'COD', en: 'COD' }, unit: 'mg/l', series: [{ station: 'st', station_name: 'Trạm', sample_point: null, points }] }] };
    const page = await browser.newPage();
    await page.route('**/effluent*', (route) => route.fulfill({ json: fixture }));
    await page.goto(new URL(`#clusters/${id}`, base).href);
    const part = page.locator('#part-effluent');
    await part.locator('.chart canvas').waitFor();
    const key = await part.locator('.effluent-shown > .key li').allInnerTexts();
    assert.deepEqual(key, ['Không đạt', 'Chưa rõ', 'Đạt', 'Dưới mức ghi (vẽ ở mức đó)', 'Giới hạn mới nhất: chưa có thông tin']);
    await part.getByText('Không vẽ được 1 kết quả không có trị số').waitFor();
    await part.getByText(/Bảng số liệu/).click();
    const rows = (await part.locator('tbody tr').allInnerTexts()).map((row) => row.replace(/ *dữ liệu minh họa/i, '').split(/\s*\t\s*|\n+/).filter(Boolean));
    assert.deepEqual(rows[0], ['01/10/2025', '1', 'chưa có thông tin', '–', 'Chưa rõ', 'Chưa nhập giới hạn.']);
    assert.deepEqual(rows[1], ['01/07/2025', '3,0', '≤ 2', '1,5×', 'Không đạt']);
    assert.equal(await part.locator('tbody .demo-mark').count(), 1, 'the made-up value among others is marked');
    assert.deepEqual(rows[3], ['01/01/2025', '< 0,2', '≤ 2', '0,5×', 'Đạt']);
    await page.unroute('**/effluent*');
    await page.route('**/effluent*', (route) => route.fulfill({ json: { as_of: '2026-01-01', parameters: [] } }));
    await page.reload();
    await part.getByText(/chưa rõ, không phải là đạt/).waitFor();
    await page.close();
  });

  test('the checklist has all thirteen items; one without a record is unknown, and so is everything outside the fence', async () => {
    const { id } = await tellingCluster();
    const { all } = await features('infrastructure_items', `&site_id=${id}`);
    const page = await openReady(browser, `#clusters/${id}`);
    await page.locator('#part-works > summary').click();
    const lines = page.locator('#part-works table').first().locator('tbody tr');
    const counted = await lines.evaluateAll((rows) => rows.filter((row) => !row.querySelector('small')).length);
    assert.equal(counted, 13);
    const inside = all.filter(({ properties }) => properties.fence_side !== 'outside');
    assert.equal(await lines.filter({ hasText: 'không có bản ghi' }).count(), 13 - new Set(inside.map(({ properties }) => properties.item_code).filter((code) => code !== 'FIRE')).size);
    if (all.length === inside.length) await page.getByText('Ngoài hàng rào: chưa có bản ghi nào, chưa rõ.').waitFor();
    await page.close();
    const village = (await features('craft_villages')).all[0];
    const other = await openReady(browser, `#craft_villages/${village.id}`);
    await other.locator('#part-works > summary').click();
    await other.getByText(/cả 13 hạng mục đều chưa rõ/).waitFor();
    await other.close();
  });

  test('events stand newest first, what is planned is marked, and what is late says by how many days', async () => {
    const { id, history } = await lateCluster();
    const page = await openReady(browser, `#clusters/${id}`);
    const part = page.locator('#part-events');
    const older = part.locator('details.older > summary', { hasText: 'Cũ hơn' });
    if (await older.count()) await older.click();
    assert.equal(await part.locator('.event').count(), history.timeline.length);
    for (const list of await part.locator('.timeline').all()) {
      const dates = await list.locator('time').evaluateAll((times) => times.map((time) => time.dateTime));
      assert.deepEqual(dates, dates.toSorted().toReversed());
    }
    const planned = history.timeline.filter((event) => event.planned);
    assert.equal(await part.locator('.event[data-planned]').count(), planned.length);
    const [late] = planned.filter(({ date }) => date < history.as_of);
    const days = Math.round((Date.parse(history.as_of) - Date.parse(late.date)) / 86_400_000);
    await part.locator('.event', { hasText: late.title.vi }).filter({ hasText: `chậm ${days} ngày` }).first().waitFor();
    await page.close();
  });

  test('a printed panel is a whole dossier: its head, everything unfolded, a chart for each parameter, nothing of the map', async () => {
    const { id, properties } = await tellingCluster();
    const { parameters } = await answer(`compliance/clusters/${id}/effluent?as-of=${PAST}`);
    const page = await openReady(browser, `#clusters/${id}&as-of=${PAST}`);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const text = await page.locator('#panel').innerText();
    for (const wanted of [properties.name_vi, vietnamese(PAST), 'Hồ sơ rà soát', 'Nguồn:', `#clusters/${id}&as-of=${PAST}`]) assert.ok(text.includes(wanted), wanted);
    assert.match(text, /DỮ LIỆU MINH HỌA/i);
    assert.equal(await page.locator('#panel details:not([open], .screen-only)').count(), 0);
    // What is only for the screen is not on paper at all.
    assert.equal(await page.locator('#panel .screen-only').filter({ visible: true }).count(), 0);
    assert.equal(await page.locator('.paper-chart canvas').count(), parameters.flatMap(({ series }) => series).filter(({ points }) => points.some(({ value }) => value !== null)).length);
    assert.ok(await hasDrawing(page.locator('.paper-chart canvas').first()));
    assert.ok(await page.locator('#quarters-rest').isVisible());
    for (const chrome of ['#map', '#sidebar', '.top', '#day-banner', '.panel-tools', '.jumps']) assert.equal(await page.locator(chrome).isVisible(), false, chrome);
    const wide = await page.locator('#panel *').evaluateAll((all) => all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className));
    assert.deepEqual(wide, []);
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    assert.ok((await page.locator('#panel details:not([open])').count()) > 0, 'what was folded is folded again');
    await page.emulateMedia({ media: null });
    // The browser's own printing asks for the charts by itself.
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    assert.ok((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length > 1);
    await page.close();
  });

  for (const [name, viewport, language] of [['a wide screen', undefined, '?lang=en'], ['a phone', PHONE, '']]) {
    test(`axe finds no serious fault on ${name} at /${language}, in the past and with everything unfolded, and nothing is cut off`, async () => {
      const { id } = await tellingCluster();
      const page = await openReady(browser, `${language}#clusters/${id}&as-of=${PAST}`, viewport);
      await page.locator('#panel details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
      await page.locator('.toggle').click();
      assert.deepEqual(await accessibilityFaults(page), []);
      const cut = await page.locator('.panel-body, .rule, .part').evaluateAll((boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className + box.id));
      assert.deepEqual(cut, []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await page.close();
    });
  }
});

describe('past days', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('a day whose data cannot be had is said, and leads back to the day before it', async () => {
    const page = await open(browser);
    await page.route('**/clusters/items*as-of*', (route) => route.fulfill({ status: 500 }));
    await page.locator('#day').fill(PAST);
    const box = page.locator('#notice').getByRole('alert');
    await box.waitFor();
    await box.getByRole('button', { name: 'Về hôm nay' }).click();
    await page.locator('#notice:empty').waitFor({ state: 'attached' });
    assert.equal(await page.locator('#day-banner:empty').count(), 1);
    assert.deepEqual(await shownCounts(page), await countsOf());
    await page.close();
  });

  test('a site that was not in the register on the day says so and is there again today', async () => {
    const { id, properties } = await tellingCluster();
    const page = await openReady(browser, `#clusters/${id}`);
    await page.route('**/clusters/items*as-of*', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      await route.fulfill({ response, json: { ...answer, features: answer.features.filter((feature) => feature.id !== id) } });
    });
    await page.locator('#day').fill(PAST);
    await page.getByText(`Địa điểm này chưa có trong sổ đăng ký ở ngày ${vietnamese(PAST)}.`).waitFor();
    assert.equal(await page.locator('#panel h2').innerText(), properties.name_vi);
    await page.locator('#day-banner button').click();
    await page.locator('#panel .status').waitFor();
    await partsReady(page);
    assert.equal(await page.locator('#panel h2').innerText(), properties.name_vi);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the day of the date field is shown on the map, in the list and in the address, and every link goes with it', async () => {
    const page = await open(browser);
    await page.locator('#day').fill('0020-12-31');
    assert.ok(!page.url().includes('as-of'), 'a year half typed is no day yet');
    await page.locator('#day').fill(PAST);
    await page.getByText(`Đang xem tình trạng ngày ${vietnamese(PAST)}.`).waitFor();
    assert.match(new URL(page.url()).hash, /as-of=2024-12-31/);
    const counts = await countsOf(PAST);
    assert.deepEqual(await shownCounts(page), counts);
    assert.notDeepEqual(counts, await countsOf(), 'the sample changed since');
    await page.waitForFunction(() => window.langxanhMap.loaded());
    const drawn = await page.evaluate(async () => (await window.langxanhMap.getSource('sites').getData()).features.map(({ properties }) => properties.status));
    const placed = (await Promise.all(COLLECTIONS.map(async (collection) => (await features(collection, `&as-of=${PAST}`)).all))).flat().filter(({ geometry }) => geometry);
    assert.deepEqual(drawn.toSorted(), placed.map(({ properties }) => properties.compliance_status).toSorted());
    const pages = await page.locator('nav [data-review]').evaluateAll((links) => links.map((link) => link.href));
    assert.equal(pages.length, 3);
    for (const href of pages) {
      assert.match(href, /as-of=2024-12-31/);
      const answer = await fetch(href);
      assert.equal(answer.status, 200, href);
      assert.match(answer.headers.get('content-type'), /text\/html/);
    }
    await page.locator('#language').click();
    await page.waitForSelector('html[lang=en][data-ready]');
    await page.getByText('You are looking at 31 Dec 2024.').waitFor();
    assert.deepEqual(await shownCounts(page), counts);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('before 1 July 2025 the map and the search know districts, from then on communes', async () => {
    for (const [day, level, there, gone] of [['2025-06-30', 'district', 'Hoàn Kiếm', 'Xã Sóc Sơn'], ['2025-07-01', 'commune', 'Xã Sóc Sơn', 'Huyện Sóc Sơn']]) {
      const page = await open(browser, `#as-of=${day}`);
      await page.waitForFunction(() => window.langxanhMap.loaded());
      const levels = await page.evaluate(async () => [...new Set((await window.langxanhMap.getSource('communes').getData()).features.map(({ properties }) => properties.level))]);
      assert.deepEqual(levels, [level]);
      const box = page.getByRole('combobox', { name: 'Tìm theo tên' });
      await box.fill(there);
      const kind = level === 'district' ? 'Quận, huyện, thị xã' : 'Xã, phường';
      await page.getByRole('option', { name: kind }).first().waitFor();
      await box.fill(gone);
      assert.equal(await page.getByRole('option').filter({ hasText: new RegExp(`^${gone}`) }).count(), 0);
      assert.equal(await page.locator('.layers').getByText(/đến 30\/6\/2025/).count(), level === 'district' ? 1 : 0, 'districts are the units of their time');
      await page.close();
    }
  });
});

/** Opens the page at an address with a site and waits for all of its panel. */
async function openReady(browser, path, viewport) {
  const page = await open(browser, path, viewport);
  await partsReady(page);
  return page;
}

/** A cluster with a planned step that is late, and its history. */
async function lateCluster() {
  for (const { id } of (await features('clusters')).all) {
    const history = await answer(`compliance/clusters/${id}/history`);
    if (history.timeline.some((event) => event.planned && event.date < history.as_of)) return { id, history };
  }
  throw new Error('no cluster has a late step');
}

const STATUSES = ['non_compliant', 'unknown', 'compliant', 'not_applicable'];
const COLLECTIONS = ['clusters', 'craft_villages'];

/** How many sites of each collection have each status, as the legend says. */
async function shownCounts(page) {
  const count = (collection, status) => page.locator(`.legend [data-status=${status}] [data-collection=${collection}] .count`).innerText();
  return countTable(async (collection, status) => Number((await count(collection, status)).replace(/\D/g, '')));
}

/** The same as the server's features say, for a day or for today. */
async function countsOf(day) {
  const all = Object.fromEntries(await Promise.all(COLLECTIONS.map(async (collection) => [collection, (await features(collection, day ? `&as-of=${day}` : '')).all])));
  return countTable((collection, status) => all[collection].filter(({ properties }) => properties.compliance_status === status).length);
}

async function countTable(count) {
  const table = {};
  for (const collection of COLLECTIONS) {
    table[collection] = {};
    for (const status of STATUSES) table[collection][status] = await count(collection, status);
  }
  return table;
}

/** Whether anything but one colour is drawn on a canvas, once it is. */
async function hasDrawing(canvas) {
  await canvas.waitFor();
  for (let i = 0; i < 20; i++) {
    const colours = await canvas.evaluate((element) => {
      const { data } = element.getContext('2d').getImageData(0, 0, element.width, element.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    if (colours > 3) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** A day as the Vietnamese page writes it. */
function vietnamese(day) {
  return day.split('-').reverse().join('/');
}
