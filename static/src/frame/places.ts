/** What the search box finds, and what each of it leads to. */

import type { Item } from '../api.ts';
import { boxOf, type Box } from '../geometry.ts';
import { formatMeasure, t } from '../i18n.ts';
import type { MapData } from '../map/map.ts';
import { placeOf, unitName, type Site } from '../sites.ts';
import { coordinatesOf } from '../survey/coordinates.ts';
import { searchOf, type Place } from './search.ts';

/** A place of the search leads to a site, to a 1/500 plan, to a box or a point of the map, or to the sites of an investor. */
export type Target = Place & ({ site: Site } | { plan: string } | { box: Box } | { investor: string } | { lonLat: [number, number] } | { plane: [number, number] });

/** The search over the data of a day, and over coordinates. */
export function searchIn(data: MapData): (query: string) => Target[] {
  const search = searchOf(targets(data));
  return (query) => [...places(query), ...search(query)];
}

function targets({ sites, units, plans }: MapData): Target[] {
  const boxed = (items: Item[], kindOf: (item: Item) => string): Target[] =>
    items.flatMap((item) => {
      const box = boxOf(item.geometry);
      return box ? [{ name: unitName(item.properties), kind: kindOf(item), where: placeOf(item.properties), box }] : [];
    });
  const owners = new Map<string, number>();
  for (const { properties } of sites) if (typeof properties.investor === 'string') owners.set(properties.investor, (owners.get(properties.investor) ?? 0) + 1);
  return [
    ...sites.map((site) => ({ name: site.name, kind: t(site.collection), where: placeOf(site.properties), site })),
    ...boxed(units, ({ properties }) => t(properties.level === 'district' ? 'district' : 'commune')),
    ...plans.map(({ id, properties }) => ({ name: unitName(properties), kind: t('plan'), where: placeOf(properties), plan: id })),
    ...[...owners].map(([investor, count]) => ({ name: investor, kind: t('investor'), where: t('siteCount', { count }), investor })),
  ];
}

/** The place that a query gives by coordinates, with the system that it is taken for. */
function places(query: string): Target[] {
  const found = coordinatesOf(query);
  if (!found) return [];
  if ('plane' in found) return [{ name: found.plane.map((metres) => formatMeasure(metres.toFixed(2))).join('; '), kind: t('planeCoordinates'), where: '', ...found }];
  return [{ name: [found.lonLat[1], found.lonLat[0]].map((degrees) => `${formatMeasure(degrees.toFixed(5))}°`).join('; '), kind: t('coordinates'), where: '', ...found }];
}
