/** Writes a feature's values for people, by the titles, codes and units that the collection declares. */

import type { Collection, Field } from './api.ts';
import { formatDate, formatMeasure, formatNumber, pick, t, type Key } from './i18n.ts';

/** The declared field, or undefined where the server declares none. */
export function fieldOf(collection: Collection | undefined, name: string): Field | undefined {
  return collection?.langxanh?.fields.find((field) => field.name === name);
}

/** The field's title, or its name where it has none. */
export function fieldTitle(collection: Collection | undefined, name: string): string {
  return pick(fieldOf(collection, name)?.title) || name;
}

/** The value in words and with its unit; an absent value says so. */
export function valueText(field: Field | undefined, value: unknown): string {
  if (value === null || value === undefined || value === '') return t('notKnown');
  const title = codeTitle(field, value);
  if (title) return title;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  const text =
    field?.type === 'date' || field?.type === 'datetime'
      ? formatDate(String(value))
      : typeof value === 'number'
        ? formatNumber(value)
        : String(value);
  return withUnit(text, field?.unit);
}

/** Which version of a plan it is, or nothing where the register does not say. */
export function versionText(plans: Collection | undefined, { version }: Record<string, unknown>): string {
  return version ? `${fieldTitle(plans, 'version')} ${String(version)}` : '';
}

/** How sure a fact is, in words; other marks than the register's own stay as they are. */
export function confidenceText(mark: string): string {
  const known = CONFIDENCE.find((key) => key === mark);
  return known ? t(known) : mark;
}
const CONFIDENCE: readonly Key[] = ['verified', 'verified-no-address', 'recalled-high', 'recalled-medium', 'recalled-low'];

/** What the collection is called. */
export function collectionTitle(collection: Collection): string {
  return pick(collection.langxanh?.title) || collection.title;
}

/** A code, such as a sample's parameter, by the title that any field of the collection declares for it; else the code itself. */
export function codeText(collection: Collection | undefined, code: string): string {
  const field = collection?.langxanh?.fields.find((field) => field.codes?.some((known) => known.code === code));
  return codeTitle(field, code) ?? code;
}

/** What stands where there is no value. */
export const NOTHING = '–';

/** A recorded or allowed value: a declared code or a date in words, else the text with its unit; a dash where there is none. */
export function measureText(field: Field | undefined, value: string | null | undefined, unit?: string | null): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  const title = codeTitle(field, value);
  if (title) return title;
  return withUnit(field?.type === 'date' ? formatDate(value) : formatMeasure(value), unit);
}

function codeTitle(field: Field | undefined, value: unknown): string | undefined {
  const code = field?.codes?.find((known) => known.code === String(value));
  return code && (pick(code.title) || code.code);
}

/** A unit as people write it, or nothing for a bare number: units are declared by UCUM's codes and reported by laboratories' habits. */
export function unitText(unit: string | null | undefined): string {
  if (!unit || unit === '1' || unit === '-') return '';
  const known: Record<string, string> = {
    har: 'ha',
    m2: 'm²',
    km2: 'km²',
    'm3/d': `m³/${t('perDay')}`,
    'm3/s': 'm³/s',
    '10*6.m3': t('millionCubicMetres'),
    // Long for a column of a table: it may go on in a second line.
    'bacteria/100ml': t('bacteriaPer100Ml', { break: '\u200b' }),
    'MPN/100ml': 'MPN/100 ml',
  };
  return known[unit] ?? unit;
}

function withUnit(text: string, unit: string | null | undefined): string {
  return [text, unitText(unit)].filter(Boolean).join(' ');
}
