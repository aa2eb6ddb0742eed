/**
 * Editing in a real browser, against a service of its own: it is written to, and the others' sample must stay as it is. The binary
 * is the debug build or what LANGXANH_BIN names.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { accessibilityFaults, launch, open } from './browser.mjs';
import { binary, skip, start } from './service.mjs';

const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1440, height: 900 };
const CLUSTER = 'truong-an-hoai-duc';
const PARCELS = 'collections/plan_parcels/items';
const SURVEY = 'http://www.opengis.net/def/crs/EPSG/0/5897';

describe('editing', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'langxanh-edit-'));
  const store = join(folder, 'store.gpkg');
  const tokens = {};
  let browser;
  let server;
  let base;

  before(async () => {
    // The first start makes the sample; users are put on record before the second.
    await (await start(store)).stop();
    for (const [name, ...rights] of [
      ['lan', '--role', 'editor'],
      ['minh', '--role', 'editor', '--proposes', '--collections', 'clusters,violations'],
      ['hoa', '--role', 'approver'],
      ['xem', '--role', 'viewer'],
    ]) {
      tokens[name] = execFileSync(binary, ['user', 'add', name, ...rights, '--store', store], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    }
    server = await start(store);
    base = server.base;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const openPage = (path = '', viewport = WIDE) => open(browser, path, viewport, base);

  async function signIn(page, name, opens = '.actions') {
    await page.locator('#account-button').click();
    await page.locator('#token').fill(tokens[name]);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator(opens).waitFor();
  }

  /** A request past the page, as somebody else. */
  function request(name, method, path, body, headers = {}) {
    return fetch(new URL(path, base), { method, headers: { Authorization: `Bearer ${tokens[name]}`, ...(body && { 'Content-Type': 'application/merge-patch+json' }), ...headers }, ...(body && { body: JSON.stringify(body) }) });
  }

  const answer = async (path) => (await fetch(new URL(path, base))).json();

  /** Opens a record by the list of records. */
  async function openRecord(page, collection, id, shows = '.edit-fields') {
    await page.locator('#account-button').click();
    await page.locator('.actions').getByRole('button', { name: /Tìm và sửa bản ghi|Find and edit/ }).click();
    await page.locator('#records-collection').selectOption(collection);
    await page.locator('#records-words').fill(id);
    await page.locator(`[data-record="${collection}/${id}"]`).click();
    await page.locator(shows).first().waitFor();
  }

  const field = (page, name) => page.locator(`[data-field="${name}"] :is(input, select, textarea)`).first();
  const review = async (page) => {
    await page.locator('#panel form [type=submit].primary').click();
    await page.locator('#panel table.compared').waitFor();
  };
  const save = async (page) => {
    await page.locator('#panel .edit-buttons .primary').click();
    await page.locator('#panel .edit-note[role=status]').waitFor();
  };

  test('a wrong token is told in plain words and kept nowhere; a right one says who is signed in, until the tab is closed', async () => {
    const page = await openPage();
    await page.locator('#account-button').click();
    await page.locator('#token').fill('lx_0000000000000000000000000000000000000000000');
    await page.locator('.sign-in [type=submit]').click();
    await page.getByText('Máy chủ không nhận mã này').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
    await page.locator('#token').fill(tokens.lan);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.actions').waitFor();
    assert.match(await page.locator('.me').innerText(), /người biên tập/);
    assert.deepEqual(await page.evaluate(() => [sessionStorage.length, localStorage.length]), [1, 0]);
    await page.reload();
    await page.locator('#account-button.signed-in').waitFor();
    await page.locator('#account-button').click();
    await page.locator('.sign-out').click();
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
    assert.equal(await page.locator('#account-button').innerText(), 'Đăng nhập');
    await page.close();
  });

  test('who is not signed in or may only read sees no way to edit', async () => {
    const page = await openPage(`#clusters/${CLUSTER}`);
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.equal(await page.locator('.edit-site').isVisible(), false);
    assert.equal(await page.locator('#violation-button').isVisible(), false);
    await signIn(page, 'xem');
    for (const name of [/Ghi vi phạm/, /Nhập tệp/, /Đề nghị/]) assert.equal(await page.locator('.actions').getByRole('button', { name }).count(), 0, String(name));
    await openRecord(page, 'clusters', CLUSTER, '.edit-note');
    assert.match(await page.locator('.edit-note').innerText(), /vai trò người xem/);
    assert.equal(await page.locator('#panel form').count(), 0);
    await page.close();
  });

  test('a value is changed, looked at, saved with its reason, seen by the next request, and undone', async () => {
    const page = await openPage(`#clusters/${CLUSTER}`);
    // Who signs in over a site goes on with it.
    await signIn(page, 'lan', '#panel .edit-site');
    await page.locator('#panel .edit-site').click();
    await page.locator('.edit-fields').waitFor();
    const before = (await answer(`collections/clusters/items/${CLUSTER}`)).properties.investor ?? null;
    await field(page, 'investor').fill('Công ty hạ tầng mới');
    await field(page, 'area_ha').fill('1.234');
    await page.locator('#why').fill('theo quyết định\nmới');
    await page.locator('#panel form [type=submit].primary').click();
    await page.getByText('Không rõ dấu chấm là hàng nghìn').waitFor();
    await field(page, 'area_ha').fill('12,5');
    await review(page);
    const rows = await page.locator('#panel .compared tbody tr').allInnerTexts();
    assert.equal(rows.length, 2);
    assert.ok(rows.some((row) => row.includes('12,5 ha')));
    await save(page);
    const { properties } = await answer(`collections/clusters/items/${CLUSTER}`);
    assert.equal(properties.investor, 'Công ty hạ tầng mới');
    assert.equal(properties.area_ha, 12.5);
    await page.locator('.history-part summary').first().click();
    await page.locator('.history-part [data-ready]').waitFor();
    assert.match(await page.locator('.version').first().innerText(), /lan.*“theo quyết định mới”/s);
    await page.locator('.saved .undo').click();
    await page.getByText('Đã hoàn tác.').waitFor();
    assert.equal((await answer(`collections/clusters/items/${CLUSTER}`)).properties.investor ?? null, before);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('a wrong reading is corrected from the table in which it stands', async () => {
    const page = await openPage('#clusters/thanh-thuy-thanh-oai');
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.equal(await page.locator('#panel .edit-fact:visible').count(), 0, 'not for who only reads');
    await signIn(page, 'lan', '#panel .edit-site');
    const fact = page.locator('#panel .edit-fact').first();
    const [collection, id] = (await fact.getAttribute('data-edit')).split('/');
    assert.equal(collection, 'effluent_samples');
    const { properties } = await answer(`collections/${collection}/items/${id}`);
    await fact.click();
    await page.locator('.edit-fields').waitFor();
    assert.equal(await field(page, 'value_reported').inputValue(), properties.value_reported);
    const title = await page.locator('#panel h2').innerText();
    assert.ok(title.startsWith(`${properties.parameter_code} ${properties.value_reported}`), title);
    await page.locator('.edit-back').click();
    await page.locator('#panel .assessment').waitFor();
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('what the server refuses stands beside its field', async () => {
    const page = await openPage();
    await signIn(page, 'lan');
    await openRecord(page, 'treatment_stations', (await answer('collections/treatment_stations/items?limit=1')).features[0].id);
    await field(page, 'site_id').fill('khong-co-dia-diem-nay');
    await review(page);
    await page.locator('#panel .edit-buttons .primary').click();
    await page.locator('[data-field=site_id] .fault:not(:empty)').waitFor();
    assert.equal(await field(page, 'site_id').getAttribute('aria-invalid'), 'true');
    assert.equal(await field(page, 'site_id').inputValue(), 'khong-co-dia-diem-nay');
    await page.close();
  });

  test('somebody who saved meanwhile is not overwritten: both values stand side by side, and each can be taken', async () => {
    const page = await openPage('?lang=en');
    await signIn(page, 'lan');
    await openRecord(page, 'clusters', CLUSTER);
    const path = `collections/clusters/items/${CLUSTER}`;
    assert.equal((await request('hoa', 'PATCH', path, { properties: { investor: 'Theirs', main_trade: 'gỗ' } })).status, 204);
    await field(page, 'investor').fill('Mine');
    await field(page, 'notes').fill('my note');
    await review(page);
    await page.locator('#panel .edit-buttons .primary').click();
    const meeting = page.locator('.meeting[data-field=investor]');
    await meeting.waitFor();
    assert.match(await meeting.innerText(), /Theirs[\s\S]*Mine/);
    assert.equal(await page.locator('.meeting').count(), 1, 'what one side changed alone needs no choice');
    assert.ok(await page.locator('#panel .edit-buttons .primary').isDisabled());
    assert.deepEqual(await accessibilityFaults(page), []);
    await meeting.locator('input[value=theirs]').check();
    await page.locator('#panel .edit-buttons .primary').click();
    await page.locator('#panel table.compared').waitFor();
    await save(page);
    const { properties } = await answer(path);
    assert.deepEqual([properties.investor, properties.main_trade, properties.notes], ['Theirs', 'gỗ', 'my note']);
    await page.close();
  });

  test('a vertex is moved onto a neighbour’s, with its numbers; all others go back to the last digit', async () => {
    const stored = (await answer(`${PARCELS}?limit=1000&crs=${SURVEY}`)).features.filter(({ geometry }) => geometry.type === 'Polygon');
    const { lot, goal } = lotAndGoal(stored);
    const drawn = (await answer(`${PARCELS}/${lot.id}`)).geometry.coordinates[0];
    const target = (await answer(`${PARCELS}/${goal.id}`)).geometry.coordinates[0][goal.at];
    const page = await openPage();
    await signIn(page, 'lan');
    await openRecord(page, 'plan_parcels', lot.id);
    await page.locator('.edit-place').click();
    await page.locator('.vertex-box').waitFor();
    // Beside the panel, which lies over the right half of the map.
    const targets = page.waitForResponse((response) => response.url().includes('plan_parcels/items') && response.url().includes('crs='));
    await page.evaluate(
      (place) =>
        new Promise((resolve) => {
          window.langxanhMap.once('idle', resolve);
          window.langxanhMap.easeTo({ center: place, zoom: 19, offset: [-250, 0], duration: 0 });
        }),
      [(drawn[0][0] + target[0]) / 2, (drawn[0][1] + target[1]) / 2],
    );
    await targets;
    await page.waitForLoadState('networkidle');
    const pixel = (at) =>
      page.evaluate((place) => {
        const box = window.langxanhMap.getCanvas().getBoundingClientRect();
        const { x, y } = window.langxanhMap.project(place);
        return [x + box.x, y + box.y];
      }, at);
    const [from, to] = [await pixel(drawn[0]), await pixel(target)];
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(to[0] + 3, to[1] - 3, { steps: 4 });
    await page.mouse.up();
    assert.match(await page.locator('.vertex-box h3').innerText(), /^Đỉnh 1 trên 4/);
    await page.locator('.step-back').click();
    await page.locator('.step-on').click();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.locator('.done').click();
    await review(page);
    await save(page);
    const after = (await answer(`${PARCELS}/${lot.id}?crs=${SURVEY}`)).geometry.coordinates[0];
    assert.deepEqual(after[0], goal.position, 'the numbers of the neighbour’s corner');
    assert.deepEqual(after.slice(1, 4), lot.geometry.coordinates[0].slice(1, 4), 'what nobody touched');
    await page.close();
  });

  test('who leaves while a place is being set is asked when the rest of the form would be lost, and comes back to it', async () => {
    const page = await openPage();
    await signIn(page, 'lan');
    await openRecord(page, 'clusters', CLUSTER);
    await field(page, 'investor').fill('Chủ đầu tư thử');
    await page.locator('.edit-place').click();
    await page.locator('#panel.drawing').waitFor();
    const asked = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.locator('#panel .close').click();
    assert.equal(asked.length, 1);
    assert.ok(await page.locator('#panel.drawing').isVisible());
    await page.locator('#panel').getByRole('button', { name: 'Thôi', exact: true }).click();
    await page.locator('.edit-fields').waitFor();
    assert.equal(await field(page, 'investor').inputValue(), 'Chủ đầu tư thử');
    assert.equal(asked.length, 1, 'the place was not changed: nothing of it is lost');
    await page.close();
  });

  test('a place is set by keyboard alone, and typed numbers are taken as they are', async () => {
    const page = await openPage();
    await signIn(page, 'lan');
    await openRecord(page, 'violations', (await answer('collections/violations/items?limit=1')).features[0].id);
    await page.locator('.edit-place').focus();
    await page.keyboard.press('Enter');
    await page.locator('#vertex-up').fill('2325100,25');
    await page.locator('#vertex-across').fill('587600,5');
    await page.keyboard.press('Enter');
    assert.match(await page.locator('.shape-status').innerText(), /2325100,250.*587600,500/);
    await page.locator('.done').click();
    await review(page);
    await save(page);
    await page.close();
  });

  test('on a phone a violation is recorded without a network, kept, and sent once when it is back, with its photo', async () => {
    const site = (await answer(`collections/clusters/items/${CLUSTER}`)).geometry.coordinates[0][0];
    const [lon, lat] = [0, 1].map((axis) => site.slice(1).reduce((sum, position) => sum + position[axis], 0) / (site.length - 1));
    const context = await browser.newContext({ viewport: PHONE, hasTouch: true, reducedMotion: 'reduce', geolocation: { longitude: lon, latitude: lat, accuracy: 8 }, permissions: ['geolocation'] });
    const page = await context.newPage();
    await page.goto(base.href);
    await page.waitForSelector('html[data-ready]');
    await signIn(page, 'lan');
    await page.locator('#panel .close').click();
    const { numberMatched: before } = await answer('collections/violations/items?limit=1');
    await page.locator('#violation-button').click();
    await page.locator('.gps').click();
    await page.getByText('có thể lệch 8 m').waitFor();
    assert.equal(await page.locator('#violation-site').inputValue(), `clusters/${CLUSTER}`, 'the site around the place');
    const picture = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [4000, 1000];
      const context = canvas.getContext('2d');
      context.fillStyle = '#3a7';
      context.fillRect(0, 0, 4000, 1000);
      return canvas.toDataURL('image/png').split(',')[1];
    });
    await page.locator('#violation-photo').setInputFiles({ name: 'canh.png', mimeType: 'image/png', buffer: Buffer.from(picture, 'base64') });
    await page.locator('.violation .photos img').waitFor();
    assert.deepEqual(await page.locator('.violation .photos img').evaluate((image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])), [2560, 640]);
    await field(page, 'violation_kind').selectOption('no_connection');
    assert.deepEqual(await accessibilityFaults(page), []);
    await context.setOffline(true);
    await page.locator('.violation [type=submit]').click();
    await page.getByText('Chưa có mạng').waitFor();
    await context.setOffline(false);
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    await page.locator('#account-button.signed-in').waitFor();
    const made = async () => (await answer('collections/violations/items?limit=1')).numberMatched;
    for (let i = 0; i < 100 && (await made()) === before; i++) await page.waitForTimeout(100);
    assert.equal(await made(), before + 1);
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    await page.locator('#account-button.signed-in').waitFor();
    await page.waitForTimeout(500);
    assert.equal(await made(), before + 1, 'never twice');
    const { features } = await answer(`collections/violations/items?site_id=${CLUSTER}&violation_kind=no_connection&limit=100`);
    const one = features.find(({ id }) => id.startsWith('vio-'));
    assert.equal(one.properties.position_precision_m, 8);
    const photos = async () => (await answer(`collections/violations/items/${one.id}/attachments`)).attachments.length;
    for (let i = 0; i < 100 && (await photos()) === 0; i++) await page.waitForTimeout(100);
    assert.equal(await photos(), 1);
    await openRecord(page, 'violations', one.id);
    const shown = page.locator('.photos-part img');
    await shown.scrollIntoViewIfNeeded();
    assert.ok(await shown.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await context.close();
  });

  test('a file is dropped on the map, its columns are chosen, its faults lead to their rows, and it is written and undone', async () => {
    const rows = [['2026-01-02', 'no_permit', 105.71, 21.003], ['2026-01-03', 'khong-co-loai-nay', 105.712, 21.004]];
    const csv = `ngay phat hien,hanh vi,lon,lat\n${rows.map((row) => row.join(',')).join('\n')}\n`;
    const page = await openPage();
    await signIn(page, 'lan');
    await page.locator('#panel .close').click();
    await page.evaluate((text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'vi-pham.csv', { type: 'text/csv' }));
      document.getElementById('map').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    }, csv);
    await page.locator('.file-name', { hasText: 'vi-pham.csv' }).waitFor();
    await page.locator('#import-collection').selectOption('violations');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.locator('.import-form [type=submit]').click();
    await page.getByText('Chưa đọc được tệp theo cách này').waitFor();
    await page.locator('#import-crs').fill('OGC:CRS84');
    await page.locator('.reread').click();
    await page.locator('table.mapping').first().waitFor();
    const choose = (column, value) => page.getByLabel(`Cột ${column} vào trường`).selectOption(value);
    await choose('ngay phat hien', 'opened_on');
    await choose('hanh vi', 'violation_kind');
    for (const [name, value] of [['site_collection', 'clusters'], ['site_id', CLUSTER]]) {
      await page.locator('#constant-field').selectOption(name);
      const control = page.locator('.constants tr').last().locator('input, select');
      await ((await control.evaluate(({ tagName }) => tagName)) === 'SELECT' ? control.selectOption(value) : control.fill(value));
    }
    await page.locator('.reread').click();
    const faults = page.locator('.import-faults');
    await faults.waitFor();
    assert.match(await faults.locator('tbody').innerText(), /khong-co-loai-nay/);
    assert.ok(await page.locator('.commit').isDisabled(), 'nothing is written over a fault');
    assert.deepEqual(await accessibilityFaults(page), []);
    if (process.env.LANGXANH_IMPORT_SCREENSHOT) await page.screenshot({ path: process.env.LANGXANH_IMPORT_SCREENSHOT });
    await page.locator('#skip-bad').check();
    await page.locator('#why').fill('kiểm tra tháng 1');
    const { numberMatched: before } = await answer('collections/violations/items?limit=1');
    await page.locator('.commit').click();
    await page.getByText('Đã ghi vào sổ đăng ký.').waitFor();
    assert.equal((await answer('collections/violations/items?limit=1')).numberMatched, before + 1);
    await page.locator('.saved .undo').click();
    await page.getByText('Đã hoàn tác.').waitFor();
    assert.equal((await answer('collections/violations/items?limit=1')).numberMatched, before);
    await page.close();
  });

  test('what a district proposes waits, and takes effect when an approver has seen and accepted it', async () => {
    const page = await openPage();
    await signIn(page, 'minh');
    await openRecord(page, 'clusters', CLUSTER);
    await field(page, 'investor').fill('Theo đề nghị');
    await review(page);
    await save(page);
    await page.getByText('Đã gửi đề nghị.').waitFor();
    assert.notEqual((await answer(`collections/clusters/items/${CLUSTER}`)).properties.investor, 'Theo đề nghị');
    await page.locator('#account-button').click();
    await page.locator('.sign-out').click();
    await signIn(page, 'hoa');
    await page.locator('.actions').getByRole('button', { name: /Đề nghị chờ duyệt/ }).click();
    const proposal = page.locator('.proposal').first();
    await proposal.locator('table.compared').waitFor();
    assert.match(await proposal.innerText(), /minh[\s\S]*Theo đề nghị/);
    assert.deepEqual(await accessibilityFaults(page), []);
    await proposal.locator('textarea').fill('đồng ý');
    await proposal.locator('.primary').click();
    await page.getByText('Đã chấp nhận').waitFor();
    assert.equal((await answer(`collections/clusters/items/${CLUSTER}`)).properties.investor, 'Theo đề nghị');
    await page.close();
  });

  for (const [name, viewport, path] of [['a wide screen', WIDE, '?lang=en'], ['a phone', PHONE, '']]) {
    test(`axe finds no serious fault of the desk on ${name} at /${path}, and nothing runs out of it`, async () => {
      const page = await openPage(path, viewport);
      const check = async (what) => {
        assert.deepEqual(await accessibilityFaults(page), [], what);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), what);
      };
      await page.locator('#account-button').click();
      await check('signing in');
      await page.locator('#token').fill(tokens.hoa);
      await page.locator('.sign-in [type=submit]').click();
      await page.locator('.actions').waitFor();
      await check('the desk');
      const count = await page.locator('.actions button').count();
      for (let i = 0; i < count; i++) {
        await page.locator('.actions button').nth(i).click();
        await page.locator('.edit-back').waitFor();
        await page.waitForLoadState('networkidle');
        await check(await page.locator('#panel h2').innerText());
        await page.locator('.edit-back').click();
        await page.locator('.actions').waitFor();
      }
      await openRecord(page, 'clusters', CLUSTER);
      await check('a record');
      await page.locator('.edit-place').click();
      await page.locator('.vertex-box [data-part=next]').click();
      await check('a place');
      await page.close();
    });
  }
});

