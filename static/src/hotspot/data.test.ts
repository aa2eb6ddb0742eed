import { afterEach, expect, test, vi } from 'vitest';
import { classOf, classText, createStore, doubtsOf, precisionOf, pressureText, subjectOf, trendText } from './data.ts';
import { cellLabel } from './layers.ts';
import { chanceText, sitesOf, whyFeatures } from './why.ts';
import { hotspotStrings } from './words.ts';

afterEach(() => vi.unstubAllGlobals());

test('every sentence is there in both languages, with the same placeholders, in composed Unicode', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  expect(Object.keys(hotspotStrings.en).sort()).toEqual(Object.keys(hotspotStrings.vi).sort());
  for (const [key, text] of Object.entries(hotspotStrings.vi)) {
    const other = hotspotStrings.en[key as keyof typeof hotspotStrings.en];
    expect(text.trim() && other.trim(), key).not.toBe('');
    expect(placeholders(other), key).toEqual(placeholders(text));
    expect(text, key).toBe(text.normalize('NFC'));
  }
});

test('an address names a cell, a zone or a reach, and nothing else', () => {
  for (const text of [undefined, '', 'cell', 'cell/', 'moon/1', '/x']) expect(subjectOf(text), text).toBeUndefined();
  expect(subjectOf('reach/song-day.1/2')).toEqual({ kind: 'reach', id: 'song-day.1/2' });
});

test('a class or a trend that nobody knows is none', () => {
  expect(classOf('hot_80')).toBe('none');
  expect(trendText('upside_down')).toBe(hotspotStrings.vi.trend_none);
  expect(classText('cold_95')).toBe('lạnh, chắc 95 %');
});

test('a class that only the middle of the interval gives is not proven, and one that can be is possible', () => {
  const doubts = (hotspot_class: string, class_low: string, class_high: string) => doubtsOf({ hotspot_class, class_low, class_high, class_is_stable: true });
  expect(doubts('hot_95', 'none', 'hot_95')).toEqual({ isUnproven: true, isPossible: false, isUnstable: false });
  // Less sure, but hot all the same.
  expect(doubts('hot_95', 'hot_90', 'hot_99').isUnproven).toBe(false);
  expect(doubts('none', 'none', 'hot_90')).toEqual({ isUnproven: false, isPossible: true, isUnstable: false });
  expect(doubts('cold_90', 'hot_90', 'cold_90').isUnproven).toBe(true);
  expect(doubtsOf({ hotspot_class: 'none', class_is_stable: false }).isUnstable).toBe(true);
});

test('hot, cold and doubtful cells differ in their signs, not in colour alone', () => {
  expect(cellLabel('hot_99', false)).toBe('▲99');
  expect(cellLabel('cold_90', true)).toBe('▼90?');
  expect(cellLabel('none', false)).toBe('');
  expect(cellLabel('none', true)).toBe('?');
});

test('how precisely places are known leaves out what is not on record', () => {
  expect(precisionOf([null, undefined, 0, 'x'])).toBeUndefined();
  // Eleven numbers: the second and the tenth hold four in five between them.
  expect(precisionOf([7100, 1000, 2700, 3000, 3200, 3300, 3500, 3600, 3800, 4400, 6000])).toEqual({ near: 2700, far: 6000, worst: 7100 });
});

test('small pressures and chances keep the digits that matter', () => {
  expect(pressureText(0.096)).toBe('0,1');
  expect(pressureText(154.489)).toBe('154');
  expect(chanceText(0.0001)).toBe('0,01 %');
  expect(chanceText(0.245643)).toBe('25 %');
});

test('sites that explain a place come by share, and lines are told from points', () => {
  const feature = (kind: string, share_pct: number | null, name: string) => ({ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: [0, 0] }, properties: { kind, share_pct, name } });
  const answer = { type: 'FeatureCollection' as const, features: [feature('site', 2.25, 'B'), feature('reach', null, 'R'), feature('site', 40, 'A')] };
  expect(sitesOf(answer).map(({ name }) => name)).toEqual(['A', 'B']);
  const { sites, reaches } = whyFeatures(answer);
  expect(sites.features.map(({ properties }) => properties?.label)).toEqual(['A 40 %', 'B 2,3 %']);
  expect(reaches.features.length).toBe(1);
});

/** A server that answers when told to, and gives up when the reader does. */
function heldServer() {
  const asked: { url: string; answer(): void }[] = [];
  vi.stubGlobal('document', { baseURI: 'http://localhost/' });
  vi.stubGlobal('fetch', (url: URL, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
      asked.push({ url: String(url), answer: () => resolve(new Response(JSON.stringify({ type: 'FeatureCollection', features: [] }))) });
    }),
  );
  return asked;
}

test('what is given up is asked for anew at once, and what came is kept', async () => {
  const asked = heldServer();
  const store = createStore();
  const first = store.cells('2025-09-30');
  store.cancel();
  const second = store.cells('2025-09-30');
  await expect(first).rejects.toThrow('given up');
  expect(asked.length).toBe(2);
  asked[1]!.answer();
  expect(await second).toEqual([]);
  store.cancel();
  expect(await store.cells('2025-09-30')).toEqual([]);
  expect(asked.length).toBe(2);
  expect(asked[1]!.url).toContain('as-of=2025-09-30');
});
