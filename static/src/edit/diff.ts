/** What lies between two states of a feature: which values changed, and how its outline did. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import { sameValue } from './form.ts';

type Values = Record<string, unknown>;

/** One value before and after. */
export interface ValueChange {
  name: string;
  before: unknown;
  after: unknown;
}

/** The values that differ, in the order of `names`, then whatever else differs. */
export function valueChanges(before: Values | null | undefined, after: Values | null | undefined, names: readonly string[]): ValueChange[] {
  const all = new Set([...names, ...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...all].flatMap((name) => {
    const [old, now] = [before?.[name] ?? null, after?.[name] ?? null];
    return sameValue(old, now) ? [] : [{ name, before: old, after: now }];
  });
}

/** Whether both are the same to the last digit. */
export function sameGeometry(a: Geometry | null | undefined, b: Geometry | null | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/**
 * Both outlines for the map: `before` dashed and `after` solid, and the vertices that are in one of them alone. Where nothing
 * moved there is `after` alone.
 */
export function geometryChanges(before: Geometry | null | undefined, after: Geometry | null | undefined): FeatureCollection {
  const features: Feature[] = [];
  const add = (geometry: Geometry, part: string) => features.push({ type: 'Feature', geometry, properties: { part } });
  const moved = !sameGeometry(before, after);
  if (before && moved) add(before, 'before');
  if (after) add(after, 'after');
  if (before && after && moved) {
    const [old, now] = [placesOf(before), placesOf(after)];
    for (const [key, at] of old) if (!now.has(key)) add({ type: 'Point', coordinates: at }, 'gone');
    for (const [key, at] of now) if (!old.has(key)) add({ type: 'Point', coordinates: at }, 'new');
  }
  return { type: 'FeatureCollection', features };
}

function placesOf(geometry: Geometry): Map<string, number[]> {
  const places = new Map<string, number[]>();
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === 'number') places.set(`${value[0]} ${value[1]}`, value.slice(0, 2) as number[]);
    else value.forEach(walk);
  };
  if (geometry.type === 'GeometryCollection') for (const part of geometry.geometries) for (const [key, at] of placesOf(part)) places.set(key, at);
  else walk(geometry.coordinates);
  return places;
}
