/** Which column of a file goes into which field: what is proposed, what is chosen, and what is missing. */

import type { FormField } from '../form.ts';
import type { ImportColumn } from '../api.ts';

/** The field that the ids of features come from. */
export const ID = 'id';

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

/** For each field the column it comes from, as the server wants it and as a mapping file of the command line has it. */
export function mappingOf(choices: Choices): Record<string, string> {
  return Object.fromEntries([...choices].flatMap(([source, field]) => (field === null ? [] : [[field, source]])));
}

/** Required fields that no column feeds. */
export function missing(fields: readonly FormField[], choices: Choices): FormField[] {
  const fed = new Set(choices.values());
  return fields.filter(({ name, required, readOnly }) => required && !readOnly && !fed.has(name));
}

/** Whether two choices are the same. */
export function sameChoices(a: Choices, b: Choices): boolean {
  return a.size === b.size && [...a].every(([source, field]) => b.get(source) === field);
}

/** Faults that match the words, in their row, field or reason. */
export function matching<F extends { row: number; field?: string | null; reason: string }>(faults: readonly F[], words: string): F[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === '') return [...faults];
  return faults.filter(({ row, field, reason }) => `${row} ${field ?? ''} ${reason}`.toLocaleLowerCase().includes(wanted));
}
