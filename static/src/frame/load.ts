/** Loads what the page shows of one day. */

import { fetchItems, type Collection, type Item } from '../api.ts';
import { holdsOn, today } from '../dates.ts';
import { boxOf, type Box } from '../geometry.ts';
import type { MapData } from '../map/map.ts';
import { byName, siteOf, type SiteCollection } from '../sites.ts';

/** Everything as it stood on the day, but parcels and buildings, which the map fetches for what it shows. */
export async function loadData(collections: Map<string, Collection>, asOf: string | undefined, signal?: AbortSignal): Promise<MapData> {
  const items = async (id: string): Promise<Item[]> => (collections.has(id) ? fetchItems(id, { asOf, ...(signal && { signal }) }) : []);
  const [clusters, villages, units, waterways, stations, plans] = await Promise.all([
    items('clusters'),
    items('craft_villages'),
    items('admin_units'),
    items('waterways'),
    items('treatment_stations'),
    items('plans'),
  ]);
  const sitesOf = (collection: SiteCollection, members: Item[]) => members.map((item) => siteOf(collection, item, collections.get(collection)));
  const detail = (['plan_parcels', 'buildings'] as const).filter((id) => collections.has(id));
  const isThen = ({ properties }: Item) => holdsOn(properties, asOf ?? today());
  return {
    asOf,
    sites: [...sitesOf('clusters', clusters), ...sitesOf('craft_villages', villages)].sort(byName),
    units: units.filter(isThen),
    formerDistricts: units.filter((unit) => unit.properties.level === 'district' && !isThen(unit)),
    waterways,
    stations,
    plans,
    detail,
    detailBox: boxAround(detail.map((id) => collections.get(id))),
  };
}

/** The box around collections, by what they declare. */
function boxAround(collections: (Collection | undefined)[]): Box | undefined {
  const boxes = collections.flatMap((collection) => collection?.extent?.spatial?.bbox?.slice(0, 1) ?? []);
  const corners = boxes.flatMap((box) => [box.slice(0, 2), box.slice(box.length / 2, box.length / 2 + 2)]);
  return corners.length > 0 ? (boxOf({ type: 'MultiPoint', coordinates: corners }) ?? undefined) : undefined;
}
