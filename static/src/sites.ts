/** Clusters and craft villages as the page shows them, whichever collection they came from. */

import type { Geometry, Position } from 'geojson';
import type { Collection, Item } from './api.ts';
import { FIRST_DAY_OF_COMMUNES } from './dates.ts';
import { pointOn } from './geometry.ts';
import { lang, t } from './i18n.ts';
import { fieldOf, valueText } from './values.ts';

/** The collections whose features carry a compliance status. */
export const SITE_COLLECTIONS = ['clusters', 'craft_villages'] as const;
export type SiteCollection = (typeof SITE_COLLECTIONS)[number];

/** The compliance statuses, in the order in which the page lists them: what needs attention first. */
export const STATUSES = ['non_compliant', 'unknown', 'compliant', 'not_applicable'] as const;
export type Status = (typeof STATUSES)[number];

/** A cluster or a craft village. */
export interface Site {
  /** `collection/id`: unique on the page, and the fragment of its address. */
  key: string;
  collection: SiteCollection;
  id: string;
  name: string;
  status: Status;
  /** The status in words. */
  statusTitle: string;
  /** Where its mark stands; null where the register has no position. */
  point: Position | null;
  geometry: Geometry | null;
  properties: Record<string, unknown>;
}

/** The site of a feature. A status that is missing or not known to the page is unknown, never a pass. */
export function siteOf(collection: SiteCollection, item: Item, declared?: Collection): Site {
  const stated = item.properties.compliance_status as Status;
  const status = STATUSES.includes(stated) ? stated : 'unknown';
  return {
    key: `${collection}/${item.id}`,
    collection,
    id: item.id,
    name: String(item.properties.name_vi ?? item.id),
    status,
    statusTitle: statusTitle(declared, status),
    point: pointOn(item.geometry),
    geometry: item.geometry,
    properties: item.properties,
  };
}

/** A status in words, as the collection declares it. */
export function statusTitle(declared: Collection | undefined, status: Status): string {
  return valueText(fieldOf(declared, 'compliance_status'), status);
}

/** A commune's name with its type, e.g. "Phường Nghĩa Đô". */
export function unitName({ unit_type: type, name_vi: name }: Record<string, unknown>): string {
  return [type, name].filter(Boolean).join(' ');
}

/**
 * Where a site lies, in words, which tells villages of one name apart: its commune and former district or,
 * assessed for a day that still had districts, the commune and district of then.
 */
export function placeOf(properties: Record<string, unknown>): string {
  const text = (name: string) => (typeof properties[name] === 'string' ? (properties[name] as string) : '');
  const district = text('district_legacy');
  const asOf = text('compliance_as_of');
  const parts = asOf && asOf < FIRST_DAY_OF_COMMUNES ? [text('commune_legacy'), district] : [text('commune_2025'), district && t('formerDistrict', { district })];
  return parts.filter(Boolean).join(', ');
}

/** Whether anything about the site, its row or what its status rests on, is made up. */
export function isDemo(site: Site): boolean {
  return site.properties.is_demo === true || site.properties.demo_data === true;
}

/** Orders names as the page's language does. */
export const byName = (a: { name: string }, b: { name: string }): number => collator.compare(a.name, b.name);
const collator = new Intl.Collator(lang === 'vi' ? 'vi' : ['en', 'vi'], { numeric: true });

/** How many sites of each collection have each status. */
export function countByStatus(sites: Site[]): Record<SiteCollection, Record<Status, number>> {
  const none = () => Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  const counts = { clusters: none(), craft_villages: none() };
  for (const site of sites) counts[site.collection][site.status] += 1;
  return counts;
}

/** The plans of a site, as a register of plans names them: a cluster and a village may go by one id. */
export function plansOf({ collection, id }: Pick<Site, 'collection' | 'id'>, plans: Item[]): Item[] {
  return plans.filter(({ properties }) => properties.site_id === id && properties.site_collection === collection);
}
