/** A site's page where parts of it are for users on record alone: what is kept is told as kept, and never as none. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { skip, start } from './service.mjs';

const KEPT = 'Phần này chỉ dành cho người đã đăng nhập.';

describe('what is kept from strangers', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'langxanh-restricted-'));
  const store = join(folder, 'store.gpkg');
  let browser;

  before(async () => {
    await (await start(store)).stop();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The page of the first cluster of a service with this configuration, with what its parts say. */
  async function partsWith(configuration) {
    const path = join(folder, 'langxanh.toml');
    writeFileSync(path, configuration);
    const server = await start(store, ['--config', path]);
    const { features } = await (await fetch(new URL('collections/clusters/items?limit=1', server.base))).json();
    const page = await open(browser, `sites/clusters/${features[0].id}`, undefined, server.base);
    await page.waitForFunction(() => document.querySelectorAll('.site-part').length === 13 && ![...document.querySelectorAll('.part-content')].some((one) => one.textContent.includes('Đang tải…')));
    const said = Object.fromEntries(await page.locator('.site-part').evaluateAll((parts) => parts.map((part) => [part.id, part.querySelector('.part-content').innerText])));
    await page.close();
    await server.stop();
    return said;
  }

  test('collections that are kept are told to be', async () => {
    const said = await partsWith('restricted = ["plans", "treatment_stations", "milestones", "violations"]\n');
    for (const part of ['plans', 'violations', 'effluent', 'events']) assert.equal(said[part], KEPT, part);
    assert.match(said.documents, /Giấy tờ thuộc phần hạn chế, nếu có, chỉ người đã đăng nhập mới xem được\./);
    assert.doesNotMatch(said.documents, /Sổ chưa ghi/);
    assert.match(said.neighbours, /Một phần những gì ở quanh đây chỉ người đã đăng nhập mới xem được\./);
    assert.doesNotMatch(said.neighbours, /Không có cụm/);
  });

  test('where drafts alone are kept, no plan is not told as none on record', async () => {
    const said = await partsWith('restrict_drafts = true\n');
    assert.match(said.plans, /Đồ án còn là bản nháp, nếu có, chỉ người đã đăng nhập mới xem được\.$/);
    assert.doesNotMatch(said.plans, /Chưa có đồ án/);
  });

  test('where nothing is kept nothing is said to be', async () => {
    const said = Object.values(await partsWith('')).join('\n');
    assert.doesNotMatch(said, /đăng nhập/);
  });
});
