/** Reads the server's OGC API; knows its addresses and answers, nothing of the page. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Text } from './i18n.ts';

/** A field of a collection as the server declares it. */
export interface Field {
  name: string;
  title: Text;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime';
  unit?: string | null;
  codes?: { code: string; title: Text }[] | null;
}

/** A collection of the server. */
export interface Collection {
  id: string;
  title: string;
  langxanh?: { title: Text; description: Text; geometry: string | null; fields: Field[] };
}

/** A feature whose id and properties are present, as every answer of the server has them. */
export type Item = Feature<Geometry | null, Record<string, unknown>> & { id: string };

/** How one rule came out for a site. */
export type Outcome = 'met' | 'breached' | 'unknown' | 'not_applicable';

/** A law or standard and, where known, since and until when it held. */
export interface LegalBasis {
  document: string;
  article?: string | null;
  from?: string | null;
  to?: string | null;
}

/** A fact that an outcome rests on; measured and allowed are text such as `< 0.002`, `≤ 74.25`, `6–9` or a code. */
export interface Evidence {
  collection: string;
  id: string;
  /** The field of the record or, of a sample, its parameter. */
  subject: string;
  /** The parameter's name. */
  title?: Text | null;
  measured?: string | null;
  allowed?: string | null;
  unit?: string | null;
  allowed_unit?: string | null;
  ratio?: string | null;
  date?: string | null;
  verdict?: 'pass' | 'fail' | 'not_assessable' | null;
  note?: Text | null;
  /** How sure the allowed value is: `verified`, or whose memory it rests on. */
  confidence?: string | null;
  source?: string | null;
  source_date?: string | null;
  is_demo?: boolean | null;
}

/** A fact that is not on record; `field` is empty where a whole record of the collection is. */
export interface Missing {
  collection: string;
  id?: string | null;
  field: string;
}

/** One rule's outcome for a site, with why. */
export interface RuleOutcome {
  rule: string;
  title: Text;
  core: boolean;
  outcome: Outcome;
  reason?: Text | null;
  legal_basis?: LegalBasis[];
  missing?: Missing[];
  evidence?: Evidence[];
}

/** The assessment of one site. */
export interface Assessment {
  as_of: string;
  status: string;
  rules: RuleOutcome[];
  advice?: RuleOutcome[];
}

/** The server answered, but not with what was asked for. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    url: string,
  ) {
    super(`${url} answered ${status}`);
  }
}

/** An address below the page's own, so that the page works behind a path prefix. */
export function serverUrl(path: string): URL {
  return new URL(path, new URL('./', document.baseURI));
}

/** The address of one record, for people. */
export function recordUrl(collection: string, id: string): string {
  return serverUrl(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}?f=html`).href;
}

/** The address of a site's assessment. */
export function assessmentUrl(collection: string, id: string): URL {
  return serverUrl(`compliance/${encodeURIComponent(collection)}/${encodeURIComponent(id)}`);
}

/** All collections, by id. */
export async function fetchCollections(signal?: AbortSignal): Promise<Map<string, Collection>> {
  const answer = await fetchJson<{ collections: Collection[] }>(serverUrl('collections?f=json'), signal);
  return new Map(answer.collections.map((collection) => [collection.id, collection]));
}

/** Every feature of a collection, or those in a box (west, south, east, north), page by page to the end. */
export async function fetchItems(collection: string, bbox?: number[], signal?: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  const first = serverUrl(`collections/${encodeURIComponent(collection)}/items?f=json&limit=10000`);
  if (bbox) first.searchParams.set('bbox', bbox.join(','));
  let url: URL | undefined = first;
  while (url) {
    const page: FeatureCollection & { links?: { rel: string; href: string }[] } = await fetchJson(url, signal);
    for (const feature of page.features) items.push(feature as Item);
    const next = page.links?.find((link) => link.rel === 'next');
    url = next && new URL(next.href, url);
  }
  return items;
}

/** The assessment of one site. */
export function fetchAssessment(collection: string, id: string, signal?: AbortSignal): Promise<Assessment> {
  return fetchJson(assessmentUrl(collection, id), signal);
}

async function fetchJson<T>(url: URL, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, { headers: { Accept: 'application/geo+json, application/json' }, signal });
  if (!response.ok) throw new ServerError(response.status, url.href);
  return (await response.json()) as T;
}
