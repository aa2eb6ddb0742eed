/** What the service worker does with a request: pure, so that what may be kept is a matter of a test and not of trust. */

/** How a request is answered. */
export type Way =
  /** As if there were no worker: nothing is kept and nothing is made up. */
  | 'through'
  /** A file of the page whose name tells its content: kept ones are as good as new. */
  | 'asset'
  /** The map's page: new where there is a network, else the kept one. */
  | 'page'
  /** The page of a site, or that of two side by side, which are the same for all of them: new where there is a network, else one that was seen. */
  | 'document'
  /** Data: new where there is a network, else a kept copy, which is said. */
  | 'data';

/** What is asked, as far as it matters. */
export interface Asked {
  method: string;
  /** The whole address. */
  url: string;
  /** Whether the reader moves to another page. */
  isNavigation: boolean;
  /** Whether it is asked in somebody's name. */
  isSigned: boolean;
}

/** Data that readers see: collections, tiles, assessments, plans, hotspots. Of collections only what the page reads, no downloads. */
const DATA = [
  /^collections$/,
  /^collections\/[^/]+\/items(\/[^/]+)?$/,
  /^tiles\/WebMercatorQuad\/\d+\/\d+\/\d+$/,
  /^compliance\/.+$/,
  /^hotspots(\/.+)?$/,
  /^plans$/,
  /^plans\/[^/]+\/(review|compare|proposed)$/,
  /^sites\/[^/]+\/[^/]+\/neighbours$/,
  /^search$/,
  /^basemap$/,
];

/** Pages that are one document for whatever they show, which their address says. */
const DOCUMENTS = { site: /^sites\/[^/]+\/[^/]+$/, compare: /^compare$/ };

/** Which of these documents stands at an address of a page at `scope`; undefined where none does. */
export function documentOf(url: string, scope: string): keyof typeof DOCUMENTS | undefined {
  const path = new URL(url).pathname.slice(new URL(scope).pathname.length);
  return (['site', 'compare'] as const).find((name) => DOCUMENTS[name].test(path));
}

/** Kinds of answers that are files to be saved, not data to be looked at. */
const FILES = new Set(['csv', 'xlsx', 'gpkg', 'fgb', 'geojsonl', 'geojsonseq', 'pdf', 'dxf', 'html', 'shp', 'kml']);

/** The way for a request to a page at `scope`, which ends with a slash. */
export function wayOf({ method, url, isNavigation, isSigned }: Asked, scope: string): Way {
  // Whoever has signed in sees what others must not: nothing of it stays on a device that others use.
  if (method !== 'GET' || isSigned || !url.startsWith(scope)) return 'through';
  const { pathname, searchParams } = new URL(url);
  const path = pathname.slice(new URL(scope).pathname.length);
  if (isNavigation) {
    if (searchParams.has('f')) return 'through';
    return path === '' ? 'page' : documentOf(url, scope) ? 'document' : 'through';
  }
  if (path.startsWith('assets/') || path === 'favicon.svg') return 'asset';
  if (FILES.has(searchParams.get('f') ?? '')) return 'through';
  return DATA.some((known) => known.test(path)) ? 'data' : 'through';
}

/** Whether an answer may be kept. */
export function mayBeKept({ status, type, headers }: Pick<Response, 'status' | 'type' | 'headers'>): boolean {
  return (status === 200 || status === 204) && type === 'basic' && !/no-store/.test(headers.get('cache-control') ?? '');
}

/** Whether an answer says that a copy shows what is no longer there, or no longer for everybody; a server that is busy or fails says nothing of it. */
export function endsCopy({ status }: Pick<Response, 'status'>): boolean {
  return [401, 403, 404, 410].includes(status);
}

/** Whether all files that a document loads are of this state of the page: another state's are gone when there is no network. */
export function isWhole(document: string, files: readonly string[]): boolean {
  const named = [...document.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file!);
  return named.length > 0 && named.every((file) => files.includes(file));
}

/** The map's page without the drawing of the city that the server had put into it: what a kept page shows is drawn from kept data. */
export function withoutDrawing(page: string): string {
  return page.replace(/<script type="application\/json" id="first-data">[\s\S]*?<\/script>/, '');
}

/** What is kept, in the order in which it was last taken, and what it weighs. */
export interface Kept {
  name: string;
  bytes: number;
}

/** What has to go so that the rest is within the bounds: the oldest first. */
export function surplus(kept: readonly Kept[], bounds: { bytes: number; count: number }): string[] {
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  let { length } = kept;
  const gone: string[] = [];
  for (const one of kept) {
    if (bytes <= bounds.bytes && length <= bounds.count) break;
    gone.push(one.name);
    bytes -= one.bytes;
    length -= 1;
  }
  return gone;
}
