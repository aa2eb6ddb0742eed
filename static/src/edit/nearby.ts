/** Which site a place belongs to: the one it lies in, else those around it. */

import type { Position } from 'geojson';
import type { Site } from '../sites.ts';
import { isWithin } from './rings.ts';

/** A site that a place may belong to. */
export interface Near {
  site: Site;
  /** Metres to its mark; zero within its boundary. */
  metres: number;
}

/** The sites within `reach` metres, the likeliest first: those whose boundary holds the place, then by distance. */
export function sitesNear([lon, lat]: Position, sites: readonly Site[], reach = 5000, limit = 8): Near[] {
  const shrink = Math.cos((lat! * Math.PI) / 180);
  return sites
    .flatMap((site): Near[] => {
      if (holds(site, [lon!, lat!])) return [{ site, metres: 0 }];
      if (!site.point) return [];
      const metres = Math.hypot((site.point[0]! - lon!) * shrink, site.point[1]! - lat!) * 111_320;
      return metres <= reach ? [{ site, metres }] : [];
    })
    .sort((a, b) => a.metres - b.metres)
    .slice(0, limit);
}

function holds({ geometry }: Site, place: readonly [number, number]): boolean {
  const polygons = geometry?.type === 'Polygon' ? [geometry.coordinates] : geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
  return polygons.some(([outer, ...holes]) => isWithin(place, (outer ?? []) as unknown as [number, number][]) && !holes.some((hole) => isWithin(place, hole as unknown as [number, number][])));
}
