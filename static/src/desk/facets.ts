/** Picks sites out by their properties: one of the values within a facet, all facets together. */

import { FIRST_DAY_OF_COMMUNES } from '../dates.ts';
import type { Site, Status } from '../sites.ts';
import { touches } from './area.ts';
import { FACETS, type Facet, type Find } from './state.ts';

/** A site as a row of the table; null is what is not on record. */
export interface Row {
  site: Site;
  /** How many core rules it breaches, and how many cannot be judged; null where the server does not say. */
  breaches: number | null;
  unknowns: number | null;
  /** Its worst effluent value over the limit. */
  ratio: number | null;
  /** For each facet the values that the site has; a single empty text where nothing is on record. */
  values: Record<Facet, string[]>;
}

/** The row of a site. `core` are the ids of the rules that decide the status, undefined while they are not known. */
export function rowOf(site: Site, core: ReadonlySet<string> | undefined): Row {
  const { properties } = site;
  const count = (name: string) => (core && typeof properties[name] === 'string' ? parts(properties[name], ',').filter((rule) => core.has(rule)).length : null);
  const ratio = properties.effluent_worst_ratio;
  return { site, breaches: count('breached_rules'), unknowns: count('unknown_rules'), ratio: typeof ratio === 'number' ? ratio : null, values: valuesOf(site) };
}

/** The properties that a facet reads of a site's collection, and what parts several values in one text. */
export function propertyOf(facet: Exclude<Facet, 'kind'>, collection: Site['collection'], asOf: string | undefined): { name: string; separator?: ',' | ', ' } {
  switch (facet) {
    case 'breached':
      return { name: 'breached_rules', separator: ',' };
    case 'unknown':
      return { name: 'unknown_rules', separator: ',' };
    case 'district':
      return { name: 'district_legacy' };
    // An old commune may have been split between several new ones.
    case 'commune':
      return { name: asOf && asOf < FIRST_DAY_OF_COMMUNES ? 'commune_legacy' : 'commune_2025', separator: ', ' };
    case 'trade':
      return { name: collection === 'clusters' ? 'main_trade' : 'craft_group' };
    case 'investor':
      return { name: 'investor' };
    case 'year':
      return { name: 'established_year' };
  }
}

function valuesOf({ collection, properties }: Site): Record<Facet, string[]> {
  const asOf = typeof properties.compliance_as_of === 'string' ? properties.compliance_as_of : undefined;
  const values = (facet: Facet) => {
    // What a site is says the register that it stands in.
    if (facet === 'kind') return [collection];
    const { name, separator } = propertyOf(facet, collection, asOf);
    const value = properties[name];
    const texts = value === null || value === undefined ? [] : separator ? parts(String(value), separator) : [String(value)].filter(Boolean);
    return texts.length > 0 ? texts : [''];
  };
  return Object.fromEntries(FACETS.map((facet) => [facet, values(facet)])) as Record<Facet, string[]>;
}

function parts(text: unknown, separator: string): string[] {
  return String(text).split(separator).filter(Boolean);
}

/** What is shown beside the facets: the statuses, and the keys of the open group where there is one. */
export interface Frame {
  statuses: ReadonlySet<Status>;
  keys?: ReadonlySet<string> | undefined;
}

/** Whether the row passes everything; `except` leaves one facet out, as the counts beside its own values do. */
export function passes(row: Row, { facets, area }: Find, { statuses, keys }: Frame, except?: Facet | 'status'): boolean {
  if (except !== 'status' && !statuses.has(row.site.status)) return false;
  if (keys && !keys.has(row.site.key)) return false;
  for (const facet of FACETS) {
    const wanted = facets[facet];
    if (facet !== except && wanted && wanted.length > 0 && !row.values[facet].some((value) => wanted.includes(value))) return false;
  }
  return !area || touches(row.site.geometry, area);
}

/** How many of the rows have each value of a facet, the others applied; those that are chosen are there even with none. */
export function countsOf(rows: readonly Row[], facet: Facet, find: Find, frame: Frame): Map<string, number> {
  const counts = new Map((find.facets[facet] ?? []).map((value) => [value, 0]));
  for (const row of rows)
    if (passes(row, find, frame, facet)) for (const value of row.values[facet]) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The values of a facet with one added or taken away. */
export function toggled(values: readonly string[] = [], value: string): string[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
}

/** The statuses with one chosen or given up, where all of them stand for no choice. */
export function toggledStatus<T>(all: readonly T[], shown: ReadonlySet<T>, one: T): T[] {
  const next = shown.size === all.length ? [one] : all.filter((other) => (other === one ? !shown.has(other) : shown.has(other)));
  return next.length === 0 ? [...all] : next;
}
