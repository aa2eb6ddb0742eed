/** What the page of a site is read from: each thing is asked for once, whichever parts want it. */

import { fetchAssessment, fetchEffluent, fetchHistory, fetchOfSite, ServerError, type Assessment, type Collection, type Item, type SiteHistory } from '../api.ts';
import { today } from '../dates.ts';
import { drawable, type Drawable } from '../evidence/effluent.ts';
import { gridDay } from '../evidence/quarters.ts';
import { once } from '../once.ts';
import { fetchReview, type Review } from '../plan/review.ts';
import { plansOf, type Site } from '../sites.ts';
import { arrivals, type Arrivals } from '../ui/arrivals.ts';
import type { SiteAddress } from './address.ts';
import { fetchFaults, fetchNeighbours, fetchPictures, fetchVersions, type Fault, type Neighbours, type Picture, type Version } from './data.ts';
import type { Records } from './parts.ts';

/** What the page reads. */
export interface Read {
  assessment: Assessment;
  quarters: SiteHistory;
  effluent: Drawable;
  works: Item[];
  plans: { plan: Item; review: Review | undefined }[];
  violations: Item[];
  events: SiteHistory;
  records: Records;
  pictures: Picture[];
  neighbours: Neighbours;
  faults: Fault[];
  /** Undefined where the register keeps no versions. */
  versions: Version[] | undefined;
}

/** What is for users on record alone is no fault: it arrives as null. */
export type Told = { [K in keyof Read]: Read[K] | null };

/** Asks for everything; the distance to neighbours is asked for as it is by then. */
export function readSite(site: Site, address: SiteAddress, collections: Map<string, Collection>, distance: () => number, changed: () => void): Arrivals<Told> {
  const { collection, id, asOf } = address;
  // Also of what is not listed: where it is kept from strangers the server says so when it is asked, and what nobody asks for would be told as none.
  const ofSite = (name: string) => once(async () => (await fetchOfSite(name, site, asOf).catch(nothingFor(404))) ?? []);
  const [works, plans, stations, milestones, violations] = [ofSite('infrastructure_items'), ofSite('plans'), ofSite('treatment_stations'), ofSite('milestones'), ofSite('violations')];
  let looking: AbortController | undefined;
  const neighbours = () => {
    looking?.abort();
    looking = new AbortController();
    return fetchNeighbours({ ...address, distance: distance() }, looking.signal);
  };
  const records = async (): Promise<Records> => {
    const seen = (read: () => Promise<Item[]>) => read().catch(nothingFor(401));
    const [ofStations, ofPlans, ofViolations, ofWorks, ofMilestones] = await Promise.all([stations, plans, violations, works, milestones].map(seen));
    return { site, stations: ofStations, plans: ofPlans, violations: ofViolations, works: ofWorks, milestones: ofMilestones, keepsDrafts: keepsDrafts(collections) };
  };
  return arrivals<Told>(
    {
      assessment: orNull(() => fetchAssessment(collection, id, asOf)),
      quarters: orNull(() => fetchHistory(collection, id, gridDay(asOf, today()))),
      effluent: orNull(() => drawable(fetchEffluent(collection, id, asOf))),
      works: orNull(works),
      plans: orNull(async () => Promise.all(plansOf(site, await plans()).map(async (plan) => ({ plan, review: await fetchReview(plan.id, asOf) })))),
      violations: orNull(violations),
      events: orNull(() => fetchHistory(collection, id, asOf)),
      records: orNull(records),
      pictures: orNull(() => fetchPictures(address)),
      neighbours: orNull(neighbours),
      faults: orNull(() => fetchFaults(address)),
      versions: orNull(() => fetchVersions(address).catch(nothingFor(404))),
    },
    changed,
  );
}

/** Whether drafts among the plans are kept from strangers. */
export function keepsDrafts(collections: Map<string, Collection>): boolean {
  return collections.get('plans')?.langxanh?.keepsDrafts === true;
}

/** Takes a refusal by this status for nothing to show, and no other fault. */
export function nothingFor(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ServerError && error.status === status) return undefined;
    throw error;
  };
}

function orNull<T>(read: () => Promise<T>): () => Promise<T | null> {
  return () =>
    read().catch((error: unknown) => {
      nothingFor(401)(error);
      return null;
    });
}
