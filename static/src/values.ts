/** Writes a feature's values for people, by the titles, codes and units that the collection declares. */

import type { Collection, Field } from './api.ts';
import { formatDate, formatMeasure, formatNumber, pick, t } from './i18n.ts';

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
  return field?.unit ? `${text} ${unitText(field.unit)}` : text;
}

/** A parameter of a sample by its declared title; codes that nobody declared stay as they are. */
export function parameterText(samples: Collection | undefined, code: string): string {
  const field = samples?.langxanh?.fields.find((field) => field.codes?.some((known) => known.code === code));
  return codeTitle(field, code) ?? code;
}

/** A measured value or limit with its unit, or a dash where there is none. */
export function measureText(value: number | string | null | undefined, unit?: string | null): string {
  if (value === null || value === undefined || value === '') return '–';
  const text = formatMeasure(value);
  return unit && unit !== '-' ? `${text} ${unitText(unit)}` : text;
}

function codeTitle(field: Field | undefined, value: unknown): string | undefined {
  const code = field?.codes?.find((known) => known.code === String(value));
  return code && (pick(code.title) || code.code);
}

function unitText(unit: string): string {
  return unit.replace('m3', 'm³').replace('m2', 'm²').replace('/day', t('perDay'));
}
