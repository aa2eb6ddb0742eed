/** Talks to the server about changes: who may make them, making them, and what was made; knows nothing of the page. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import { serverUrl, type Item } from '../api.ts';
import type { Text } from '../i18n.ts';

/** One fault of what was sent. `pointer` leads to it as RFC 6901 says, such as `/properties/name_vi`; empty where it is the whole. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** A problem document (RFC 9457), or what stands for one where the answer had none. */
export interface Problem {
  title?: string;
  detail?: string;
  errors?: Fault[];
  /** The version that is there now, where another one was expected. */
  etag?: string;
  current?: Item;
  /** Rows that stand in the way of an undo. */
  rows?: { collection: string; id: string }[];
}

/** The server refused. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** Seconds to wait before another try, where the server says so. */
    readonly retryAfter: number | undefined,
  ) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
  }
}

/** Who is signed in. */
export interface Me {
  name: string;
  role: 'viewer' | 'editor' | 'approver' | 'admin';
  /** All of them where it is null or says `*`. */
  collections?: string[] | string | null;
  districts?: string[] | string | null;
  proposes?: boolean;
  expires_at?: string | null;
}

/** What this visitor may do to a collection or a feature. */
export interface Rights {
  create: boolean;
  update: boolean;
  remove: boolean;
}

/** What a collection holds, as JSON Schema. */
export interface Schema {
  properties: Record<string, SchemaField>;
  required?: string[];
}

export interface SchemaField {
  type?: string;
  format?: string;
  title?: string;
  enum?: (string | number)[];
  readOnly?: boolean;
  maxLength?: number;
  'x-ogc-role'?: string;
  'x-ogc-unit'?: string;
}

/** A feature with the version it is in. */
export interface Versioned {
  feature: Item;
  etag: string | undefined;
}

/** How an edit ended: written, or waiting for an approver. */
export type Saved = { state: 'saved'; id: string; etag: string | undefined } | { state: 'proposed'; proposal: string };

/** A change of a feature as a merge patch: null takes a value away. */
export interface Patch {
  properties?: Record<string, unknown>;
  geometry?: Geometry | null;
}

/** How an edit is told and guarded. */
export interface EditOptions {
  /** Why, in the person's own words. */
  message?: string | undefined;
  etag?: string | undefined;
  /** The system of the geometry, as a URI; undefined is longitude and latitude. */
  crs?: string | undefined;
}

export type Operation = 'insert' | 'create' | 'update' | 'replace' | 'delete';

/** One state of a feature. */
export interface Version {
  change: number | string;
  at: string;
  who: string | null;
  what?: string | Text | null;
  why?: string | null;
  operation: Operation;
  changed?: string[] | null;
  /** The state after the change; null where it was deleted. */
  feature: Item | null;
}

/** A change of the register: what one person did at once. */
export interface Change {
  id: number | string;
  at: string;
  who: string | null;
  what?: string | Text | null;
  why?: string | null;
  /** What was changed of each collection. */
  collections: { collection: string; inserted: number; updated: number; deleted: number }[];
  rows?: ChangedRow[];
}

export interface ChangedRow {
  collection: string;
  id: string;
  operation: Operation;
  before: Item | null;
  after: Item | null;
  /** Of a proposed edit: the record is still as its author saw it. */
  is_current?: boolean;
}

/** Edits that wait for an approver, as they are listed. */
export interface Proposal {
  id: number | string;
  state: 'open' | 'accepted' | 'rejected';
  at: string;
  who: string;
  why?: string | null;
  note?: string | null;
  decided_by?: string | null;
  decided_at?: string | null;
}

/** A proposal with what it would change. */
export interface ProposalWithEdits extends Proposal {
  edits: ChangedRow[];
}

/** A picture that belongs to a feature. */
export interface Attachment {
  sha256: string;
  media_type?: string;
  size?: number;
  at?: string;
  who?: string | null;
}

export type ImportMode = 'append' | 'upsert' | 'replace';

/** How a file is to be read. */
export interface ImportOptions {
  collection: string;
  mode: ImportMode;
  crs?: string | undefined;
  encoding?: string | undefined;
  layer?: string | undefined;
  'id-field'?: string | undefined;
}

