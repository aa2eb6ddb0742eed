/** What is filtered, in CQL2 text for one collection, so that a file holds the very sites of the table. */

import { STATUSES, type Site, type SiteCollection } from '../sites.ts';
import { propertyOf, type Frame } from './facets.ts';
import { FACETS, type Corner, type Facet, type Find } from './state.ts';

/** A text as a literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The filter of a collection with these properties: empty where all of it is wanted, undefined where none of it can be.
 * A group is not in it: `sitesFilter` names its sites.
 */
export function cql(find: Find, { statuses }: Frame, collection: SiteCollection, properties: ReadonlySet<string>, asOf: string | undefined): string | undefined {
  const parts: string[] = [];
  if (statuses.size === 0) return undefined;
  if (statuses.size < STATUSES.length) parts.push(`compliance_status IN (${STATUSES.filter((one) => statuses.has(one)).map(literal).join(',')})`);
  for (const facet of FACETS) {
    const values = find.facets[facet] ?? [];
    if (values.length === 0) continue;
    if (facet === 'kind') {
      if (!values.includes(collection)) return undefined;
      continue;
    }
    const { name } = propertyOf(facet, collection, asOf);
    if (properties.has(name)) parts.push(facetFilter(facet, values, collection, asOf));
    // What a collection does not record is not on record for any of its sites.
    else if (!values.includes('')) return undefined;
  }
  if (find.area) parts.push(areaFilter(find.area));
  return parts.join(' AND ');
}

function facetFilter(facet: Exclude<Facet, 'kind'>, values: readonly string[], collection: SiteCollection, asOf: string | undefined): string {
  const { name, separator } = propertyOf(facet, collection, asOf);
  const known = values.filter(Boolean);
  const numbers = known.map(Number).filter(Number.isFinite);
  const any: string[] = [];
  if (facet === 'year') {
    if (numbers.length > 0) any.push(`${name} IN (${numbers.join(',')})`);
  } else if (separator) any.push(...known.map((value) => isOneOf(name, value, separator)));
  else if (known.length > 0) any.push(`${name} IN (${known.map(literal).join(',')})`);
  if (values.includes('')) any.push(facet === 'year' ? `${name} IS NULL` : `${name} IS NULL OR ${name} = ''`);
  // A year that is no number is nobody's.
  return any.length === 0 ? `${name} IS NULL AND ${name} IS NOT NULL` : `(${any.join(' OR ')})`;
}

/** Whether a value is among several in one text; its whole, its first, its last or one between, so that no longer name counts. */
function isOneOf(name: string, value: string, separator: string): string {
  const escaped = value.replace(/[\\%_]/g, '\\$&');
  const like = [`${escaped}${separator}%`, `%${separator}${escaped}`, `%${separator}${escaped}${separator}%`];
  return [`${name} = ${literal(value)}`, ...like.map((pattern) => `${name} LIKE ${literal(pattern)}`)].join(' OR ');
}

function areaFilter(area: readonly Corner[]): string {
  const closed = [...area, area[0]!].map(([lon, lat]) => `${lon} ${lat}`);
  return `S_INTERSECTS(geom,POLYGON((${closed.join(',')})))`;
}

/** Properties that tell sites of one name apart, as far as it takes. */
const TELLING = ['name_vi', 'district_legacy', 'commune_legacy', 'trade_vi', 'area_ha', 'decision', 'established_on', 'source'];

/**
 * A filter for chosen sites of a collection: the server filters by properties, not by ids. `others` are the sites of
 * the collection that are not wanted; each is told apart by as few properties as it takes. Undefined where
 * a site cannot be told from another that is not wanted.
 */
export function sitesFilter(wanted: readonly Site[], others: readonly Site[], properties: ReadonlySet<string>): string | undefined {
  const telling = TELLING.filter((name) => properties.has(name));
  const terms = wanted.map((site) => {
    let rivals = others;
    const parts: string[] = [];
    for (const name of telling) {
      const left = rivals.filter((rival) => (rival.properties[name] ?? null) === (site.properties[name] ?? null));
      if (parts.length > 0 && left.length === rivals.length) continue;
      rivals = left;
      parts.push(equals(name, site.properties[name]));
      if (rivals.length === 0) return parts.length > 1 ? `(${parts.join(' AND ')})` : parts[0]!;
    }
    return undefined;
  });
  return terms.length > 0 && terms.every((term) => term !== undefined) ? [...new Set(terms)].join(' OR ') : undefined;
}

function equals(name: string, value: unknown): string {
  if (value === null || value === undefined) return `${name} IS NULL`;
  if (typeof value === 'number') return `${name} = ${value}`;
  return `${name} = ${/^\d{4}-\d{2}-\d{2}$/.test(String(value)) ? `DATE(${literal(String(value))})` : literal(String(value))}`;
}
