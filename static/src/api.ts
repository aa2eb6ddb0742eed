/** Reads the server's OGC API; knows its addresses and answers, nothing of the page. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import { ACCEPT, takeEarly } from './early.ts';
import type { Text } from './i18n.ts';

/** A field of a collection as the server declares it. */
export interface Field {
  name: string;
  title: Text;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime';
  unit?: string | null;
  codes?: { code: string; title: Text }[] | null;
  /** The collection whose ids it holds. */
  references?: string | null;
}

/** A collection of the server. */
export interface Collection {
  id: string;
  title: string;
  /** West, south, east, north of its features, perhaps with heights between. */
  extent?: { spatial?: { bbox?: number[][] } };
  /** The system its places are stored in, as a URI. */
  storageCrs?: string;
  langxanh?: {
    kind?: 'register' | 'derived' | 'table';
    title: Text;
    description: Text;
    geometry: string | null;
    fields: Field[];
    /** Whether rows of plans that are drafts are left out for who asks. */
    keepsDrafts?: boolean;
  };
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
  /** `verified`, or whose memory it rests on. */
  confidence?: string | null;
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
  /** The name of the parameter that is meant, where one is. */
  title?: Text | null;
}

/** How heavy a breach of a rule weighs. */
export type Severity = 'breach' | 'warning' | 'advice';

/** One rule's outcome for a site, with why. */
export interface RuleOutcome {
  rule: string;
  title: Text;
  core: boolean;
  severity?: Severity | null;
  outcome: Outcome;
  /** A closer word for the outcome, such as `legacy_below_minimum`. */
  result?: string | null;
  reason?: Text | null;
  legal_basis?: LegalBasis[];
  missing?: Missing[];
  evidence?: Evidence[];
  /** What would settle it, where it is unknown or breached: what to do (a breach alone), and what would prove it. */
  settled_by?: { action: Text | null; proof: Text } | null;
}

/** The assessment of one site. */
export interface Assessment {
  as_of: string;
  status: string;
  rules: RuleOutcome[];
  advice?: RuleOutcome[];
}

/** How a site stood at the end of a quarter. */
export interface Quarter {
  /** Such as `2026-Q4`. */
  quarter: string;
  from: string;
  to: string;
  /** The day it was judged for: the quarter's last, or today in the running one. */
  as_of: string;
  /** False where the site was not in the register. */
  on_record?: boolean | null;
  status: string;
  detail_status: string | null;
}

/** Something that happened to a site, or was planned to. */
export interface TimelineEvent {
  date: string | null;
  kind: string;
  title: Text;
  detail?: Text | null;
  collection?: string | null;
  id?: string | null;
  is_demo?: boolean | null;
  /** It stands in a plan and is not on record as done. */
  planned?: boolean | null;
}

/** A later change of what the registers say of a site. */
export interface Correction {
  collection: string;
  id: string;
  at: string;
  who?: string | null;
  what: Text | string;
  /** The day from which the changed record speaks. */
  holds_from?: string | null;
}

/** The last twelve quarters of a site, oldest first, and its events. */
export interface SiteHistory {
  as_of: string;
  quarters: Quarter[];
  rules: { id: string; title: Text; core: boolean }[];
  /** By rule, an outcome for each quarter. */
  grid: Record<string, (string | null)[]>;
  timeline?: TimelineEvent[] | null;
  corrections?: Correction[] | null;
}

/** One value of a parameter and how it stood with the limit of its day; numbers are in the parameter's unit. */
export interface SamplePoint {
  date: string;
  sample_id: string;
  value: number | null;
  /** As the laboratory wrote it. */
  reported: string;
  /** `lt`: below the number given; `nd`: not detected. */
  censored: 'none' | 'lt' | 'nd';
  limit: { min: number | null; max: number | null } | null;
  ratio: number | null;
  verdict: 'pass' | 'fail' | 'not_assessable';
  note?: Text | null;
  is_demo?: boolean | null;
}

/** The values of a parameter at one sampling point, in time. */
export interface SampleSeries {
  station: string;
  station_name?: string | null;
  sample_point?: string | null;
  points: SamplePoint[];
}

/** A parameter of a site's effluent. */
export interface EffluentParameter {
  parameter: string;
  title: Text;
  unit?: string | null;
  series: SampleSeries[];
}

