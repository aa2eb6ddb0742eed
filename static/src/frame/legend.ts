/** The legend: what the marks mean, how many sites have each status, and what is shown. */

import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Collection } from '../api.ts';
import { today } from '../dates.ts';
import { formatNumber, t, type Key } from '../i18n.ts';
import { LAND_USE_COLOR, LAYER_GROUPS, type LayerGroup } from '../map/layers.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { inSight } from '../map/sight.ts';
import { countByStatus, SITE_COLLECTIONS, STATUSES, statusTitle, type Site, type SiteCollection, type Status } from '../sites.ts';
import { h } from '../ui/h.ts';
import { siteMark } from '../ui/sitemarks.ts';
import { fieldOf, valueText } from '../values.ts';

/** The collection that a layer shows, and what the legend calls the layer. */
const LAYER: Record<LayerGroup, { collection?: string; title: Key }> = {
  clusters: { collection: 'clusters', title: 'clustersLayer' },
  craft_villages: { collection: 'craft_villages', title: 'villagesLayer' },
  communes: { collection: 'admin_units', title: 'communes' },
  districts: { collection: 'admin_units', title: 'districts' },
  waterways: { collection: 'waterways', title: 'waterways' },
  treatment_stations: { collection: 'treatment_stations', title: 'treatment_stations' },
  plans: { collection: 'plans', title: 'plansLayer' },
  grid: { title: 'gridLayer' },
  basemap: { title: 'basemapLayer' },
};

/** How many of each are in sight, by what the legend names; undefined until the map is there. */
export type Seen = ReadonlyMap<string, number> | undefined;

/** The day that everything is shown for, to be changed; `onDay` gets undefined for today. */
export function DayControl({ asOf, onDay }: { asOf: string | undefined; onDay: (day: string | undefined) => void }): VNode {
  const field = useRef<HTMLInputElement>(null);
  const now = today();
  const day = asOf ?? now;
  // Only another day is written into the field: what is being typed there is the reader's.
  useLayoutEffect(() => {
    if (field.current!.value !== day) field.current!.value = day;
  }, [day]);
  const change = () => {
    const { value, validity } = field.current!;
    if (value && validity.valid) onDay(value === now ? undefined : value);
  };
  return h(
    'section',
    { class: 'day', 'aria-label': t('day') },
    h('label', { for: 'day' }, t('day')),
    // While a year is being typed it runs through 0002 and 0020.
    h('input', { ref: field, id: 'day', type: 'date', min: '2000-01-01', max: '2099-12-31', onchange: change }),
  );
}

/** The status table: a tick box per status, and the counts of clusters and villages, those in sight and all of them. */
export function statusLegend(collections: Map<string, Collection>, sites: Site[], shown: Set<Status>, seen: Seen, onChange: () => void): VNode {
  const counts = countByStatus(sites);
  const short: Record<SiteCollection, Key> = { clusters: 'clustersShort', craft_villages: 'villagesShort' };
  const total = (collection: SiteCollection) => sites.filter((site) => site.collection === collection).length;
  return h(
    'section',
    { class: 'legend', 'aria-labelledby': 'legend-title' },
    h('h2', { id: 'legend-title' }, t('legend')),
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h('tr', {}, h('th', { scope: 'col' }, t('status')), SITE_COLLECTIONS.map((collection) => h('th', { scope: 'col' }, t(short[collection])))),
      ),
      h(
        'tbody',
        {},
        STATUSES.map((status) =>
          h(
            'tr',
            { 'data-status': status },
            h(
              'th',
              { scope: 'row' },
              tick(statusTitle(collections.get('clusters') ?? collections.get('craft_villages'), status), status, shown, onChange),
            ),
            SITE_COLLECTIONS.map((collection) =>
              h(
                'td',
                { 'data-collection': collection },
                siteMark(collection, status),
                collection === 'clusters' && (status === 'non_compliant' || status === 'unknown') && h('span', { class: `area-swatch area-${status}`, 'aria-hidden': 'true' }),
                seenOf(seen, `${collection}/${status}`),
                h('span', { class: 'count' }, formatNumber(counts[collection][status])),
              ),
            ),
          ),
        ),
      ),
      h(
        'tfoot',
        {},
        h('tr', {}, h('th', { scope: 'row' }, t('total')), SITE_COLLECTIONS.map((collection) => h('td', {}, seenOf(seen, collection), h('span', { class: 'count' }, formatNumber(total(collection)))))),
      ),
    ),
    h('p', { class: 'quiet' }, t('seenHint'), ' ', t('legendHint')),
    statusHelp(collections),
  );
}

