/** Where a violation is: read from the device, tapped on the map, or its middle. */

import type { Point } from 'geojson';
import type { MapMouseEvent } from 'maplibre-gl';
import { formatDistance } from '../../i18n.ts';
import type { SiteMap } from '../../map/map.ts';
import { metres } from '../../survey/numbers.ts';
import type { Zone } from '../../survey/vn2000.ts';
import { w } from '../words.ts';

/** A place, and how far it may be off in metres where the device says so. */
export interface Spot {
  point: Point;
  precision: number | undefined;
}

/** The place in words. */
export function spotText({ point: { coordinates }, precision }: Spot, zone: Zone | undefined): string {
  const [lon, lat] = coordinates as [number, number];
  const plane = zone?.toPlane([lon, lat]);
  const numbers = plane ? `${w('northing')} ${metres(plane[1])}, ${w('easting')} ${metres(plane[0])}` : `${lat}, ${lon}`;
  return [numbers, precision !== undefined && w('gpsAccuracy', { distance: formatDistance(precision) })].filter(Boolean).join(' · ');
}

/** Seven decimals are a centimetre. */
function spotAt(lonLat: readonly [number, number], precision?: number): Spot {
  return { point: { type: 'Point', coordinates: lonLat.map((degrees) => Math.round(degrees * 1e7) / 1e7) }, precision };
}

/** Where the device is, or why it does not say: a key of what is told. */
export function deviceSpot(): Promise<Spot | 'gpsInsecure' | 'gpsDenied' | 'gpsFailed'> {
  if (!navigator.geolocation || !window.isSecureContext) return Promise.resolve('gpsInsecure');
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(spotAt([coords.longitude, coords.latitude], Math.ceil(coords.accuracy))),
      ({ code }) => resolve(code === 1 ? 'gpsDenied' : 'gpsFailed'),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 },
    ),
  );
}

/** The middle of the part of the map that is in sight. */
export const middleSpot = (map: SiteMap): Spot => spotAt(map.middle());

/** Takes places from the map until it is stopped: where it is tapped, and its middle by Enter. */
export function takeFromMap(map: SiteMap, take: (spot: Spot) => void): () => void {
  const canvas = map.library.getCanvas();
  const onClick = (event: MapMouseEvent) => take(spotAt(event.lngLat.toArray()));
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    take(middleSpot(map));
  };
  map.setSilent(true);
  map.library.on('click', onClick);
  canvas.addEventListener('keydown', onKey);
  return () => {
    map.library.off('click', onClick);
    canvas.removeEventListener('keydown', onKey);
    map.setSilent(false);
  };
}
