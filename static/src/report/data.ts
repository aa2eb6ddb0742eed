/** What the sides of a comparison are read from. */

import { dated, fetchAssessment, fetchItem, fetchItems, fetchJson, serverUrl, ServerError, type Assessment, type Item } from '../api.ts';
import type { Text } from '../i18n.ts';
import { SITE_COLLECTIONS, type SiteCollection, type Status } from '../sites.ts';
import type { Side } from './fragment.ts';

/** Numbers of sites by status. */
export type Counts = Record<Status, number>;

/** How a district or the city stands on a day. */
export interface Summary {
  as_of: string;
  sites: number;
  demo_sites: number;
  statuses: { collection: SiteCollection; now: Counts }[];
  targets: { code: string; title: Text; unit: string; numerator: number; denominator: number; unknown: number; interval: [number, number] | null }[];
  rules: { rule: string; title: Text; breached: number; unknown: number }[];
  duties: { code: string; title: Text; undone: number; unknown: number }[];
  /** The sites whose status is another than on the day that was named. */
  changes: { site: { collection: SiteCollection; id: string; name: string | null }; from: Status | null; to: Status | null }[];
}

/** A site on a day; undefined parts where it was not in the register. */
export interface SiteSide {
  item: Item | undefined;
  assessment: Assessment | undefined;
}

/** The numbers of a district, or of the city where none is named, with changes since a day; undefined where no site lies in it. */
export async function fetchSummary(side: Side, since?: string): Promise<Summary | undefined> {
  const url = dated(serverUrl('compliance/summary?f=json'), side.day);
  if (since) url.searchParams.set('since', since);
  if (side.name) url.searchParams.set('district', side.name);
  try {
    return await fetchJson<Summary>(url);
  } catch (error) {
    if (error instanceof ServerError && error.status === 400) return undefined;
    throw error;
  }
}

/** A site with its assessment. */
export async function fetchSite({ name, day }: Side): Promise<SiteSide> {
  const [collection, id] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)];
  const known = SITE_COLLECTIONS.find((one) => one === collection);
  if (!known || !id) return { item: undefined, assessment: undefined };
  try {
    const [item, assessment] = await Promise.all([fetchItem(known, id, day), fetchAssessment(known, id, day)]);
    return { item, assessment };
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return { item: undefined, assessment: undefined };
    throw error;
  }
}

/** What can be chosen: every site with its name and place, and every former district. */
export async function fetchChoices(): Promise<{ key: string; properties: Record<string, unknown> }[]> {
  const of = async (collection: SiteCollection) => (await fetchItems(collection)).map(({ id, properties }) => ({ key: `${collection}/${id}`, properties }));
  return (await Promise.all(SITE_COLLECTIONS.map(of))).flat();
}
