/** What a site's page reads of the server besides what the map reads too. */

import { dated, fetchJson, serverUrl } from '../api.ts';
import type { Text } from '../i18n.ts';
import type { SiteAddress } from './address.ts';

/** What lies around a site. */
export interface Neighbours {
  /** False where the site has no place on record. */
  has_place: boolean;
  uncertainty_m: number;
  numberMatched: number;
  /** Collections that are kept from who asks, and would be looked through otherwise. */
  kept: string[];
  neighbours: {
    collection: string;
    id: string;
    name: string | null;
    compliance_status: string | null;
    distance_m: number;
    uncertainty_m: number;
    within: 'yes' | 'perhaps';
    is_demo: boolean;
  }[];
}

/** Something in the data that cannot be right. */
export interface Fault {
  kind: string;
  severity: 'error' | 'warning' | 'notice';
  collection: string;
  id: string;
  field: string;
  message: Text;
}

/** A picture of a feature. */
export interface Picture {
  name: string;
  href: string;
  at: string;
  who: string | null;
  width: number;
  height: number;
}

/** One version of a record. */
export interface Version {
  change: number;
  at: string;
  who: string;
  why: string | null;
  operation: 'insert' | 'update' | 'delete';
  changed: string[];
}

const path = ({ collection, id }: SiteAddress) => `${encodeURIComponent(collection)}/${encodeURIComponent(id)}`;

/** What lies within the address's distance. */
export function fetchNeighbours(address: SiteAddress, signal?: AbortSignal): Promise<Neighbours> {
  return fetchJson(dated(serverUrl(`sites/${path(address)}/neighbours?f=json&distance=${address.distance}`), address.asOf), signal);
}

/** The faults in the site's data. */
export async function fetchFaults(address: SiteAddress): Promise<Fault[]> {
  const url = dated(serverUrl('compliance/quality?f=json'), address.asOf);
  url.searchParams.set('site', `${address.collection}/${address.id}`);
  return (await fetchJson<{ findings: Fault[] }>(url)).findings;
}

/** The site's pictures. */
export async function fetchPictures(address: SiteAddress): Promise<Picture[]> {
  return (await fetchJson<{ attachments: Picture[] }>(serverUrl(`collections/${path(address).replace('/', '/items/')}/attachments`))).attachments;
}

/** Where the versions of the site's record are. */
export function versionsUrl(address: SiteAddress, f: 'json' | 'html'): URL {
  return serverUrl(`collections/${path(address).replace('/', '/items/')}/versions?f=${f}`);
}

/** The newest versions of the site's record. */
export async function fetchVersions(address: SiteAddress): Promise<Version[]> {
  const url = versionsUrl(address, 'json');
  url.searchParams.set('limit', '20');
  return (await fetchJson<{ versions: Version[] }>(url)).versions;
}
