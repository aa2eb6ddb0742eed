/** Loads what a plan consists of: as it is drawn, in longitude and latitude, and as it is stored, in the system of its survey. */

import type { Geometry } from 'geojson';
import { fetchItems, fetchJson, serverUrl, type Collection, type Item } from '../api.ts';
import type { Text } from '../i18n.ts';
import { areaOfGeometry, lengthOfGeometry } from '../survey/plane.ts';
import { Vertices, type Pair } from '../survey/vertices.ts';

/** What one code is called and drawn in; the last of a legend has no code and stands for all others. */
export interface LegendEntry {
  code: string | null;
  title: Text;
  colour: string;
}

/** One feature of a plan, drawn and stored. */
export interface Part {
  id: string;
  properties: Record<string, unknown>;
  drawn: Geometry | null;
  stored: Geometry | null;
  /** Area on the plane in square metres, of a line its length in metres. */
  size: number;
}

/** A plan with all that belongs to it. */
export interface Plan {
  id: string;
  properties: Record<string, unknown>;
  boundary: Geometry | null;
  parcels: Part[];
  lines: Part[];
  buildings: Part[];
  /** The system of the survey, as a URI; undefined where the server names none. */
  crs: string | undefined;
  vertices: Vertices;
  landUse: LegendEntry[];
  lineKinds: LegendEntry[];
}

/** The plan with its parcels, its lines and the buildings of its site, as they stood on the day. */
export async function loadPlan(item: Item, collections: Map<string, Collection>, asOf: string | undefined, signal: AbortSignal): Promise<Plan> {
  const crs = collections.get('plans')?.storageCrs;
  const { site_id: site, site_collection: register } = item.properties;
  const ofPlan = { plan_id: item.id };
  const ofSite = { site_id: String(site), site_collection: String(register) };
  const [boundary, parcels, lines, buildings, landUse, lineKinds] = await Promise.all([
    fetchStored(item.id, crs, signal),
    fetchParts('plan_parcels', ofPlan),
    fetchParts('plan_lines', ofPlan),
    site ? fetchParts('buildings', ofSite) : [],
    fetchLegend('plan_parcels', collections, signal),
    fetchLegend('plan_lines', collections, signal),
  ]);
  const pairs: Pair[] = [{ drawn: item.geometry, stored: boundary }, ...parcels, ...lines, ...buildings];
  return { id: item.id, properties: item.properties, boundary: item.geometry, parcels, lines, buildings, crs, vertices: new Vertices(pairs), landUse, lineKinds };

  async function fetchParts(id: string, where: Record<string, string>): Promise<Part[]> {
    const collection = collections.get(id);
    if (!collection) return [];
    const wanted = { asOf, where, signal };
    // Only what is stored in the plan's own system can be measured together with it.
    const [drawn, stored] = await Promise.all([fetchItems(id, wanted), crs && collection.storageCrs === crs ? fetchItems(id, { ...wanted, crs }) : []]);
    const byId = new Map(stored.map((item) => [item.id, item.geometry]));
    return drawn.map(({ id, properties, geometry }) => {
      const stored = byId.get(id) ?? null;
      return { id, properties, drawn: geometry, stored, size: areaOfGeometry(stored) || lengthOfGeometry(stored) };
    });
  }

  async function fetchStored(id: string, crs: string | undefined, signal: AbortSignal): Promise<Geometry | null> {
    if (!crs || !item.geometry) return null;
    const url = serverUrl(`collections/plans/items/${encodeURIComponent(id)}?f=json`);
    url.searchParams.set('crs', crs);
    if (asOf) url.searchParams.set('as-of', asOf);
    return (await fetchJson<Item>(url, signal)).geometry;
  }
}

/** The parcels of another version of the plan, to draw what it had. */
export async function loadParcels(plan: string, asOf: string | undefined): Promise<Map<string, Item>> {
  const items = await fetchItems('plan_parcels', { asOf, where: { plan_id: plan } });
  return new Map(items.map((item) => [item.id, item]));
}

async function fetchLegend(id: string, collections: Map<string, Collection>, signal: AbortSignal): Promise<LegendEntry[]> {
  if (!collections.has(id)) return [];
  const legend = await fetchJson<{ layers: { entries?: LegendEntry[] }[] }>(serverUrl(`styles/${id}/legend`), signal);
  return legend.layers[0]?.entries ?? [];
}

/** The entry of a code, else the one for all others. */
export function entryOf(legend: LegendEntry[], code: unknown): LegendEntry | undefined {
  return legend.find((entry) => entry.code !== null && entry.code === code) ?? legend.find((entry) => entry.code === null);
}

/** What occurs of a legend, in the order of the legend, with how many features and how much of them there is. */
export function occurring(legend: LegendEntry[], parts: Part[], field: string): { entry: LegendEntry; count: number; size: number }[] {
  return legend
    .map((entry) => {
      const members = parts.filter((part) => entryOf(legend, part.properties[field]) === entry);
      return { entry, count: members.length, size: members.reduce((sum, part) => sum + part.size, 0) };
    })
    .filter(({ count }) => count > 0);
}