/** The number of those in sight. */
function seenOf(seen: Seen, what: string): VNode {
  return h('span', { class: 'seen', 'data-seen': what }, seen && formatNumber(seen.get(what) ?? 0));
}

/** Counts what is in sight of what the legend names: sites that are shown, and of each layer the features. */
export function countSeen(map: SiteMap, data: MapData, isShown: (site: Site) => boolean): Seen {
  const box = map.seen();
  const counts = new Map<string, number>();
  const add = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const site of data.sites) {
    if (!site.point || !isShown(site) || !map.sees(site.point)) continue;
    add(site.collection);
    add(`${site.collection}/${site.status}`);
  }
  const layers = { communes: data.units, districts: data.formerDistricts, waterways: data.waterways, treatment_stations: data.stations, plans: data.plans };
  for (const [name, items] of Object.entries(layers)) counts.set(name, inSight(items, box).length);
  for (const code of map.landUses()) add(`use/${code}`);
  return counts;
}

/** What each status says and, as important, what it does not. */
function statusHelp(collections: Map<string, Collection>): VNode {
  const meaning: Record<Status, Key> = {
    non_compliant: 'meansNonCompliant',
    unknown: 'meansUnknown',
    compliant: 'meansCompliant',
    not_applicable: 'meansNotApplicable',
  };
  const title = (status: Status) => statusTitle(collections.get('clusters') ?? collections.get('craft_villages'), status);
  return h(
    'details',
    { class: 'help' },
    h('summary', {}, t('statusHelp')),
    h('dl', {}, STATUSES.flatMap((status) => [h('dt', {}, title(status)), h('dd', {}, t(meaning[status]))])),
  );
}

/** The tick boxes of the map's layers, each in or out of `shown`; those of which the server has nothing for the day are left out. */
export function layerLegend(collections: Map<string, Collection>, { units, formerDistricts }: MapData, shown: Set<LayerGroup>, hasBasemap: boolean, seen: Seen, onChange: () => void): VNode {
  const isThere = (group: LayerGroup) => {
    const { collection } = LAYER[group];
    if (group === 'basemap') return hasBasemap;
    return collection === undefined || (collections.has(collection) && (group !== 'districts' || formerDistricts.length > 0));
  };
  const title = (group: LayerGroup) => t(group === 'communes' && units.some(({ properties }) => properties.level === 'district') ? 'districtsThen' : LAYER[group].title);
  return h(
    'details',
    { class: 'layers', open: true },
    h('summary', {}, h('h2', {}, t('layers'))),
    LAYER_GROUPS.filter(isThere).map((group) =>
      h(
        'div',
        { class: 'layer', key: group },
        h('span', { class: `swatch swatch-${group}`, 'aria-hidden': 'true' }),
        h('span', { class: 'layer-line' }, tick(title(group), group, shown, onChange), LAYER[group].collection !== undefined && h('span', { class: 'count' }, seenOf(seen, group))),
        group === 'plans' && landUseKey(collections.get('plan_parcels'), seen),
      ),
    ),
    h('p', { class: 'quiet' }, t('dashed')),
  );
}

function landUseKey(parcels: Collection | undefined, seen: Seen): VNode | null {
  const field = fieldOf(parcels, 'land_use_code');
  const known = field?.codes?.filter(({ code }) => code in LAND_USE_COLOR) ?? [];
  if (known.length === 0) return null;
  return h(
    'details',
    { class: 'land-use' },
    h('summary', {}, t('landUse')),
    h(
      'ul',
      {},
      known.map(({ code }) => h('li', {}, h('span', { class: 'swatch', 'aria-hidden': 'true', style: { background: LAND_USE_COLOR[code]! } }), h('span', {}, `${code} – ${valueText(field, code)}`), h('span', { class: 'count' }, seenOf(seen, `use/${code}`)))),
    ),
  );
}

function tick<T>(label: string, member: T, shown: Set<T>, onChange: () => void): VNode {
  const toggle = (event: Event) => {
    if ((event.target as HTMLInputElement).checked) shown.add(member);
    else shown.delete(member);
    onChange();
  };
  return h('label', {}, h('input', { type: 'checkbox', checked: shown.has(member), onchange: toggle }), ' ', label);
}
