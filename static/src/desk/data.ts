/** What the server says of the city as a whole, each answer once for a day, and the groups of sites that come of it. */

import { dated, fetchItems, fetchJson, serverUrl, type Collection, type Item, type LegalBasis } from '../api.ts';
import { today } from '../dates.ts';
import { pick, type Text } from '../i18n.ts';
import { once } from '../once.ts';
import { SITE_COLLECTIONS, STATUSES, type Site, type Status } from '../sites.ts';
import { CHANGES, changesOf, quarterBefore, type Change } from './changes.ts';
import { worst, byWorst } from './order.ts';
import type { Row } from './facets.ts';
import { s } from './words.ts';

/** A rule that sites are judged by. */
export interface Rule {
  id: string;
  title: Text;
  core: boolean;
}

/** How a measure of a target stands; `interval` is what the unknown ones leave possible. */
export interface Measure {
  title: Text;
  goal: { min: number | null; max: number | null };
  numerator: number | null;
  denominator: number | null;
  unknown: number | null;
  interval: [number, number] | null;
  ids: Record<'met' | 'not_met' | 'unknown', string[]> | null;
}

/** A target of the city's plan. */
export interface Target extends Measure {
  code: string;
  unit: string;
  met: boolean | null;
  note: Text | null;
  plan: { document: string; legal_basis?: LegalBasis | null };
  also: Record<string, Measure> | null;
}

/** A group of sites that the overview leads to. */
export interface Group {
  title: string;
  keys: ReadonlySet<string>;
}

/** How many sites the list of the worst has. */
export const WORST = 10;

/** Answers of one day. Each is asked for when it is first wanted; a failure is not kept. */
export interface CityData {
  rules(): Promise<Map<string, Rule>>;
  targets(): Promise<Target[]>;
  /** The statuses at the end of the quarter before, by key. */
  before(): Promise<Map<string, Status>>;
  cells(): Promise<Item[] | undefined>;
  /** The days that are compared. */
  days: { from: string; to: string };
}

/** The answers for a day; undefined is today. */
export function cityData(asOf: string | undefined, collections: Map<string, Collection>): CityData {
  const to = asOf ?? today();
  const from = quarterBefore(to);
  return {
    rules: once(async () => new Map((await fetchJson<Rule[]>(serverUrl('compliance/rules?f=json'))).map((rule) => [rule.id, rule]))),
    targets: once(() => fetchJson<Target[]>(dated(serverUrl('compliance/targets?f=json'), asOf))),
    before: once(async () => {
      const where = { properties: 'compliance_status', skipGeometry: 'true' };
      const known = SITE_COLLECTIONS.filter((id) => collections.has(id));
      const answers = await Promise.all(known.map(async (id) => (await fetchItems(id, { asOf: from, where })).map((item) => [`${id}/${item.id}`, statusOf(item)] as const)));
      return new Map(answers.flat());
    }),
    cells: once(async () => (collections.has('hotspots') ? fetchItems('hotspots', { asOf, where: { properties: 'hotspot_class', skipGeometry: 'true' } }) : undefined)),
    days: { from, to },
  };
}

function statusOf({ properties }: Item): Status {
  return STATUSES.find((status) => status === properties.compliance_status) ?? 'unknown';
}

/** The measures of a target with the names that their groups go by, the target's own first. */
export function measuresOf(target: Target): { name: string; measure: Measure }[] {
  return [{ name: target.code, measure: target }, ...Object.entries(target.also ?? {}).map(([name, measure]) => ({ name: `${target.code}.${name}`, measure }))];
}

/** How the measure stands with its goal: what the unknown ones could still turn is not decided. */
export function goalState({ goal, interval }: Pick<Measure, 'goal' | 'interval'>): 'reached' | 'missed' | 'open' | undefined {
  const { min, max } = goal;
  if (min === null && max === null) return undefined;
  if (!interval) return 'open';
  const [low, high] = interval;
  // A span such as 5–10 is reached from its lower end on; what lies beyond its upper end is more than was planned.
  if (min !== null) return low >= min ? 'reached' : high < min ? 'missed' : 'open';
  return high <= max! ? 'reached' : low > max! ? 'missed' : 'open';
}

/** The sites of a target's ids: targets are about clusters, and a village may go by the same id. */
export function keysOf(ids: readonly string[], sites: ReadonlyMap<string, Site>): Set<string> {
  return new Set(ids.flatMap((id) => SITE_COLLECTIONS.map((collection) => `${collection}/${id}`).find((key) => sites.has(key)) ?? []));
}

/** The rows that stand worst, whatever is filtered. */
export function worstOf(rows: readonly Row[]): Row[] {
  return worst(rows, WORST).sort(byWorst);
}

/** The group of a name, or undefined where nobody knows it. */
export async function groupOf(name: string, city: CityData, rows: readonly Row[], sites: ReadonlyMap<string, Site>): Promise<Group | undefined> {
  if (name === 'worst') return { title: s('worst'), keys: new Set(worstOf(rows).map((row) => row.site.key)) };
  const change = CHANGES.find((one) => name === `change.${one}`);
  if (change) return { title: s(`change_${change}`), keys: new Set((await changes(city, sites))[change]) };
  const at = name.lastIndexOf('.');
  const outcome = (['met', 'not_met', 'unknown'] as const).find((one) => one === name.slice(at + 1));
  if (at < 1 || !outcome) return undefined;
  const targets = await city.targets();
  const found = targets.flatMap(measuresOf).find((one) => one.name === name.slice(0, at));
  if (!found?.measure.ids) return undefined;
  const keys = keysOf(found.measure.ids[outcome], sites);
  const words = { met: 'met', not_met: 'notMet', unknown: 'unknownCount' } as const;
  // The number comes first, for a chip may cut the end.
  return { title: `${s(words[outcome], { count: keys.size })}: ${pick(found.measure.title)}`, keys };
}

/** What changed since the quarter before, by kind. */
export async function changes(city: CityData, sites: ReadonlyMap<string, Site>): Promise<Record<Change, string[]>> {
  return changesOf(await city.before(), [...sites.values()]);
}
