/** The files of what is filtered, and the ways into QGIS. */

import type { VNode } from 'preact';
import { dated, serverUrl, type Collection } from '../api.ts';
import { formatNumber } from '../i18n.ts';
import { SITE_COLLECTIONS, type Site, type SiteCollection } from '../sites.ts';
import { h } from '../ui/h.ts';
import { CopyButton } from '../ui/parts.ts';
import { collectionTitle } from '../values.ts';
import { cql, sitesFilter } from './cql.ts';
import { propertyOf, type Frame } from './facets.ts';
import type { Column, Find, Sort } from './state.ts';
import { s } from './words.ts';

const FORMATS = [
  ['csv', 'CSV'],
  ['xlsx', 'XLSX'],
  ['json', 'GeoJSON'],
  ['gpkg', 'GeoPackage'],
] as const;

/** Every site of the city fits into one answer. */
const MOST = 10_000;

/** No address may be longer, in bytes: the server takes 65,534. */
const LONGEST = 60_000;

/** What the files are made of. */
export interface Wanted {
  collections: Map<string, Collection>;
  asOf: string | undefined;
  find: Find;
  frame: Frame;
  /** All sites, and those that the files hold. */
  all: readonly Site[];
  shown: readonly Site[];
  /** Whether the sites were chosen one by one: by ticks, or as a group of the overview. */
  isByName: boolean;
  isPicked: boolean;
}

/** The links to the files, one line for each collection. */
export function fileLinks(wanted: Wanted): VNode[] {
  const lines = SITE_COLLECTIONS.flatMap((id) => line(id, wanted));
  return [h('p', { class: 'quiet' }, s(lines.length === 0 ? 'filesNone' : wanted.isPicked ? 'filesPicked' : 'filesHint')), ...lines];
}

function line(id: SiteCollection, { collections, asOf, find, frame, all, shown, isByName }: Wanted): VNode[] {
  const declared = collections.get(id);
  const own = shown.filter(({ collection }) => collection === id);
  if (!declared || own.length === 0) return [];
  const names = new Set(declared.langxanh?.fields.map(({ name }) => name));
  const keys = new Set(own.map(({ key }) => key));
  const filter = isByName ? sitesFilter(own, all.filter(({ collection, key }) => collection === id && !keys.has(key)), names) : cql(find, frame, id, names, asOf);
  const title = h('span', {}, s('filesOf', { title: collectionTitle(declared), count: formatNumber(own.length) }));
  if (filter === undefined || encodeURIComponent(filter).length > LONGEST) return [h('p', { class: 'file-line' }, title, h('span', { class: 'quiet' }, s(filter === undefined ? 'filesCannot' : 'filesMany')))];
  const links = FORMATS.map(([format, text]) => h('a', { href: itemsUrl(id, format, filter, asOf, sortby(find.sort, id, names, asOf)).href, download: `${id}.${format === 'json' ? 'geojson' : format}` }, text));
  return [h('p', { class: 'file-line', 'data-collection': id }, title, links)];
}

/** The address of the features that a filter leaves. */
export function itemsUrl(id: SiteCollection, format: string, filter: string, asOf: string | undefined, order: string | undefined): URL {
  const url = dated(serverUrl(`collections/${id}/items?f=${format}&limit=${MOST}`), asOf);
  if (filter) url.searchParams.set('filter', filter);
  if (order) url.searchParams.set('sortby', order);
  return url;
}

/** The table's order where it is that of a property, and none where the page alone knows it. */
function sortby({ column, isDown }: Sort, id: SiteCollection, names: ReadonlySet<string>, asOf: string | undefined): string | undefined {
  const property: Partial<Record<Column, string>> = {
    name: 'name_vi',
    ratio: 'effluent_worst_ratio',
    district: propertyOf('district', id, asOf).name,
    commune: propertyOf('commune', id, asOf).name,
    investor: propertyOf('investor', id, asOf).name,
    year: propertyOf('year', id, asOf).name,
  };
  const name = property[column];
  return name && names.has(name) ? `${isDown ? '-' : '+'}${name}` : undefined;
}

/** The ways into QGIS. */
export function qgisWays(): VNode[] {
  const address = serverUrl('').href;
  return [h('h3', {}, s('qgis')), h('p', {}, h('code', {}, address)), h('p', { class: 'file-line' }, h(CopyButton, { address: () => address, label: s('qgisCopy') }), h('a', { href: serverUrl('qgis/langxanh.qgz').href, download: 'langxanh.qgz' }, s('qgisProject')))];
}
