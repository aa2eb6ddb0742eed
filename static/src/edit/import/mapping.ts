/** Which column of a file goes into which field: what is proposed, what is chosen, and what is missing. */

import type { FormField } from '../form.ts';
import type { ImportColumn, Mapping } from '../api.ts';

/** What the ids of features come from. */
export const ID = 'id';

/** What says where a row is: the server finds it by itself. */
export const PLACE = 'geometry';

/**
 * The columns that a refusal names: a file that lacks a required field is not read further, and its columns are told in the sentence
 * alone. None where it names none.
 */
export function columnsIn(refusal: string | null | undefined): ImportColumn[] {
  const named = /\b(?:the|its) columns are (.+?)(?:: write a mapping file\b.*)?$/s.exec(refusal ?? '')?.[1];
  return named?.split(', ').map((source) => ({ source, field: null, why: 'unused' })) ?? [];
}

/** For each column the field that is chosen; null leaves the column out. */
export type Choices = Map<string, string | null>;

/** What the server proposes. */
export function proposed(columns: readonly ImportColumn[]): Choices {
  return new Map(columns.map(({ source, field }) => [source, field]));
}

/** The choices with one changed. A field is fed by one column alone: another one that fed it is left out. */
export function chosen(choices: Choices, source: string, field: string | null): Choices {
  return new Map([...choices].map(([other, into]) => [other, other === source ? field : field !== null && into === field ? null : into]));
}

/** What an earlier mapping said of all rows: the values, and the fields that it emptied. */
export function constantsOf(mapping: Partial<Mapping> | null | undefined): { values: Map<string, string>; emptied: string[] } {
  const all = Object.entries(mapping?.constants ?? {});
  return { values: new Map(all.filter(([, value]) => value !== '')), emptied: all.flatMap(([field, value]) => (value === '' ? [field] : [])) };
}

/**
 * The mapping that makes the server read the file so. It matches names by itself, so a field whose column was left out, now or
 * before, is told to be empty in every row.
 */
export function mappingOf(first: Choices, choices: Choices, constants: ReadonlyMap<string, string>, emptiedBefore: readonly string[] = []): Mapping {
  const fed = [...choices].flatMap(([source, field]): [string, string][] => (field === null || field === PLACE ? [] : [[field, source]]));
  const fields = Object.fromEntries(fed.filter(([field]) => !constants.has(field)));
  const emptied = [...first.values(), ...emptiedBefore].filter((field) => field !== null && field !== ID && field !== PLACE && !(field in fields) && !constants.has(field));
  return { fields, constants: { ...Object.fromEntries(emptied.map((field) => [field, ''])), ...Object.fromEntries(constants) } };
}

/** Required fields that neither a column nor one value for all rows feeds. */
export function missing(fields: readonly FormField[], choices: Choices, constants: ReadonlyMap<string, string>): FormField[] {
  const fed = new Set(choices.values());
  return fields.filter(({ name, required, readOnly }) => required && !readOnly && !fed.has(name) && !constants.has(name));
}

/** Whether two choices are the same. */
export function sameChoices(a: Choices, b: Choices): boolean {
  return a.size === b.size && [...a].every(([source, field]) => b.get(source) === field);
}

/** Faults that match the words, in their row, field or what is said of them. */
export function matching<F extends { row: number; field?: string | null; detail: string }>(faults: readonly F[], words: string): F[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === '') return [...faults];
  return faults.filter(({ row, field, detail }) => `${row} ${field ?? ''} ${detail}`.toLocaleLowerCase().includes(wanted));
}