/** What is said of the drawing of a 1/500 plan beside that, by the names of the command line. */
export interface DrawingOptions {
  plan: string;
  /** Such as `clusters/phung`. */
  site: string;
  name?: string | undefined;
  /** The unit of the drawing; undefined is what it says itself. */
  unit?: 'm' | 'mm' | undefined;
  'swap-xy'?: 'true' | undefined;
  /** Metres within which loose lines are joined. */
  snap?: string | undefined;
}

/** A fault of a row of a file. */
export interface RowFault {
  row: number;
  field?: string | null;
  detail: string;
}

/** A file on its way in. */
export interface Import {
  id: string;
  state: 'reading' | 'ready' | 'refused' | 'failed' | 'committed';
  filename: string;
  /** How it was read, as far as somebody said. */
  options: Partial<Record<'crs' | 'encoding' | 'layer' | 'id-field', string | null>> & { collection: string; mode: ImportMode; mapping?: Partial<Mapping> | null; plan?: { plan: string; site: string } | null };
  /** The share that is read, from 0 to 1. */
  progress?: number | null;
  /** Why it was refused or failed. */
  detail?: string | null;
  /** The layers or sheets there are, where one must be named. */
  layers?: string[] | null;
  /** How many rows were read; of a drawing by collection. */
  rows?: number | Record<string, number> | null;
  columns?: ImportColumn[] | null;
  counts?: Partial<Record<'inserted' | 'updated' | 'unchanged' | 'deleted', number>> | null;
  faulty_rows?: number | null;
  faults?: RowFault[] | null;
  more_faults?: number | null;
  notes?: string[] | null;
  /** The first rows in longitude and latitude; each has the number of its row as a member `row`. */
  preview?: FeatureCollection | null;
}

/** Why a column goes where it goes. */
export type ColumnWhy = 'id' | 'place' | 'mapping' | 'name' | 'short-name' | 'title' | 'made' | 'unused';

export interface ImportColumn {
  source: string;
  /** The field it goes into, `id` or `geometry`; null where it is left out. */
  field: string | null;
  why: ColumnWhy;
}

/** As a mapping file of the command line: for each field its column, or one value for all rows. */
export interface Mapping {
  fields: Record<string, string>;
  constants: Record<string, string>;
}

interface Sending {
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string | undefined>;
  json?: unknown;
  type?: string;
  body?: Blob;
  signal?: AbortSignal | undefined;
}

/** Every decimal of a longitude or latitude that a store can hold: what goes back must be what came. */
const FULL_PRECISION = 15;

const enc = encodeURIComponent;
const itemPath = (collection: string, id: string) => `collections/${enc(collection)}/items/${enc(id)}`;

/** Every request that needs to know who asks; `token` is read anew for each. */
export class Client {
  constructor(private readonly token: () => string | undefined) {}