/** Every effluent value of a site up to a day. */
export interface Effluent {
  as_of: string;
  parameters: EffluentParameter[];
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

/** A part of an address without its escapes; as it stands where they are broken. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of one record, for people, as it stood on a day; undefined is today. */
export function recordUrl(collection: string, id: string, asOf?: string): string {
  return dated(serverUrl(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}?f=html`), asOf).href;
}

/** The address of a site's assessment, or of one of its parts, for a day; undefined is today. */
export function assessmentUrl(collection: string, id: string, asOf?: string, part: '' | '/history' | '/effluent' = ''): URL {
  return dated(serverUrl(`compliance/${encodeURIComponent(collection)}/${encodeURIComponent(id)}${part}`), asOf);
}

/** The address of a page about the whole city, for people. */
export function reviewUrl(page: 'targets' | 'duties' | 'quality', asOf?: string): URL {
  return dated(serverUrl(`compliance/${page}?f=html`), asOf);
}

/** The address for a day; undefined is today. */
export function dated(url: URL, asOf: string | undefined): URL {
  if (asOf) url.searchParams.set('as-of', asOf);
  return url;
}

/** All collections, by id. */
export async function fetchCollections(signal?: AbortSignal): Promise<Map<string, Collection>> {
  const answer = await fetchJson<{ collections: Collection[] }>(serverUrl('collections?f=json'), signal);
  return new Map(answer.collections.map((collection) => [collection.id, collection]));
}

/** Which features of a collection are wanted. */
export interface Wanted {
  /** As they stood on this day; undefined is today. */
  asOf?: string | undefined;
  /** West, south, east, north. */
  bbox?: number[];
  /** Values that properties must have. */
  where?: Record<string, string>;
  /** The URI of the system in which positions are wanted; undefined is longitude and latitude. */
  crs?: string | undefined;
  signal?: AbortSignal;
}

/** What the operator has configured as basemap; nothing where there is none. */
export interface ConfiguredBasemap {
  /** A PMTiles file on our server, relative to the page. */
  pmtiles?: string;
  /** Addresses of pictures with `{z}`, `{x}` and `{y}`. */
  tiles?: string[];
  attribution?: string;
  min_zoom?: number;
  max_zoom?: number;
}

/** The basemap that is configured. */
export function fetchBasemap(): Promise<ConfiguredBasemap> {
  return fetchJson(serverUrl('basemap'));
}

/** The features that are wanted, page by page to the end. */
export async function fetchItems(collection: string, { asOf, bbox, where = {}, crs, signal }: Wanted = {}): Promise<Item[]> {
  const items: Item[] = [];
  const first = dated(serverUrl(`collections/${encodeURIComponent(collection)}/items?f=json&limit=10000`), asOf);
  for (const [name, value] of Object.entries(where)) first.searchParams.set(name, value);
  if (bbox) first.searchParams.set('bbox', bbox.join(','));
  if (crs) first.searchParams.set('crs', crs);
  let url: URL | undefined = first;
  while (url) {
    const page: FeatureCollection & { links?: { rel: string; href: string }[] } = await fetchJson(url, signal);
    for (const feature of page.features) items.push(feature as Item);
    const next = page.links?.find((link) => link.rel === 'next');
    url = next && new URL(next.href, url);
  }
  return items;
}

/** One feature as it stood on a day; undefined is today. */
export function fetchItem(collection: string, id: string, asOf?: string): Promise<Item> {
  return fetchJson(dated(serverUrl(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}?f=json`), asOf));
}

/** The features of a collection that are about a site. */
export async function fetchOfSite(name: string, { collection, id }: { collection: string; id: string }, asOf?: string): Promise<Item[]> {
  const items = await fetchItems(name, { asOf, where: { site_id: id } });
  // A cluster and a village may go by one id.
  return items.filter(({ properties }) => properties.site_collection === collection);
}

/** The assessment of one site. */
export function fetchAssessment(collection: string, id: string, asOf?: string): Promise<Assessment> {
  return fetchJson(assessmentUrl(collection, id, asOf));
}

/** The quarters and events of one site up to a day. */
export function fetchHistory(collection: string, id: string, asOf?: string): Promise<SiteHistory> {
  return fetchJson(assessmentUrl(collection, id, asOf, '/history'));
}

/** The effluent values of one site up to a day. */
export function fetchEffluent(collection: string, id: string, asOf?: string): Promise<Effluent> {
  return fetchJson(assessmentUrl(collection, id, asOf, '/effluent'));
}

/** An answer of the server as JSON; anything but success is a `ServerError`. */
export async function fetchJson<T>(url: URL, signal?: AbortSignal): Promise<T> {
  const response = await (takeEarly(url.href) ?? fetch(url, { headers: ACCEPT, signal }));
  if (!response.ok) throw new ServerError(response.status, url.href);
  return (await response.json()) as T;
}
