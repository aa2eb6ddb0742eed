/** The addresses of pages: that of a site stands at `sites/{collection}/{id}`, the day in its query; every page has its language there. */

import { decoded, serverUrl } from '../api.ts';
import { isDay } from '../dates.ts';
import { lang, type Lang } from '../i18n.ts';
import { SITE_COLLECTIONS, type SiteCollection } from '../sites.ts';

/** What an address asks for. */
export interface SiteAddress {
  collection: SiteCollection;
  id: string;
  /** Undefined is today. */
  asOf: string | undefined;
  /** How far around the site is looked, in metres. */
  distance: number;
}

/** The distances that can be chosen, in metres. */
export const DISTANCES = [500, 1000, 2000, 5000, 10_000] as const;
const USUAL = 2000;

/** What a page address asks for; undefined where it is none of a site. */
export function siteAddressOf(url: URL): SiteAddress | undefined {
  const [collection, id] = url.pathname.split('/').slice(-2).map(decoded);
  const known = SITE_COLLECTIONS.find((one) => one === collection);
  if (!known || !id) return undefined;
  const day = url.searchParams.get('as-of') ?? '';
  const distance = Number(url.searchParams.get('distance'));
  return { collection: known, id, asOf: isDay(day) ? day : undefined, distance: DISTANCES.find((one) => one === distance) ?? USUAL };
}

/** The address of a page, such as `compare` or, with a fragment alone, the map; Vietnamese goes without saying. */
export function pageUrl(path: string, of: Lang = lang): URL {
  const url = serverUrl(path);
  if (of !== 'vi') url.searchParams.set('lang', of);
  return url;
}

/** The address of a site's page; without a language it is the Vietnamese one. */
export function siteUrl(collection: string, id: string, { asOf, distance, lang }: { asOf?: string | undefined; distance?: number; lang?: string } = {}): URL {
  const url = serverUrl(`sites/${encodeURIComponent(collection)}/${encodeURIComponent(id)}`);
  if (asOf) url.searchParams.set('as-of', asOf);
  if (distance && distance !== USUAL) url.searchParams.set('distance', String(distance));
  if (lang && lang !== 'vi') url.searchParams.set('lang', lang);
  return url;
}