  /** Who the token belongs to; a token on trial may be given. */
  async me(token?: string): Promise<Me> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return (await this.send('GET', 'me', { headers })).json() as Promise<Me>;
  }

  /** What the visitor may do, by the answer to OPTIONS. */
  async rights(collection: string, id?: string): Promise<Rights> {
    const path = id === undefined ? `collections/${enc(collection)}/items` : itemPath(collection, id);
    const response = await this.send('OPTIONS', path);
    return rightsOf(response.headers.get('Allow'));
  }

  async schema(collection: string): Promise<Schema> {
    return (await this.send('GET', `collections/${enc(collection)}/schema`)).json() as Promise<Schema>;
  }

  /** A feature as it is now, with its version. */
  async item(collection: string, id: string, crs?: string): Promise<Versioned> {
    const response = await this.send('GET', itemPath(collection, id), { query: { f: 'json', crs, precision: crs ? undefined : FULL_PRECISION } });
    return { feature: (await response.json()) as Item, etag: response.headers.get('ETag') ?? undefined };
  }

  /** Features whose text matches, or of a site; the first ones of many. */
  async find(collection: string, query: Record<string, string>, limit = 50): Promise<{ items: Item[]; matched: number | undefined }> {
    const response = await this.send('GET', `collections/${enc(collection)}/items`, { query: { f: 'json', limit, ...query } });
    const page = (await response.json()) as FeatureCollection & { numberMatched?: number };
    return { items: page.features as Item[], matched: page.numberMatched };
  }

  /** Makes a feature. With an id of the page's own it is made once, however often it is sent. */
  async create(collection: string, feature: Feature<Geometry | null, Record<string, unknown>>, { message, crs }: EditOptions = {}): Promise<Saved> {
    const once = feature.id === undefined ? undefined : '*';
    const response = await this.send('POST', `collections/${enc(collection)}/items`, {
      json: feature,
      type: 'application/geo+json',
      headers: { 'If-None-Match': once, ...told(message, crs) },
    });
    return savedOf(response, String(feature.id ?? lastSegment(response.headers.get('Location'))));
  }

  async update(collection: string, id: string, patch: Patch, { message, etag, crs }: EditOptions): Promise<Saved> {
    const response = await this.send('PATCH', itemPath(collection, id), {
      json: patch,
      type: 'application/merge-patch+json',
      headers: { 'If-Match': etag, ...told(message, patch.geometry ? crs : undefined) },
    });
    return savedOf(response, id);
  }

  async remove(collection: string, id: string, { message, etag }: EditOptions): Promise<Saved> {
    return savedOf(await this.send('DELETE', itemPath(collection, id), { headers: { 'If-Match': etag, ...told(message) } }), id);
  }

  async versions(collection: string, id: string, signal?: AbortSignal): Promise<Version[]> {
    const response = await this.send('GET', `${itemPath(collection, id)}/versions`, { signal });
    return ((await response.json()) as { versions: Version[] }).versions;
  }

  async changes(query: Record<string, string | number | undefined>): Promise<{ changes: Change[]; next: string | undefined }> {
    const answer = (await (await this.send('GET', 'changes', { query })).json()) as { changes: Change[]; links?: { rel: string; href: string }[]; next?: string };
    const next = answer.links?.find(({ rel }) => rel === 'next')?.href;
    return { changes: answer.changes, next: answer.next ?? (next ? (new URL(next, document.baseURI).searchParams.get('token') ?? undefined) : undefined) };
  }

  async change(id: number | string): Promise<Change> {
    return (await this.send('GET', `changes/${enc(id)}`)).json() as Promise<Change>;
  }

  async undo(change: number | string, message?: string): Promise<void> {
    await this.send('POST', `changes/${enc(change)}/undo`, { json: message ? { message: oneLine(message) } : {} });
  }

  async proposals(state: 'open' | 'accepted' | 'rejected' = 'open'): Promise<Proposal[]> {
    return ((await (await this.send('GET', 'proposals', { query: { state } })).json()) as { proposals: Proposal[] }).proposals;
  }

  async proposal(id: number | string): Promise<ProposalWithEdits> {
    return (await this.send('GET', `proposals/${enc(id)}`)).json() as Promise<ProposalWithEdits>;
  }

  async decide(id: number | string, decision: 'accept' | 'reject', note: string): Promise<void> {
    await this.send('POST', `proposals/${enc(id)}/${decision}`, { json: note ? { note: oneLine(note) } : {} });
  }

  /** Accepts or dismisses a violation that the review of a plan proposes; answers how it stands then. */
  async decideViolation<T>(plan: string, proposal: string, decision: 'accept' | 'dismiss', note: string): Promise<T> {
    const response = await this.send('POST', `plans/${enc(plan)}/proposed/${enc(proposal)}/${decision}`, { json: note ? { note } : {} });
    return (await response.json()) as T;
  }

  async attachments(collection: string, id: string, signal?: AbortSignal): Promise<Attachment[]> {
    const response = await this.send('GET', `${itemPath(collection, id)}/attachments`, { signal });
    return ((await response.json()) as { attachments: Attachment[] }).attachments;
  }

  async attach(collection: string, id: string, picture: Blob, message?: string): Promise<void> {
    await this.send('POST', `${itemPath(collection, id)}/attachments`, { body: picture, type: picture.type, headers: told(message) });
  }

  async detach(collection: string, id: string, sha256: string): Promise<void> {
    await this.send('DELETE', `${itemPath(collection, id)}/attachments/${enc(sha256)}`);
  }

  /** Hands a file over to be read; nothing of it is in the register yet. */
  async startImport(file: File, options: ImportOptions, drawing?: DrawingOptions): Promise<string> {
    const query = { ...options, ...drawing, filename: file.name };
    const response = await this.send('POST', 'imports', { query, body: file, type: file.type || 'application/octet-stream' });
    const { id } = (await response.json().catch(() => ({}))) as { id?: string };
    return id ?? lastSegment(response.headers.get('Location'));
  }

  async import(id: string, signal?: AbortSignal): Promise<Import> {
    const answer = (await (await this.send('GET', `imports/${enc(id)}`, { signal })).json()) as Import;
    return { ...answer, id };
  }

  /** Has the file read again with other options. */
  async remap(id: string, options: Partial<Omit<ImportOptions, 'collection'>> & { mapping?: Mapping }): Promise<void> {
    await this.send('PATCH', `imports/${enc(id)}`, { json: options, type: 'application/merge-patch+json' });
  }

  /** Writes all rows, or with `skipBad` all that have no fault. */
  async commitImport(id: string, message: string, skipBad: boolean): Promise<void> {
    await this.send('POST', `imports/${enc(id)}/commit`, { json: { ...(message && { message: oneLine(message) }), ...(skipBad && { skip_bad: true }) } });
  }

  async discardImport(id: string): Promise<void> {
    await this.send('DELETE', `imports/${enc(id)}`);
  }

  private async send(method: string, path: string, { query = {}, headers = {}, json, type, body, signal }: Sending = {}): Promise<Response> {
    const url = serverUrl(path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    const all = new Headers({ Accept: 'application/geo+json, application/json' });
    const token = this.token();
    if (token) all.set('Authorization', `Bearer ${token}`);
    if (json !== undefined || body) all.set('Content-Type', type ?? 'application/json');
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) all.set(name, value);
    if (written && written.until > Date.now()) all.set('Langxanh-Not-Before', written.version);
    // No cookie is wanted, and no answer of before: what is edited must be what is there.
    const response = await fetch(url, { method, headers: all, body: json === undefined ? (body ?? null) : JSON.stringify(json), credentials: 'omit', cache: 'no-cache', redirect: 'error', ...(signal && { signal }) });
    if (response.ok) {
      if (method !== 'GET' && method !== 'OPTIONS') noteWritten(response.headers.get('Langxanh-Version'));
      return response;
    }
    const wait = Number(response.headers.get('Retry-After'));
    throw new Refusal(response.status, await problemOf(response), Number.isFinite(wait) && wait > 0 ? wait : undefined);
  }
}