/** A lot of four corners and a corner of another one, near the lot's first and alone in its place, onto which that can be moved. */
function lotAndGoal(stored) {
  const apart = ([x1, y1], [x2, y2]) => Math.hypot(x2 - x1, y2 - y1);
  const corners = stored.flatMap(({ id, geometry }) => geometry.coordinates[0].slice(1).map((position, i) => ({ id, at: i + 1, position })));
  for (const lot of stored) {
    const [ring, ...holes] = lot.geometry.coordinates;
    if (ring.length !== 5 || holes.length > 0) continue;
    const own = new Set(ring.map(String));
    const near = corners.filter(({ id, position }) => id !== lot.id && !own.has(String(position)) && apart(position, ring[0]) > 2 && apart(position, ring[0]) < 40);
    const goal = near.find(({ position }) => {
      const isAlone = corners.every((other) => String(other.position) === String(position) || apart(other.position, position) > 5);
      return isAlone && isSimple([position, ...ring.slice(1, 4)]);
    });
    if (goal) return { lot, goal };
  }
  throw new Error('the sample has no two lots so near to each other');
}

/** Whether opposite sides of a ring of four corners do not cross. */
function isSimple([a, b, c, d]) {
  const turn = ([x1, y1], [x2, y2], [x3, y3]) => (x2 - x1) * (y3 - y1) - (y2 - y1) * (x3 - x1);
  const cross = (p, q, r, s) => turn(p, q, r) * turn(p, q, s) <= 0 && turn(r, s, p) * turn(r, s, q) <= 0;
  return !cross(a, b, c, d) && !cross(b, c, d, a);
}
