/** Where the reader is, with the circle within which that is true; the browser asks first, and nothing of it leaves the page. */

import type { Feature } from 'geojson';
import type { GeoJSONSource } from 'maplibre-gl';
import { boxOf, ringAround } from '../geometry.ts';
import { formatDistance } from '../i18n.ts';
import { EMPTY } from '../map/layers.ts';
import type { SiteMap } from '../map/map.ts';
import type { Zone } from '../survey/vn2000.ts';
import { c } from './words.ts';

/** Follows the position and tells about it, until the answer is called or nothing can be known; `onEnd` hears either. */
export function followPosition(map: SiteMap, zone: Zone, tell: (text: string | undefined) => void, onEnd: () => void): () => void {
  const draw = (features: Feature[]) => map.library.getSource<GeoJSONSource>('position')?.setData(features.length > 0 ? { type: 'FeatureCollection', features } : EMPTY);
  let watch: number | undefined;
  let isFramed = false;
  let isOver = false;

  function end(text?: string): void {
    if (isOver) return;
    isOver = true;
    if (watch !== undefined) navigator.geolocation.clearWatch(watch);
    draw([]);
    tell(text);
    onEnd();
  }

  function show({ coords }: GeolocationPosition): void {
    const place: [number, number] = [coords.longitude, coords.latitude];
    const ring = ringAround(place, coords.accuracy);
    draw([
      { type: 'Feature', geometry: ring, properties: {} },
      { type: 'Feature', geometry: { type: 'Point', coordinates: place }, properties: {} },
    ]);
    const [east, north] = zone.toPlane(place).map(Math.round) as [number, number];
    const bounds = map.library.getMaxBounds();
    const isInside = bounds?.contains(place) ?? true;
    tell(isInside ? c('located', { accuracy: formatDistance(coords.accuracy), north: String(north), east: String(east) }) : c('positionOutside'));
    const box = boxOf(ring);
    // Once: whoever looks elsewhere then is not called back.
    if (isInside && box && !isFramed) map.frame(box);
    isFramed = true;
  }

  function fail({ code, PERMISSION_DENIED, TIMEOUT }: GeolocationPositionError): void {
    if (code === PERMISSION_DENIED) end(c('positionRefused'));
    else if (code === TIMEOUT) tell(c('positionLate'));
    else end(c('positionMissing'));
  }

  if (!globalThis.isSecureContext || !('geolocation' in navigator)) {
    queueMicrotask(() => end(c(globalThis.isSecureContext ? 'positionMissing' : 'positionInsecure')));
  } else {
    tell(c('locating'));
    watch = navigator.geolocation.watchPosition(show, fail, { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 });
  }
  return () => end();
}
