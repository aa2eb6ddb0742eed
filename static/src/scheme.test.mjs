import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { colors } from './scheme.ts';

const sheet = readFileSync(new URL('style.css', import.meta.url), 'utf8');

const block = (start) => {
  const from = sheet.indexOf(start);
  expect(from, start).toBeGreaterThan(-1);
  return Object.fromEntries([...sheet.slice(from, sheet.indexOf('}', from)).matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
};
const page = { light: block(':root {'), dark: block(":root[data-scheme='dark']") };

test('the map and the charts have the same colours as the page, in both schemes', () => {
  const both = ['paper', 'ink', 'quiet', 'line', 'breached', 'unknown', 'met', 'idle', 'accent', 'plan', 'ground', 'land', 'water', 'station', 'district'];
  for (const scheme of ['light', 'dark']) for (const name of both) expect(colors(scheme)[name], `${name}, ${scheme}`).toBe(page[scheme][name]);
});

test('every colour of the light scheme has one in the dark', () => {
  const shared = ['panel'];
  expect(Object.keys(page.dark).sort()).toEqual(Object.keys(page.light).filter((name) => !shared.includes(name)).sort());
});

/** The module as a page in a bright room starts it, over what the browser keeps. */
async function started(kept) {
  vi.stubGlobal('localStorage', { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) });
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
  vi.stubGlobal('document', { documentElement: { dataset: {} } });
  vi.resetModules();
  const module = await import('./scheme.ts');
  module.startScheme();
  return { ...module, inks: () => [document.documentElement.dataset.scheme, module.scheme(), module.colors().isDark ? 'dark' : 'light'] };
}

test('what another window turns does not mix the colours of a page that stands, and holds for the next', async () => {
  const kept = new Map();
  const first = await started(kept);
  expect(first.inks()).toEqual(['light', 'light', 'light']);
  kept.set('langxanh.scheme', 'dark');
  expect(first.inks()).toEqual(['light', 'light', 'light']);
  const second = await started(kept);
  expect(second.inks()).toEqual(['dark', 'dark', 'dark']);
  // What the system has anyway is not kept.
  second.turnScheme();
  expect([...second.inks(), kept.size]).toEqual(['light', 'light', 'light', 0]);
  second.turnScheme();
  expect([...second.inks(), kept.get('langxanh.scheme')]).toEqual(['dark', 'dark', 'dark', 'dark']);
  vi.unstubAllGlobals();
});

test('a browser that keeps nothing is turned for as long as the page stands', async () => {
  const page = await started(new Map());
  vi.stubGlobal('localStorage', undefined);
  page.turnScheme();
  expect(page.inks()).toEqual(['dark', 'dark', 'dark']);
  vi.unstubAllGlobals();
});

/** WCAG 2.2: relative luminance and contrast ratio. */
function contrast(a, b) {
  const luminance = (hex) => {
    const [r, g, bl] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test('the measure of contrast is right where it is known: black on white is 21, #767676 on white 4.54', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
});

/** Letters on grounds, as the style sheet brings them together: 4.5:1. */
const TEXT = [
  ['ink', ['paper', 'soft', 'ground', 'lit', 'pick', 'marked', 'demo-soft', 'alarm-soft']],
  ['quiet', ['paper', 'soft', 'lit', 'pick', 'marked', 'demo-soft']],
  ['accent', ['paper', 'soft', 'lit']],
  ['on-accent', ['accent', 'accent-strong']],
  ['lit-ink', ['lit']],
  ['demo-ink', ['demo-paper']],
  ['breached', ['paper', 'alarm-soft', 'soft']],
  ['breached-ink', ['paper', 'soft', 'pick']],
  ['met', ['paper', 'soft', 'pick']],
  ['unknown', ['paper']],
  ['disabled', ['paper', 'soft']],
  ['plan', ['paper', 'soft']],
  ['measure', ['paper']],
];

/** What is no letter and yet carries meaning: 3:1. */
const SIGNS = [
  ['edge-strong', ['paper', 'soft']],
  ['focus', ['paper', 'ground', 'soft']],
  ['breached', ['land']],
  ['met', ['land']],
  ['unknown', ['land']],
  ['idle', ['paper']],
  ['zone', ['land']],
  ['load', ['paper']],
];

test.each(['light', 'dark'])('%s: letters have 4.5:1 on every ground they stand on, signs 3:1', (scheme) => {
  const low = [...TEXT.map((pair) => [...pair, 4.5]), ...SIGNS.map((pair) => [...pair, 3])].flatMap(([name, grounds, least]) =>
    grounds.flatMap((ground) => {
      const ratio = contrast(page[scheme][name], page[scheme][ground]);
      return ratio < least ? [`${name} on ${ground}: ${ratio.toFixed(2)}`] : [];
    }),
  );
  expect(low).toEqual([]);
});
