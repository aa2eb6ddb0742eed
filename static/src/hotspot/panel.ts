/** The panel of hotspots: its head, its parts, the zones by rank, the sites of highest pressure, and downloads. */

import type { Ref, VNode } from 'preact';
import { dated, serverUrl, type Collection, type Item } from '../api.ts';
import { formatNumber, lang, t } from '../i18n.ts';
import { foldButton, jumps, paperHead } from '../panel/head.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';
import { printPage } from '../ui/print.ts';
import { classText, hotspotUrl, trendText, type PressureSite } from './data.ts';
import { quarterDayText, type Quarter } from './quarters.ts';
import { siteEntry } from './why.ts';
import { s, type HotspotKey } from './words.ts';

/** A part of the panel that can be jumped to. */
const PARTS = ['legend', 'zones', 'pressures', 'files'] as const;
export type PartId = (typeof PARTS)[number];
const JUMPS: Record<PartId, HotspotKey> = { legend: 'jumpLegend', zones: 'jumpZones', pressures: 'jumpSites', files: 'jumpFiles' };

/** How many sites the list of pressures shows. */
const PRESSING = 10;

/** The head of the panel; `back` leaves hotspots. */
export function hotspotHead(isFolded: boolean, fold: (isFolded: boolean) => void, back: () => void, title: Ref<HTMLElement>): VNode {
  return h(
    'header',
    { class: 'panel-head' },
    paperHead(s('title')),
    h('div', { class: 'panel-title' }, h('p', { class: 'kind' }, s('kind')), h('h2', { tabindex: -1, ref: title }, s('title'))),
    h(
      'div',
      { class: 'panel-tools' },
      foldButton('hot-fold', 'hot-body', isFolded, fold),
      h('button', { type: 'button', class: 'tool', onclick: printPage }, t('print')),
      h('button', { type: 'button', class: 'tool close', 'aria-label': s('close'), onclick: back }, '✕'),
    ),
    jumps(PARTS.map((part) => [`hot-${part}`, s(JUMPS[part])])),
  );
}

/** A part of the panel under its heading; `isOpen` is how it stands at first. */
export function hotspotPart(part: PartId, isOpen: boolean, ...content: Child[]): VNode {
  return h('details', { class: 'part', id: `hot-${part}`, open: isOpen }, h('summary', {}, h('h3', {}, s(part))), h('div', { class: 'part-content' }, ...content));
}

/** The zones by rank with why; where there are none it says so and why. */
export function zoneList(zones: readonly Item[], chosen: string | undefined, onChoose: (zone: Item) => void): VNode {
  if (zones.length === 0) return h('p', { class: 'hot-none' }, s('zonesNone'));
  return h(
    'ol',
    { class: 'hot-zones' },
    ...zones.map((zone) => {
      const { properties, id } = zone;
      const [name, reason] = (lang === 'en' ? [properties.name_en, properties.why_en] : [properties.name_vi, properties.why_vi]).map((text) => String(text ?? ''));
      const share = formatNumber(Number(properties.share_pct ?? 0));
      return h(
        'li',
        { key: id, 'data-zone': id },
        h(
          'button',
          { type: 'button', 'aria-pressed': String(id === chosen), onclick: () => onChoose(zone) },
          h('strong', {}, s('zoneHead', { rank: String(properties.rank), name: name || id })),
          h('span', {}, [classText(properties.hotspot_class), trendText(properties.trend)].join(' · ')),
          h('small', {}, s('zoneBrief', { share, sites: Number(properties.site_count ?? 0) })),
          h('span', { class: 'hot-ask' }, s('whyHere')),
        ),
        h('p', {}, reason, ' ', properties.demo_data === true && demoMark()),
      );
    }),
  );
}

/** The sites of the highest pressure, with what is not known of them. */
export function pressureList(sites: readonly PressureSite[], collections: Map<string, Collection>, quarter: Quarter, day: string | undefined): VNode[] {
  return [
    h('p', { class: 'quiet' }, s('pressuresNote')),
    h('ol', { class: 'hot-sites' }, ...sites.slice(0, PRESSING).map((site) => siteEntry(site, collections, day))),
    h('p', {}, h('a', { href: hotspotUrl('/pressure', { f: 'html' }, quarter.day).href }, s('pressureAll'))),
  ];
}

/** What can be taken away, for the quarter shown. */
export function fileList(collections: Map<string, Collection>, quarter: Quarter): VNode[] {
  const forms = [['geojson', 'GeoJSON'], ['csv', 'CSV'], ['gpkg', 'GeoPackage']] as const;
  const links = (name: string, ...made: [string, URL][]) => h('li', {}, `${name}: `, ...made.flatMap(([form, { href }], at) => [at > 0 ? ' · ' : '', h('a', { href, 'aria-label': `${name}, ${form}` }, form)]));
  const whole = (id: string, key: HotspotKey) =>
    collections.has(id) && links(s(key), ...forms.map(([f, name]): [string, URL] => [name, dated(serverUrl(`collections/${id}/download?f=${f}`), quarter.day)]));
  return [
    h('p', { class: 'quiet' }, s('filesDay', { quarter: quarterDayText(quarter) })),
    h(
      'ul',
      { class: 'links' },
      whole('hotspots', 'fileCells'),
      whole('hotspot_zones', 'fileZones'),
      whole('waterway_reaches', 'fileReaches'),
      links(s('filePressure'), ['CSV', hotspotUrl('/pressure', { f: 'csv' }, quarter.day)], ['JSON', hotspotUrl('/pressure', { f: 'json' }, quarter.day)]),
      links(s('fileDensity'), ['GeoJSON', hotspotUrl('', { method: 'kde', f: 'geojson' }, quarter.day)], ['CSV', hotspotUrl('', { method: 'kde', f: 'csv' }, quarter.day)]),
      h('li', {}, h('a', { href: hotspotUrl('', { f: 'html' }, quarter.day).href }, s('fileRun'))),
    ),
  ];
}
