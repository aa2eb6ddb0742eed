/** Loads a record to be edited: its values, and its place both as it is drawn and as it is stored. */

import type { Collection, Item } from '../api.ts';
import { zoneOf, type Zone } from '../survey/vn2000.ts';
import type { Client, Rights } from './api.ts';
import { fieldsOf, type FormField } from './form.ts';
import { emptyShape, shapeOf, type Shape } from './shape.ts';

/** A record, or one in the making. */
export interface Loaded {
  collection: Collection;
  fields: FormField[];
  /** As the server has it; of a new one the values it starts with. */
  item: Item;
  isNew: boolean;
  etag: string | undefined;
  rights: Rights;
  /** The system that the place is edited and sent in; undefined is longitude and latitude. */
  crs: string | undefined;
  /** Undefined where it has no place yet, or one that cannot be edited here. */
  shape: Shape | undefined;
  /** It has a place, but not one whose vertices can be moved here. */
  isFixed: boolean;
}

/** The system that places of the collection are edited in: that of the survey, so that nothing is transformed back. */
export function editCrs(collection: Collection): string | undefined {
  return zoneOf(collection.storageCrs) && collection.storageCrs;
}

/** The zone in which coordinates are read out and typed: that of the collection, else that of the city's plans. */
export function zoneFor(collection: Collection, collections: Map<string, Collection>): Zone | undefined {
  return zoneOf(collection.storageCrs) ?? zoneOf(collections.get('plans')?.storageCrs) ?? zoneOf('http://www.opengis.net/def/crs/EPSG/0/5897');
}

/** A record of the register as it is now. */
export async function loadRecord(client: Client, collection: Collection, id: string): Promise<Loaded> {
  const crs = editCrs(collection);
  // The stored one first, with its version: what changes between the two requests is found when it is saved.
  const stored = await client.item(collection.id, id, crs);
  const [schema, rights, drawn] = await Promise.all([client.schema(collection.id), client.rights(collection.id, id), crs && stored.feature.geometry ? client.item(collection.id, id) : stored]);
  const { geometry } = drawn.feature;
  const shape = geometry && stored.feature.geometry ? shapeOf(geometry, stored.feature.geometry) : undefined;
  return { collection, fields: fieldsOf(collection, schema), item: { ...stored.feature, geometry }, isNew: false, etag: stored.etag, rights, crs, shape, isFixed: geometry !== null && shape === undefined };
}

/** A record that is not yet there. */
export async function loadNew(client: Client, collection: Collection, id: string, properties: Record<string, unknown>): Promise<Loaded> {
  const [schema, rights] = await Promise.all([client.schema(collection.id), client.rights(collection.id)]);
  return { collection, fields: fieldsOf(collection, schema), item: { type: 'Feature', id, geometry: null, properties }, isNew: true, etag: undefined, rights, crs: editCrs(collection), shape: undefined, isFixed: false };
}

/** The types of geometry that a record of the collection may have here, the usual one first. */
export function shapesFor(collection: Collection): Shape[] {
  const type = collection.langxanh?.geometry;
  if (!type) return [];
  const types = type === 'Geometry' || type === 'GeometryCollection' ? ['Point', 'Polygon', 'LineString'] : [type];
  return types.flatMap((one) => emptyShape(one) ?? []);
}

