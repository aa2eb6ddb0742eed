/** The first rows of the file on the map. */

import type { Feature, FeatureCollection } from 'geojson';
import type { Desk } from '../desk.ts';

const rowOf = (feature: Feature) => (feature as Feature & { row?: number }).row;

/** Draws the rows that have a place. */
export function createPreview(desk: Desk, { features }: FeatureCollection) {
  const placed = features.filter(({ geometry }) => geometry);
  const draw = (row?: number) => {
    desk.sketch()?.setRows({ type: 'FeatureCollection', features: placed.map((feature) => ({ ...feature, properties: { chosen: row !== undefined && rowOf(feature) === row } })) });
    desk.sketch()?.frame(...placed.filter((feature) => row === undefined || rowOf(feature) === row).map(({ geometry }) => geometry));
  };
  return {
    count: placed.length,
    has: (row: number) => placed.some((feature) => rowOf(feature) === row),
    draw: () => draw(),
    /** Leads to one row and marks it. */
    show: (row: number) => draw(row),
    clear: () => desk.sketch()?.setRows({ type: 'FeatureCollection', features: [] }),
  };
}
