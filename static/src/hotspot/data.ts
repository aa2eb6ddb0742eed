/** What the server says of hotspots: its addresses, answers kept by the day, and what the classes mean. */

import type { FeatureCollection, Geometry } from 'geojson';
import { dated, fetchItems, fetchJson, serverUrl, type Item } from '../api.ts';
import { formatNumber, pick, type Text } from '../i18n.ts';
import { s, type HotspotKey } from './words.ts';

/** The classes of a cell, the hottest first. */
export const CLASSES = ['hot_99', 'hot_95', 'hot_90', 'none', 'cold_90', 'cold_95', 'cold_99'] as const;
export type HotspotClass = (typeof CLASSES)[number];

/** The trends that say something, the pressing ones first. */
export const TRENDS = ['new', 'intensifying', 'consecutive', 'persistent', 'diminishing', 'oscillating', 'sporadic', 'historical'] as const;

/** The density of pressure in the cells, as a run of one's own gives it. */
export interface Density {
  cells: FeatureCollection<Geometry | null, { density: number | null }>;
  /** Metres; null where there is no density. */
  bandwidth: number | null;
  /** Why there is none. */
  reason: Text | null;
}

/** A site as the list of pressures and the answer to “why here?” have it. */
export interface PressureSite {
  collection: string;
  id: string;
  name: string;
  pressure: number;
  pressure_low: number;
  pressure_high: number;
  exceeded: { parameter: string; ratio: number }[];
  not_known: Text[];
  position_precision_m: number | null;
  demo_data: boolean;
  rank?: number;
  rank_best?: number;
  rank_worst?: number;
  /** Only in an answer to “why here?”. */
  share_pct?: number;
}

/** What can be asked why of. */
export const SUBJECTS = ['cell', 'zone', 'reach'] as const;
export interface Subject {
  kind: (typeof SUBJECTS)[number];
  id: string;
}

/** A subject as addresses have it, such as `cell/h4000_163_501`; anything else is none. */
export function subjectOf(text: string | undefined): Subject | undefined {
  const [kind, ...rest] = text?.split('/') ?? [];
  const known = SUBJECTS.find((one) => one === kind);
  const id = rest.join('/');
  return known && id ? { kind: known, id } : undefined;
}

/** The class of a cell or zone; a word that nobody knows is none. */
export function classOf(value: unknown): HotspotClass {
  return CLASSES.find((one) => one === value) ?? 'none';
}

/** `hot`, `cold` or `none`. */
export function sideOf(of: HotspotClass): 'hot' | 'cold' | 'none' {
  return of.startsWith('hot') ? 'hot' : of.startsWith('cold') ? 'cold' : 'none';
}

/** A class in words, such as `hot, 95 % sure`. */
export function classText(value: unknown): string {
  const known = classOf(value);
  return s(`word_${sideOf(known)}`, { percent: known.slice(-2) });
}

/** A trend in words. */
export function trendText(value: unknown): string {
  const known = TRENDS.find((one) => one === value);
  return s(`trend_${known ?? 'none'}` satisfies HotspotKey);
}

/** What the legend marks beside the class: it rests on no proof, it may be hot all the same, it hangs on the weights. */
export function doubtsOf(properties: Record<string, unknown>): { isUnproven: boolean; isPossible: boolean; isUnstable: boolean } {
  const [mid, low, high] = [properties.hotspot_class, properties.class_low, properties.class_high].map(classOf) as [HotspotClass, HotspotClass, HotspotClass];
  return {
    isUnproven: mid !== 'none' && sideOf(low) !== sideOf(mid),
    isPossible: sideOf(mid) !== 'hot' && sideOf(high) === 'hot',
    isUnstable: properties.class_is_stable === false,
  };
}

/** How many cells or zones have each value of a property. */
export function countBy(items: readonly Item[], property: string): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const { properties } of items) counts.set(properties[property], (counts.get(properties[property]) ?? 0) + 1);
  return counts;
}

/** Between which precisions (metres) four in five of the sites are known, and the worst; undefined where nothing is on record. */
export function precisionOf(metres: readonly unknown[]): { near: number; far: number; worst: number } | undefined {
  const known = metres.filter((one): one is number => typeof one === 'number' && one > 0).sort((a, b) => a - b);
  const at = (share: number) => known[Math.round(share * (known.length - 1))]!;
  return known.length === 0 ? undefined : { near: at(0.1), far: at(0.9), worst: at(1) };
}

/** Small numbers keep their digits, larger ones need none. */
export function pressureText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  return formatNumber(Number(value.toFixed(digits)));
}

/** The address of the why, the pressures or a run of one's own, for a day. */
export function hotspotUrl(path: '' | '/why' | '/pressure', query: Record<string, string>, day: string): URL {
  const url = dated(serverUrl(`hotspots${path}`), day);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** Answers by day. What is not waited for any more is given up; what came stays. */
export interface Store {
  cells(day: string): Promise<Item[]>;
  zones(day: string): Promise<Item[]>;
  reaches(day: string): Promise<Item[]>;
  density(day: string): Promise<Density>;
  pressures(day: string): Promise<PressureSite[]>;
  why(subject: Subject, day: string): Promise<FeatureCollection>;
  /** Gives up what is on its way. */
  cancel(): void;
}

/** An empty store. */
export function createStore(): Store {
  const kept = new Map<string, Promise<unknown>>();
  const pending = new Set<string>();
  let running = new AbortController();

  function once<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const known = kept.get(key) as Promise<T> | undefined;
    if (known) return known;
    const answer = load(running.signal);
    kept.set(key, answer);
    pending.add(key);
    answer.then(
      () => kept.get(key) === answer && pending.delete(key),
      // A failure is not kept: the next who asks tries again.
      () => kept.get(key) === answer && kept.delete(key),
    );
    return answer;
  }
  const items = (id: string) => (day: string) => once(`${id} ${day}`, (signal) => fetchItems(id, { asOf: day, signal }));

  return {
    cells: items('hotspots'),
    zones: (day) => items('hotspot_zones')(day).then((zones) => zones.toSorted((a, b) => Number(a.properties.rank) - Number(b.properties.rank))),
    reaches: items('waterway_reaches'),
    density: (day) =>
      once(`density ${day}`, async (signal) => {
        const answer = await fetchJson<Density['cells'] & { bandwidth_used: number | null; reason: Text | null }>(hotspotUrl('', { method: 'kde', f: 'geojson' }, day), signal);
        return { cells: answer, bandwidth: answer.bandwidth_used, reason: answer.reason };
      }),
    pressures: (day) =>
      once(`pressures ${day}`, async (signal) => {
        const { pressures } = await fetchJson<{ pressures: PressureSite[] }>(hotspotUrl('/pressure', { f: 'json' }, day), signal);
        return pressures.toSorted((a, b) => b.pressure - a.pressure || a.name.localeCompare(b.name, 'vi'));
      }),
    why: ({ kind, id }, day) => once(`${kind} ${id} ${day}`, (signal) => fetchJson(hotspotUrl('/why', { [kind]: id }, day), signal)),
    cancel: () => {
      const given = running;
      running = new AbortController();
      // Whoever asks again does not get what is being given up.
      for (const key of pending) kept.delete(key);
      pending.clear();
      given.abort();
    },
  };
}

/** Why there is no density, in the page's language. */
export function reasonText(density: Density): string {
  return pick(density.reason);
}
