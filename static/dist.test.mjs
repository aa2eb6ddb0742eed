/** What the build leaves: how heavy it is, and that the service worker knows all of it. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = new URL('./dist/', import.meta.url);
const isBuilt = existsSync(new URL('index.html', dist));
if (!isBuilt) console.warn('SKIPPED: static/dist: run npm run build first');
const built = test.skipIf(!isBuilt);
const assets = () => readdirSync(new URL('assets/', dist));
const isScript = (file) => /\.m?js$/.test(file);

built('all script together is less than 450 kB as it is sent', () => {
  const scripts = assets().filter(isScript);
  const bytes = scripts.reduce((sum, file) => sum + statSync(new URL(`assets/${file}.br`, dist)).size, statSync(new URL('sw.js', dist)).size);
  expect(scripts.length).toBeGreaterThan(10);
  expect(bytes).toBeLessThan(450_000);
});

built('every packed file is the file beside it', () => {
  for (const file of assets().filter((one) => one.endsWith('.br'))) {
    const [packed, plain] = [readFileSync(new URL(`assets/${file}`, dist)), readFileSync(new URL(`assets/${file.slice(0, -3)}`, dist))];
    expect(brotliDecompressSync(packed).equals(plain), file).toBe(true);
  }
});

built('the service worker keeps every file of the page, and names its state', () => {
  const worker = readFileSync(new URL('sw.js', dist), 'utf8');
  for (const file of assets().filter((one) => !one.endsWith('.br'))) expect(worker.includes(`assets/${file}`), file).toBe(true);
  expect(worker).toMatch(/langxanh-page-\$\{`?["']?[0-9a-f]{12}|langxanh-page-[0-9a-f]{12}|"[0-9a-f]{12}"/);
  for (const name of ['__SHELL__', '__VERSION__']) expect(worker).not.toContain(name);
});