/** What the server calls its state with what was last written here: until an instance of it has come so far, it lets us wait. */
let written: { version: string; until: number } | undefined;

/** Seconds for which that is kept. */
const KEPT = 300;

/** Notes it for what is asked here, and in a cookie for all else that the page asks: map, tables, tiles. It is no secret. */
function noteWritten(version: string | null): void {
  // A service that is alone has none.
  if (!version || !/^[0-9a-f]{8}-\d+$/.test(version)) return;
  written = { version, until: Date.now() + KEPT * 1000 };
  document.cookie = `langxanh-not-before=${version}; path=${new URL('./', document.baseURI).pathname}; max-age=${KEPT}; samesite=lax`;
}

/** The rights that an `Allow` header grants. */
export function rightsOf(allow: string | null): Rights {
  const methods = new Set((allow ?? '').split(',').map((method) => method.trim().toUpperCase()));
  return { create: methods.has('POST'), update: methods.has('PATCH') || methods.has('PUT'), remove: methods.has('DELETE') };
}

/** A message as it is kept: in one line. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** The headers that tell why, and in which system places are. Headers hold Latin letters alone. */
function told(message?: string, crs?: string): Record<string, string | undefined> {
  return { 'Langxanh-Message': message ? enc(oneLine(message)) : undefined, 'Content-Crs': crs && `<${crs}>` };
}

function savedOf(response: Response, id: string): Saved {
  if (response.status === 202) return { state: 'proposed', proposal: lastSegment(response.headers.get('Location')) };
  return { state: 'saved', id, etag: response.headers.get('ETag') ?? undefined };
}

function lastSegment(address: string | null): string {
  return decodeURIComponent(address?.replace(/[?#].*$/, '').split('/').filter(Boolean).at(-1) ?? '');
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const { errors, ...problem } = (await response.json()) as Omit<Problem, 'errors'> & { errors?: Partial<Fault & { parameter: string }>[] };
    // Faults of parameters are named, faults of content are pointed to.
    return errors ? { ...problem, errors: errors.map(({ pointer, parameter, detail }) => ({ pointer: pointer ?? parameter ?? '', detail: detail ?? '' })) } : problem;
  } catch {
    return {};
  }
}
