/** The page without a network: what was seen is shown as a copy with its age, nothing of a signed-in user is kept, and updates strand nobody. */
import assert from 'node:assert/strict';
import { createServer, request as ask } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { base, launch, skip, tellingCluster } from './browser.mjs';

const ways = [];

/** A way to the server that can be cut: a true loss of the network, for the page and its worker alike; `change` gives another answer, or loses it. */
async function way(change = () => undefined) {
  const server = createServer((incoming, outgoing) => {
    const changed = change(incoming.url);
    if (changed === 'lost') return void outgoing.destroy();
    if (changed) return void outgoing.writeHead(changed.status, changed.headers).end(changed.body);
    const onward = ask({ host: base.hostname, port: base.port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, host: base.host } }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const cut = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  ways.push(cut);
  return { url: `http://127.0.0.1:${port}/`, cut };
}

/** Opens the page and waits until its worker answers for it and has what was loaded before. */
async function visit(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.waitForFunction(async () => {
    const kept = (await (await caches.open('langxanh-data-1')).keys()).map(({ url }) => url).join();
    return ['collections?', 'clusters/items', 'craft_villages/items', 'admin_units/items'].every((one) => kept.includes(one));
  });
  return page;
}

const kept = (page) =>
  page.evaluate(async () => {
    const urls = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) urls.push(`${name} ${new URL(url).pathname}${new URL(url).search}`);
    return urls;
  });

describe('without a network', { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await Promise.all(ways.map((cut) => cut()));
  });

  test('after the first visit the page starts, shows what was seen, and says that it is a copy and of when', async () => {
    const { id, properties } = await tellingCluster();
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const network = await way();
    const page = await visit(context, network.url);
    await page.evaluate((hash) => (location.hash = hash), `clusters/${id}`);
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.equal(await page.locator('#offline-bar').innerText(), '');
    // What is on its way to being kept is kept.
    await page.waitForTimeout(1000);
    await network.cut();

    await page.reload();
    await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
    await page.locator('#panel h2', { hasText: properties.name_vi }).waitFor();
    await page.locator('#panel .assessment[data-ready]').waitFor();
    assert.match(await page.locator('#offline-bar').innerText(), /Không có mạng: đang xem bản lưu trên máy này, lấy lúc \d\d:\d\d, \d\d\/\d\d\/\d{4}/);
    await page.locator('#list [data-site]').first().waitFor();
    assert.ok(await page.evaluate(() => window.langxanhMap.queryRenderedFeatures({ layers: ['sites-symbol'] }).length > 0), 'the map is drawn');
    await context.close();
  });

  test('the page of a site and two side by side say too that what they show are copies', async () => {
    const { id, properties } = await tellingCluster();
    let isLost = false;
    const network = await way((url) => (isLost && /^\/(collections|compliance|plans|sites\/[^?]+\/neighbours)\b/.test(url) ? 'lost' : undefined));
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const page = await visit(context, network.url);
    for (const [path, isThere] of [[`sites/clusters/${id}`, '.site-part .verdict[data-ready]'], [`compare#sites=clusters/${id},clusters/${id}`, '.compare-result[data-ready]']]) {
      isLost = false;
      await page.goto(new URL(path, network.url).href);
      await page.locator(isThere).waitFor();
      assert.equal(await page.locator('.bar-note').innerText(), '');
      // What is on its way to being kept is kept.
      await page.waitForTimeout(1000);
      isLost = true;
      await page.reload();
      await page.locator(isThere).waitFor();
      assert.ok((await page.locator('body').innerText()).includes(properties.name_vi));
      assert.match(await page.locator('.bar-note').innerText(), /Không có mạng: đang xem bản lưu trên máy này, lấy lúc/);
    }
    await context.close();
  });

  test('the page of a site and two side by side that were seen open without any network, also by a first visit that began there', async () => {
    const { id, properties } = await tellingCluster();
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const network = await way();
    const page = await context.newPage();
    await page.goto(new URL(`sites/clusters/${id}`, network.url).href);
    await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    const isKept = (part) => page.waitForFunction(async (wanted) => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat().some((url) => url.includes(wanted)), part);
    for (const part of ['assets/site.html', `compliance/clusters/${id}`, 'neighbours', 'collections?f=json', `items/${id}`]) await isKept(part);
    await page.goto(new URL(`compare#sites=clusters/${id},clusters/${id}`, network.url).href);
    await page.locator('.compare-result[data-ready]').waitFor();
    await isKept('assets/compare.html');
    await page.waitForTimeout(1000);
    await network.cut();
    for (const [path, isThere] of [[`sites/clusters/${id}`, '.site-part .verdict[data-ready]'], [`compare#sites=clusters/${id},clusters/${id}`, '.compare-result[data-ready]']]) {
      await page.goto('about:blank');
      await page.goto(new URL(path, network.url).href);
      await page.locator(isThere).waitFor();
      assert.ok((await page.locator('body').innerText()).includes(properties.name_vi), path);
      assert.match(await page.locator('.bar-note').innerText(), /Không có mạng: đang xem bản lưu trên máy này, lấy lúc/, path);
    }
    // Of another site there is the document and nothing else: that is said, and no browser's page of faults is shown.
    await page.goto(new URL('sites/craft_villages/never-seen', network.url).href);
    await page.getByRole('alert').waitFor();
    await context.close();
  });

  test('a copy of what the server keeps to itself from now on is taken away', async () => {
    let answer;
    const network = await way((url) => (url.includes('/craft_villages/items') ? answer : undefined));
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const page = await visit(context, network.url);
    const copiesOf = async () => (await kept(page)).filter((one) => one.includes('/craft_villages/items?'));
    let copies = await copiesOf();
    // A new copy takes the place of the one before.
    for (const end = Date.now() + 10_000; copies.length === 0 && Date.now() < end; copies = await copiesOf()) await page.waitForTimeout(100);
    assert.ok(copies.length > 0);
    answer = { status: 401, headers: { 'content-type': 'application/problem+json' }, body: '{}' };
    for (const copy of copies) assert.equal(await page.evaluate(async (path) => (await fetch(path)).status, copy.split(' ')[1]), 401);
    const areLeft = async () => (await kept(page)).some((one) => copies.includes(one));
    for (const end = Date.now() + 10_000; await areLeft(); await page.waitForTimeout(100)) assert.ok(Date.now() < end, 'the copies are taken away');
    await context.close();
  });

  test('what was never seen is said to be missing, not made up', async () => {
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const network = await way();
    const page = await visit(context, network.url);
    await network.cut();
    await page.evaluate((hash) => (location.hash = hash), `clusters/${(await tellingCluster()).id}`);
    await page.locator('#panel .error-box').first().waitFor();
    await context.close();
  });

  test('nothing that was asked in somebody’s name is kept, nor who he is', async () => {
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const network = await way();
    const page = await visit(context, network.url);
    await page.evaluate(async () => {
      const headers = { Authorization: 'Bearer lx_nobody' };
      for (const path of ['collections/violations/items?f=json', 'collections/effluent_samples/items?f=json&limit=1', 'collections/clusters/items?f=json&limit=7', 'me', 'proposals', 'tiles/WebMercatorQuad/14/7212/12995?collections=buildings']) await fetch(path, { headers }).catch(() => undefined);
      await fetch('me').catch(() => undefined);
    });
    await page.waitForTimeout(500);
    const after = await kept(page);
    assert.ok(after.length > 20);
    for (const url of after) assert.doesNotMatch(url, /\/(me|proposals|changes|imports|quarters)$|effluent_samples|violations|limit=7|\/tiles\//);
    await network.cut();
    // Nor is a copy that anybody may see handed out in his name.
    assert.equal(await page.evaluate(() => fetch('collections?f=json', { headers: { Authorization: 'Bearer lx_nobody' } }).then(() => 'answered', () => 'failed')), 'failed');
    await context.close();
  });

  test('a page that is open while the server gets a new version goes on with its own files', async () => {
    let isNew = false;
    const network = await way((url) => {
      if (!isNew) return undefined;
      // Of the former version nothing is there any more, and the worker is another one.
      if (url.startsWith('/assets/')) return { status: 404, headers: { 'content-type': 'application/problem+json' }, body: '{}' };
      if (url === '/sw.js') return { status: 200, headers: { 'content-type': 'text/javascript' }, body: "self.addEventListener('fetch', () => undefined); // another version" };
      return undefined;
    });
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    const page = await visit(context, network.url);
    await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration()).active?.state === 'activated');
    isNew = true;
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
    await page.locator('#hotspot-button').click();
    // Its code comes only now.
    await page.locator('#panel.hotspot h2').waitFor();
    await context.close();
    await network.cut();
  });
});
