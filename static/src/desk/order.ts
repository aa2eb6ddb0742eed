/** The order of the table, and which sites stand worst. */

import { lang } from '../i18n.ts';
import type { Row } from './facets.ts';
import type { Column, Sort } from './state.ts';

const collator = new Intl.Collator(lang === 'vi' ? 'vi' : ['en', 'vi'], { numeric: true });

/** How a column's values read, for ordering by what the reader sees. */
export type Texts = (row: Row, column: Column) => string | number | null;

/** The rows by a column; what is not on record comes last either way, and equals stand worst first. */
export function ordered(rows: readonly Row[], { column, isDown }: Sort, read: Texts): Row[] {
  const values = new Map(rows.map((row) => [row, read(row, column)]));
  const sign = isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [values.get(a)!, values.get(b)!];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || byWorst(a, b);
    const order = typeof left === 'number' && typeof right === 'number' ? left - right : collator.compare(String(left), String(right));
    return sign * order || byWorst(a, b);
  });
}

/** More core rules breached first, then the higher effluent ratio, then by name; what is not known proves nothing and comes last. */
export function byWorst(a: Row, b: Row): number {
  return (b.breaches ?? -1) - (a.breaches ?? -1) || (b.ratio ?? -1) - (a.ratio ?? -1) || collator.compare(a.site.name, b.site.name) || collator.compare(a.site.key, b.site.key);
}

/** The worst rows of those that breach a core rule at all. */
export function worst(rows: readonly Row[], count: number): Row[] {
  return rows.filter(({ breaches }) => (breaches ?? 0) > 0).sort(byWorst).slice(0, count);
}
