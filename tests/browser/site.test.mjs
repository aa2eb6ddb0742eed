/** A site's page, two side by side, and the report of a month, as people use them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, answer, base, features, launch, open, openSite, skip, tellingCluster } from './browser.mjs';

const PARTS = ['summary', 'fix', 'quarters', 'effluent', 'works', 'plans', 'violations', 'events', 'documents', 'neighbours', 'quality', 'edits', 'rules'];

/** Opens a page of a site and waits until every part has its data. */
async function openPage(browser, path, viewport) {
  const page = await open(browser, path, viewport);
  await partsReady(page);
  return page;
}

function partsReady(page) {
  return page.waitForFunction(() => {
    const waiting = [...document.querySelectorAll('.site-part .part-content')].filter((content) => content.textContent.includes('Đang tải…') || content.textContent.includes('Loading…') || content.childElementCount === 0);
    return document.querySelectorAll('.site-part').length === 13 && waiting.length === 0 && document.querySelector('.qr-box svg');
  });
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('the page of a site', { skip }, () => {
  let browser;
  let site;
  before(async () => {
    browser = await launch();
    site = await tellingCluster();
  });
  after(() => browser?.close());

  test('an address of no site is not found, and a server that fails is said', async () => {
    assert.equal((await fetch(new URL('sites/clusters/nowhere', base))).status, 404);
    const page = await browser.newPage();
    await page.route('**/collections?**', (route) => route.fulfill({ status: 503 }));
    await page.goto(new URL(`sites/clusters/${site.id}`, base).href);
    await page.getByRole('alert').waitFor();
    await page.unroute('**/collections?**');
    await page.getByRole('alert').getByRole('button').click();
    await page.locator('h2', { hasText: site.properties.name_vi }).waitFor();
    await page.close();
  });

  test('a part that could not be had is asked for anew when somebody tries again', async () => {
    const page = await browser.newPage();
    let asked = 0;
    await page.route((url) => url.pathname.endsWith(`/compliance/clusters/${site.id}`), (route) => {
      asked += 1;
      return asked === 1 ? route.fulfill({ status: 503 }) : route.fallback();
    });
    await page.goto(new URL(`sites/clusters/${site.id}`, base).href);
    const again = page.locator('#fix').getByRole('button');
    await again.waitFor();
    assert.equal(asked, 1, 'three parts share one answer');
    await again.click();
    await page.locator('#fix .step').first().waitFor();
    assert.equal(asked, 2);
    await page.close();
  });

  test('violations that are for users alone are said to be so, whatever part of the page the address names', async () => {
    const page = await browser.newPage();
    const uncaught = [];
    page.on('pageerror', ({ message }) => uncaught.push(message));
    // As a server that keeps them from strangers answers: they are not listed, and who asks all the same is refused.
    const { collections } = await answer('collections?f=json');
    await page.route((url) => url.pathname.endsWith('/collections'), (route) => route.fulfill({ json: { collections: collections.filter(({ id }) => id !== 'violations') } }));
    await page.route((url) => url.pathname.endsWith('/collections/violations/items'), (route) => route.fulfill({ status: 401, json: {} }));
    await page.goto(new URL(`sites/clusters/${site.id}#%E0`, base).href);
    await partsReady(page);
    assert.equal(await page.locator('#violations .part-content').innerText(), 'Phần này chỉ dành cho người đã đăng nhập.');
    // The other documents stand.
    await page.locator('#documents h4', { hasText: 'Nguồn của số liệu' }).waitFor();
    assert.deepEqual(uncaught, []);
    await page.close();
  });

  test('it is one press away from the map and has everything in one scroll, without a fault', async () => {
    const page = await open(browser);
    await openSite(page, 'clusters', site.id);
    await page.getByRole('link', { name: 'Hồ sơ đầy đủ' }).click();
    await page.waitForURL(new URL(`sites/clusters/${site.id}`, base).href);
    await partsReady(page);
    assert.equal(await page.locator('h2').first().innerText(), site.properties.name_vi);
    assert.deepEqual(await page.locator('.site-part').evaluateAll((parts) => parts.map((part) => part.id)), PARTS);
    assert.deepEqual(page.faults, []);
    await page.getByRole('navigation').getByRole('link', { name: 'Lân cận' }).click();
    assert.match(page.url(), /sites\/clusters\/[^/]+#neighbours$/, 'a link to a part stays on the page');
    await page.close();
  });

  test('what would make it compliant names every open rule with its law, what to hand in and, for a breach, what to do', async () => {
    const { rules } = await answer(`compliance/clusters/${site.id}`);
    const open = (outcome) => rules.filter((rule) => rule.outcome === outcome).map(({ rule }) => rule);
    const page = await openPage(browser, `sites/clusters/${site.id}?lang=en`);
    const steps = page.locator('.step');
    assert.deepEqual((await steps.evaluateAll((all) => all.map((step) => step.dataset.rule))).sort(), [...open('breached'), ...open('unknown')].sort());
    for (const step of await steps.all()) {
      const text = await step.innerText();
      const isBreach = open('breached').includes(await step.getAttribute('data-rule'));
      assert.match(text, isBreach ? /To do[\s\S]*Then hand in/ : /To hand in/);
      assert.match(text, /Law\s+\S/);
    }
    await page.close();
  });

  test('the distance to neighbours is chosen, kept in the address and measured by the server', async () => {
    const page = await openPage(browser, `sites/clusters/${site.id}`);
    const rows = page.locator('#neighbours tbody tr');
    const expected = async (distance) => (await answer(`sites/clusters/${site.id}/neighbours?distance=${distance}`)).neighbours.length;
    assert.equal(await rows.count(), await expected(2000));
    await page.getByLabel('Trong khoảng').selectOption('10000');
    const far = await expected(10_000);
    await page.waitForFunction((count) => document.querySelectorAll('#neighbours tbody tr').length === count, far);
    assert.equal(new URL(page.url()).searchParams.get('distance'), '10000');
    await page.reload();
    await partsReady(page);
    assert.equal(await rows.count(), far);
    await page.close();
  });

  test('a quarter leads to the page of its last day, which says so and leads back', async () => {
    const page = await openPage(browser, `sites/clusters/${site.id}`);
    await page.locator('#quarters thead [data-quarter]').first().click();
    await page.waitForURL(/as-of=\d{4}-\d{2}-\d{2}/);
    await partsReady(page);
    const day = new URL(page.url()).searchParams.get('as-of');
    assert.equal(await page.locator('#day').inputValue(), day);
    assert.deepEqual(page.faults, []);
    await page.getByRole('button', { name: 'Về hôm nay' }).click();
    await page.waitForURL(new URL(`sites/clusters/${site.id}`, base).href);
    await page.close();
  });

  test('it prints on A4 with its code, its address and every chart, and without what is for the screen', async () => {
    const page = await openPage(browser, `sites/clusters/${site.id}`);
    const { parameters } = await answer(`compliance/clusters/${site.id}/effluent`);
    // The page's own button prints within a script: nothing is drawn any more from there on.
    const atPrint = await page.evaluate(
      () =>
        new Promise((resolve) => {
          window.print = () => {
            window.dispatchEvent(new Event('beforeprint'));
            resolve({ charts: document.querySelectorAll('.paper-chart canvas').length, said: document.querySelector('.printed').textContent });
            window.dispatchEvent(new Event('afterprint'));
          };
          document.querySelector('button.print').click();
        }),
    );
    assert.ok(atPrint.charts >= parameters.length && atPrint.said !== '', JSON.stringify(atPrint));
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    for (const shown of ['.qr-box svg', '.printed', '.paper-chart canvas', '#rules .rule']) assert.ok(await page.locator(shown).first().isVisible(), shown);
    for (const hidden of ['.site-bar', '.site-tools', '.contents', '.distance', '#effluent .chooser']) assert.ok(!(await page.locator(hidden).first().isVisible()), hidden);
    assert.ok((await page.locator('.paper-chart').count()) >= parameters.length, 'a chart for each parameter');
    assert.match(await page.locator('.printed').innerText(), new RegExp(`/sites/clusters/${site.id}$`));
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf);
    assert.ok(Math.abs(width - 595.3) < 1 && Math.abs(height - 841.9) < 1, `${width} × ${height}`);
    await page.close();
  });

  test('on a phone and in both languages nothing is cut off and nothing bars anybody', async () => {
    const village = (await features('craft_villages')).all.find(({ geometry }) => geometry);
    for (const path of [`sites/clusters/${site.id}`, `sites/clusters/${site.id}?lang=en`, `sites/craft_villages/${village.id}`]) {
      const page = await openPage(browser, path, { width: 390, height: 844 });
      assert.equal(await overflow(page), 0, path);
      assert.deepEqual(await accessibilityFaults(page), [], path);
      await page.close();
    }
  });
});

describe('two side by side', { skip }, () => {
  let browser;
  let clusters;
  before(async () => {
    browser = await launch();
    clusters = (await features('clusters')).all;
  });
  after(() => browser?.close());

  const shown = (page) => page.locator('.compare-result[data-ready]').waitFor();

  test('an address that names nobody asks for both sides, and one that names a stranger says that it is not there', async () => {
    const page = await open(browser, 'compare');
    await page.getByText('Chọn hai bên để so sánh.').waitFor();
    assert.equal(await page.locator('.compare').count(), 0);
    await page.close();
    const other = await browser.newPage();
    await other.goto(new URL(`compare#sites=clusters/nowhere,clusters/${clusters[0].id}`, base).href);
    await other.getByText('không có trong sổ ở ngày này').first().waitFor();
    await other.close();
  });

  test('two sites are chosen by name, differ in words, and the address holds it', async () => {
    const page = await open(browser, 'compare');
    const labels = await page.locator('#all-sites option').evaluateAll((options) => options.map((option) => option.value));
    const label = (site) => labels.find((one) => one === site.properties.name_vi || one.startsWith(`${site.properties.name_vi}, `));
    const [a, b] = [clusters[0], clusters.find((one) => one.properties.compliance_status !== clusters[0].properties.compliance_status)];
    await page.locator('#subject-0').fill(label(a));
    await page.locator('#subject-0').press('Tab');
    await page.locator('#subject-1').fill(label(b));
    await page.locator('#subject-1').press('Tab');
    await shown(page);
    const status = page.locator('.compare').first().locator('tbody tr').first();
    assert.match(await status.locator('.difference').innerText(), /khác nhau|không so được/);
    const all = await page.locator('.compare tbody tr').count();
    const differing = await page.locator('.compare tbody tr[data-differs]').count();
    assert.match(await page.locator('.compare-sum').innerText(), new RegExp(`^${differing} chỗ khác nhau trên ${all}\\.`));
    await page.getByLabel('Chỉ hiện chỗ khác nhau').check();
    assert.equal(await page.locator('.compare tbody tr:visible').count(), differing);
    const address = page.url();
    assert.match(address, /#sites=clusters\/[^,]+,clusters\//);
    const again = await open(browser, address);
    await shown(again);
    assert.equal(await again.locator('.compare tbody tr[data-differs]').count(), differing);
    assert.deepEqual([...page.faults, ...again.faults], []);
    await page.close();
    await again.close();
  });

  test('a site against itself on one day is the same throughout', async () => {
    const page = await open(browser, `compare?lang=en#sites=clusters/${clusters[0].id},clusters/${clusters[0].id}`);
    await shown(page);
    assert.equal(await page.locator('.compare tbody tr[data-differs]').count(), 0);
    await page.close();
  });

  test('the city on two days names every site whose status differs, and no other', async () => {
    const { changes } = await answer('compliance/summary?as-of=2025-05-31&since=2024-06-30');
    const page = await open(browser, 'compare#city=&days=2024-06-30,2025-05-31');
    await shown(page);
    const names = await page.locator('.compare').first().locator('tbody th').allInnerTexts();
    assert.deepEqual(names, changes.map(({ site }) => site.name ?? site.id));
    // The other way round the same sites differ, and the sides are turned.
    const cells = (at) => page.locator('.compare').first().locator(`tbody td:nth-child(${at})`).allInnerTexts();
    const [before, after] = [await cells(2), await cells(3)];
    await page.evaluate(() => (location.hash = 'city=&days=2025-05-31,2024-06-30'));
    await page.locator('.compare-result[data-ready="city=&days=2025-05-31,2024-06-30"]').waitFor();
    assert.deepEqual([await cells(2), await cells(3)], [after, before]);
    await page.close();
  });

  test('two districts on two days are counted as the server counts them, and nothing bars anybody', async () => {
    const districts = [...new Set(clusters.map(({ properties }) => properties.district_legacy).filter(Boolean))].slice(0, 2);
    for (const query of ['', '?lang=en']) {
      const page = await open(browser, `compare${query}#districts=${districts.map(encodeURIComponent).join(',')}&days=2025-05-31,`, { width: 1024, height: 800 });
      await shown(page);
      const summary = await answer(`compliance/summary?as-of=2025-05-31&district=${encodeURIComponent(districts[0])}`);
      const first = await page.locator('.compare').first().locator('tbody tr td:nth-child(2)').allInnerTexts();
      const counted = ['clusters', 'craft_villages'].flatMap((kind) => ['non_compliant', 'unknown', 'compliant', 'not_applicable'].map((status) => String(summary.statuses.find(({ collection }) => collection === kind).now[status])));
      assert.deepEqual(first, counted);
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(page.faults, []);
      await page.close();
    }
  });
});

describe('the report of a month', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('it is found from the map, chosen by month and district, and taken along as PDF and Excel', async () => {
    const page = await open(browser);
    await page.getByRole('link', { name: 'Báo cáo tháng' }).first().click();
    await page.locator('tbody tr').nth(1).getByRole('link').first().click();
    await page.locator('h1', { hasText: 'Báo cáo tháng' }).waitFor();
    const districts = page.getByLabel('Huyện cũ');
    const name = await districts.locator('option').nth(1).innerText();
    await districts.selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Xem' }).click();
    await page.locator('h1', { hasText: name }).waitFor();
    for (const [form, type] of [['PDF', 'application/pdf'], ['Excel', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet']]) {
      const file = await fetch(await page.getByRole('link', { name: form, exact: true }).getAttribute('href'));
      assert.deepEqual([file.status, file.headers.get('content-type')], [200, type]);
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('on a phone nothing is cut off and nothing bars anybody', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(new URL('reports/2025-05?f=html&by=district', base).href);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.close();
  });
});
