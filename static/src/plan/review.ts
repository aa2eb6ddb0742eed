/** The review of a plan and the comparison of two, as the server tells them. */

import type { Geometry } from 'geojson';
import { dated, fetchJson, serverUrl, ServerError, type LegalBasis } from '../api.ts';
import type { Text } from '../i18n.ts';

export type Verdict = 'pass' | 'fail' | 'undetermined' | 'unknown' | 'not_applicable';

/** One thing that the review found. */
export interface Finding {
  /** Its number in the review, on the map and in the dossier. */
  number: number;
  rule: string;
  /** `error`, `warning` or `info`. */
  severity: string;
  verdict: Verdict;
  message: Text;
  measured?: number | null;
  required?: number | null;
  unit?: string | null;
  /** Where it is, in longitude and latitude. */
  geometry?: Geometry | null;
  parcels?: string[];
  buildings?: string[];
  lines?: string[];
  law?: LegalBasis[];
}

/** One line of the land-use balance. */
export interface BalanceRow {
  land_use: string | null;
  lots: number;
  measured_m2: number;
  stated_m2?: number | null;
  share_pct: number;
  required_pct?: number | null;
  verdict?: Verdict | null;
}

/** What one rule says of the plan as a whole. */
export interface Check {
  rule: string;
  title: Text;
  verdict: Verdict;
  /** False where it rests on numbers that are not certain: then it informs. */
  counts: boolean;
  reason: Text;
}

/** What a person may accept as a violation. */
export interface Proposal {
  id: string;
  finding: number;
  message: Text;
  /** Absent on a server that knows no decisions. `changed`: dismissed, and its facts are others since. */
  state?: ProposalState | null;
  decision?: { who?: string | null; on?: string | null; note?: string | null } | null;
}

export type ProposalState = 'open' | 'accepted' | 'dismissed' | 'changed';

/** The review of one plan. */
export interface Review {
  as_of: string;
  law_on: string;
  balance: { rows: BalanceRow[]; total_m2: number; total_ground_m2?: number | null; scale_factor?: number | null };
  findings: Finding[];
  /** Every rule, whatever came out. */
  checks?: Check[];
  proposed_violations?: Proposal[];
  links?: { rel: string; href: string; type?: string; title?: string }[];
}

/** A lot that differs between two versions. */
export interface LotChange {
  before: string;
  after: string;
  symbols?: (string | null)[] | null;
  land_use?: (string | null)[] | null;
  area_m2: (number | null)[];
  moved_m?: number | null;
  /** Other columns of the lot table that differ, before and after. */
  values?: Record<string, (number | null)[]>;
}

/** Two versions of a plan; ids are those of lots. */
export interface Comparison {
  before: string;
  after: string;
  added: string[];
  removed: string[];
  changed: LotChange[];
  unchanged: number;
  tolerance_m: number;
}

/** How a finding is told: what must be put right, looked into, cannot be decided, is not on record, or only informs. */
export const FINDING_CLASSES = ['error', 'warning', 'undetermined', 'unknown', 'info'] as const;
export type FindingClass = (typeof FINDING_CLASSES)[number];

/** The class of a finding. What is undecided or not on record is no fault, however heavy its rule; a word that is not known informs. */
export function classOf({ severity, verdict }: Pick<Finding, 'severity' | 'verdict'>): FindingClass {
  if (verdict === 'undetermined' || verdict === 'unknown') return verdict;
  if (verdict !== 'fail') return 'info';
  return severity === 'error' || severity === 'warning' ? severity : 'info';
}

/** The address of a plan's review, in a format. */
export function planUrl(id: string, part: 'review' | 'compare', query: Record<string, string>, asOf?: string): URL {
  const url = serverUrl(`plans/${encodeURIComponent(id)}/${part}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return dated(url, asOf);
}

/** The review of a plan, or undefined where this server makes none. */
export async function fetchReview(id: string, asOf: string | undefined): Promise<Review | undefined> {
  try {
    return await fetchJson<Review>(planUrl(id, 'review', { f: 'json' }, asOf));
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return undefined;
    throw error;
  }
}

/** How a plan differs from an earlier version. */
export function fetchComparison(id: string, against: string, asOf: string | undefined): Promise<Comparison> {
  return fetchJson<Comparison>(planUrl(id, 'compare', { with: against, f: 'json' }, asOf));
}
