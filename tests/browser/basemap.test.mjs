/** A basemap of the operator's own, from a file of PMTiles that the program itself has written. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { binary, skip, start } from './service.mjs';

describe('a basemap from a file', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'langxanh-basemap-'));
  const store = join(folder, 'store.gpkg');
  const tiles = join(folder, 'nen.pmtiles');
  let browser;
  let server;

  before(async () => {
    // The first start makes the sample.
    await (await start(store)).stop();
    execFileSync(binary, ['export', 'waterways', tiles, '--store', store], { stdio: 'ignore' });
    const config = join(folder, 'langxanh.toml');
    writeFileSync(config, `[basemap]\npmtiles = ${JSON.stringify(tiles)}\nattribution = "© Người vẽ sông"\n`);
    server = await start(store, ['--config', config]);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What of the basemap is drawn. */
  const drawn = (page) =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          const map = window.langxanhMap;
          const read = () => resolve(map.querySourceFeatures('basemap', { sourceLayer: 'waterways' }).length);
          map.once('idle', read);
          map.triggerRepaint();
        }),
    );

  test('it is drawn in ranges of the file beneath the city’s own layers, says whom it is by, and goes when it is not wanted', async () => {
    const page = await open(browser, '', undefined, server.base);
    const asked = [];
    page.on('response', (response) => response.url().endsWith('basemap.pmtiles') && asked.push(response.status()));
    const box = page.locator('.layers').getByRole('checkbox', { name: 'Nền bản đồ' });
    await box.waitFor();
    assert.ok(await box.isChecked(), 'a configured basemap is shown');
    await page.waitForFunction(() => window.langxanhMap.getSource('basemap') && window.langxanhMap.isSourceLoaded('basemap'));
    assert.ok((await drawn(page)) > 0, 'rivers of the file are drawn');
    const order = await page.evaluate(() => window.langxanhMap.getStyle().layers.map(({ id }) => id));
    assert.ok(order.indexOf('basemap-line-waterways') > order.indexOf('ground') && order.indexOf('basemap-line-waterways') < order.indexOf('communes-fill'), order.join());
    assert.match(await page.locator('.basemap-by').innerText(), /© Người vẽ sông/);
    assert.ok(asked.every((status) => status === 206), asked.join());
    await box.uncheck();
    await page.waitForFunction(() => window.langxanhMap.getLayoutProperty('basemap-line-waterways', 'visibility') === 'none');
    assert.equal(await page.locator('.basemap-by').isVisible(), false);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});
