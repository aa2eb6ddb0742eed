/** The map that reads well: two schemes, patterns, counts in sight, grid, north, measuring, position, basemap. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answer, features, jumpTo, launch, open, openSite, skip, tellingCluster } from './browser.mjs';

const PHONE = { width: 390, height: 844 };
const HANOI = { latitude: 21.0285, longitude: 105.8542, accuracy: 35 };

/** The tools come after the map. */
const tool = async (page, kind) => {
  const button = page.locator(`.tool-${kind}`);
  await button.waitFor({ state: 'attached' });
  return button;
};

/** How light the middle of a lone stretch of ground is, 0 to 255. */
const groundOf = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const map = window.langxanhMap;
        map.once('render', () => {
          const gl = map.getCanvas().getContext('webgl2');
          const pixel = new Uint8Array(4);
          gl.readPixels(3, 3, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
          resolve((pixel[0] + pixel[1] + pixel[2]) / 3);
        });
        map.triggerRepaint();
      }),
  );

/** Waits until the ground is as it should be: colours of a map change over some of its frames. */
async function groundBecomes(page, isSo, what) {
  for (const end = Date.now() + 10_000; !isSo(await groundOf(page)); await page.waitForTimeout(100)) assert.ok(Date.now() < end, what);
}

describe('a map that reads well', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('the page and its map are dark where the system is, turn by a button, and stay so', async () => {
    const page = await open(browser, '', undefined, undefined, { colorScheme: 'dark' });
    const state = () => page.evaluate(() => [document.documentElement.dataset.scheme, getComputedStyle(document.body).backgroundColor]);
    assert.deepEqual(await state(), ['dark', 'rgb(29, 32, 36)']);
    await groundBecomes(page, (light) => light < 60, 'the ground of the map is dark');
    await page.locator('#scheme-button').click();
    assert.deepEqual(await state(), ['light', 'rgb(255, 255, 255)']);
    await groundBecomes(page, (light) => light > 200, 'the ground of the map is light');
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    assert.equal((await state())[0], 'light');
    // What the system has anyway is followed again.
    await page.locator('#scheme-button').click();
    assert.equal((await state())[0], 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForFunction(() => document.documentElement.dataset.scheme === 'light');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('paper is white in the dark too', async () => {
    const page = await open(browser, `#clusters/${(await tellingCluster()).id}`, undefined, undefined, { colorScheme: 'dark' });
    await page.locator('#panel .assessment[data-ready]').waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.panel-body h3, .panel-body')).color), 'rgb(38, 40, 44)');
    await page.close();
  });

  test('areas in breach are hatched and unknown ones dotted, not coloured alone', async () => {
    const page = await open(browser);
    const pattern = await page.evaluate(() => {
      const map = window.langxanhMap;
      const image = (name) => map.getImage(name).data.data.filter((value, i) => i % 4 === 3 && value > 0).length;
      return { pattern: map.getPaintProperty('clusters-pattern', 'fill-pattern'), breach: image('area-non_compliant'), unknown: image('area-unknown') };
    });
    assert.ok(JSON.stringify(pattern.pattern).includes('area-non_compliant'));
    assert.ok(pattern.breach > pattern.unknown && pattern.unknown > 0, JSON.stringify(pattern));
    await page.close();
  });

  test('the legend counts what is in sight: all at first, only what is near when the map is close, nothing that is hidden', async () => {
    const page = await open(browser);
    const seen = (what) => page.locator(`.legend [data-seen="${what}"]`).innerText();
    const villages = (await features('craft_villages')).all.filter(({ geometry }) => geometry);
    await page.waitForFunction(() => document.querySelector('.legend [data-seen="craft_villages"]')?.textContent);
    await page.evaluate(() => window.langxanhMap.fitBounds([[105.25, 20.5], [106.05, 21.4]], { animate: false }));
    await page.waitForFunction((all) => Number(document.querySelector('.legend [data-seen="craft_villages"]').textContent.replace(/\D/g, '')) === all, villages.length);
    const [lon, lat] = villages[0].geometry.coordinates;
    await jumpTo(page, [lon, lat], 13);
    const bounds = await page.evaluate(() => window.langxanhMap.getBounds().toArray().flat());
    const near = villages.filter(({ geometry: { coordinates: [x, y] } }) => x > bounds[0] && x < bounds[2] && y > bounds[1] && y < bounds[3]);
    assert.equal(Number(await seen('craft_villages')), near.length);
    await page.locator('.layers').getByRole('checkbox', { name: 'Làng nghề' }).uncheck();
    await page.waitForFunction(() => document.querySelector('.legend [data-seen="craft_villages"]').textContent === '0');
    await page.close();
  });

  test('the grid of VN-2000 is drawn when asked for, in the address, and its lines are round kilometres', async () => {
    const page = await open(browser, '#map=12.00/21.02000/105.80000');
    assert.equal(await page.evaluate(() => window.langxanhMap.querySourceFeatures('grid').length), 0);
    await tool(page, 'measure');
    await page.locator('.layers').getByRole('checkbox', { name: /VN-2000/ }).check();
    await page.waitForFunction(() => window.langxanhMap.queryRenderedFeatures({ layers: ['grid-label'] }).length > 4);
    assert.match(page.url(), /layers=[^&]*grid/);
    const labels = await page.evaluate(() => window.langxanhMap.queryRenderedFeatures({ layers: ['grid-label'] }).map(({ properties }) => properties.label));
    for (const label of labels) assert.match(label, /^[XY] [\d.]+ km$/);
    await page.close();
  });

  test('the map turns by keyboard, says how far, keeps it in the address, and turns back to the north', async () => {
    const page = await open(browser, '#map=11.00/21.02000/105.80000');
    const north = await tool(page, 'north');
    assert.ok(await north.isHidden());
    await page.locator('#map canvas').first().focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForFunction(() => !window.langxanhMap.isMoving() && Math.abs(window.langxanhMap.getBearing()) > 5);
    assert.match(await north.getAttribute('aria-label'), /lệch \d+°/);
    assert.match(page.url(), /map=[\d.]+\/[\d.]+\/[\d.]+\/-?\d+/);
    await north.click();
    await page.waitForFunction(() => Math.abs(window.langxanhMap.getBearing()) < 0.5);
    assert.ok(await north.isHidden());
    await page.close();
  });

  test('a length and an area are measured with the keyboard alone, as the plane of VN-2000 has them', async () => {
    const page = await open(browser, '#map=13.00/21.02000/105.80000');
    await (await tool(page, 'measure')).focus();
    await page.keyboard.press('Enter');
    const total = page.locator('.measure-total');
    await total.waitFor();
    const place = () => page.evaluate(() => window.langxanhMap.getCenter().toArray());
    const corners = [];
    for (const key of [undefined, 'ArrowRight', 'ArrowDown']) {
      for (let i = 0; key && i < 10; i += 1) await page.keyboard.press(key);
      corners.push(await place());
      await page.keyboard.press('Enter');
    }
    // Ten steps of 20 pixels to the right and ten down: on the ground by an independent measure, of a sphere.
    const metres = haversine(corners[0], corners[1]) + haversine(corners[1], corners[2]);
    const said = Number((await total.innerText()).match(/chiều dài: ([\d.]+) m/)[1].replace(/\./g, ''));
    assert.ok(Math.abs(said - metres) < metres * 0.004, `${said} m, ${metres} m`);
    await page.locator('.measure-stage [data-tool=area]').click();
    await page.locator('#map canvas').first().focus();
    for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown']) {
      for (let i = 0; i < 10; i += 1) await page.keyboard.press(key);
      await page.keyboard.press('Enter');
    }
    const side = haversine(corners[0], corners[1]);
    const text = await total.innerText();
    const [, area, hectares] = text.match(/([\d.]+) m² \(([\d.,]+) ha\)/);
    assert.ok(Math.abs(Number(area.replace(/\./g, '')) - side * side) < side * side * 0.01, text);
    assert.ok(Math.abs(Number(hectares.replace(/\./g, '').replace(',', '.')) - (side * side) / 10_000) < (side * side) / 1_000_000 + 0.01, text);
    await page.keyboard.press('Escape');
    await page.locator('.measure-stage').waitFor({ state: 'detached' });
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('while measuring a click opens no site', async () => {
    const { all } = await features('craft_villages');
    const [lon, lat] = all.find(({ geometry }) => geometry).geometry.coordinates;
    const page = await open(browser, `#map=13.00/${lat.toFixed(5)}/${lon.toFixed(5)}`);
    await (await tool(page, 'measure')).click();
    await page.locator('.measure-total').waitFor();
    const { x, y, width, height } = await page.locator('#map canvas').first().boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.locator('.measure-points tbody tr').waitFor({ state: 'attached' });
    assert.ok(await page.locator('#panel').isHidden());
    await page.close();
  });

  test('the position is shown with its circle; a refusal is told and ends it', async () => {
    const page = await open(browser, '', PHONE, undefined, { geolocation: HANOI, permissions: ['geolocation'] });
    const button = await tool(page, 'position');
    await button.click();
    const note = page.locator('.map-note');
    // PROJ's cs2cs: 588591.944 east, 2326345.312 north.
    await page.waitForFunction(() => /2326345.*588592/.test(document.querySelector('.map-note').textContent));
    assert.match(await note.innerText(), /35 m/);
    const size = await page.evaluate(() => {
      const source = window.langxanhMap.getSource('position').serialize().data.features.find(({ geometry }) => geometry.type === 'Polygon').geometry.coordinates[0];
      return Math.max(...source.map(([, lat]) => lat)) - Math.min(...source.map(([, lat]) => lat));
    });
    // 70 m across, a degree of latitude being 111.3 km.
    assert.ok(Math.abs(size * 111_320 - 70) < 1, String(size * 111_320));
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await page.close();

    const refused = await open(browser, '', PHONE, undefined, { permissions: [] });
    await (await tool(refused, 'position')).click();
    await refused.waitForFunction(() => /không được phép/.test(document.querySelector('.map-note').textContent));
    assert.equal(await refused.locator('.tool-position').getAttribute('aria-pressed'), 'false');
    await refused.close();
  });

  test('parcels in sight are counted by their use', async () => {
    const { all } = await features('plan_parcels');
    const first = all.find(({ geometry }) => geometry);
    const page = await open(browser);
    await jumpTo(page, first.geometry.coordinates[0][0], 17);
    await page.waitForFunction((code) => Number(document.querySelector(`[data-seen="use/${code}"]`)?.textContent) > 0, first.properties.land_use_code);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('where no basemap is configured there is none to choose, and nothing is asked of another host', async () => {
    assert.deepEqual(await answer('basemap'), {});
    const page = await open(browser);
    await tool(page, 'measure');
    assert.equal(await page.locator('.layers').getByRole('checkbox', { name: 'Nền bản đồ' }).count(), 0);
    await openSite(page, 'clusters', (await tellingCluster()).id);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});

/** Metres between two longitudes and latitudes on a sphere. */
function haversine([lon1, lat1], [lon2, lat2]) {
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const a = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(a));
}
