/** A form's fields, what is typed into them and what that means; pure, so that no value changes on its way without a test. */

import type { Collection, Field } from '../api.ts';
import { lang, type Lang, type Text } from '../i18n.ts';
import { fieldTitle } from '../values.ts';
import type { Schema } from './api.ts';
import type { WordKey } from './words.ts';

/** A field of the form. */
export interface FormField {
  name: string;
  title: string;
  type: Field['type'];
  unit: string | null;
  codes: { code: string; title: Text }[];
  required: boolean;
  /** Computed by the server: shown, never sent. */
  readOnly: boolean;
  /** The collection whose ids it holds. */
  references: string | null;
}

/** What a text means, or why it means nothing. */
export type Reading = { value: unknown } | { fault: WordKey };

/** Fields that say where a record comes from; they stand together at the end of the form. */
const PROVENANCE = new Set(['source', 'source_date', 'source_url', 'confidence', 'is_demo', 'position_precision_m', 'notes', 'valid_from']);

/** The fields in the order of the schema; titles and codes in both languages come from the collection's own declaration. */
export function fieldsOf(collection: Collection, schema: Schema): FormField[] {
  const declared = new Map(collection.langxanh?.fields.map((field) => [field.name, field]));
  const required = new Set(schema.required);
  return Object.entries(schema.properties).flatMap(([name, { type, format, enum: codes, readOnly, title, 'x-ogc-unit': unit, 'x-ogc-role': role }]): FormField[] => {
    if (role === 'id' || role === 'primary-geometry' || format?.startsWith('geometry')) return [];
    const field = declared.get(name);
    const plain = format === 'date' ? 'date' : format === 'date-time' ? 'datetime' : (type ?? 'string');
    return [
      {
        name,
        title: field ? fieldTitle(collection, name) : (title ?? name),
        type: field?.type ?? (plain as Field['type']),
        unit: field?.unit ?? unit ?? null,
        codes: field?.codes ?? codes?.map((code) => ({ code: String(code), title: { vi: String(code), en: String(code) } })) ?? [],
        required: required.has(name),
        readOnly: readOnly === true,
        references: field?.references ?? null,
      },
    ];
  });
}

/** Whether the field says where the record comes from. */
export function isProvenance({ name }: FormField): boolean {
  return PROVENANCE.has(name);
}

/** A value as it stands in its input: a number with every digit it has, by the decimal mark of the language. */
export function textOf(field: FormField, value: unknown, language: Lang = lang): string {
  if (value === null || value === undefined) return '';
  if (field.type === 'number' && typeof value === 'number') return language === 'vi' ? String(value).replace('.', ',') : String(value);
  if (field.type === 'datetime') return hanoiTime(String(value)) ?? String(value);
  return String(value);
}

/** What is typed, as the value that is sent; nothing typed is no value. */
export function readingOf(field: FormField, typed: string, language: Lang = lang): Reading {
  const text = typed.trim();
  if (text === '') return field.required ? { fault: 'faultRequired' } : { value: null };
  if (field.codes.length > 0 && !field.codes.some(({ code }) => code === text)) return { fault: 'faultCode' };
  switch (field.type) {
    case 'integer':
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? { value: Number(text) } : { fault: 'faultInteger' };
    case 'number':
      return numberOf(text, language);
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { fault: 'faultCode' };
    case 'date':
      return isCalendarDay(text) ? { value: text } : { fault: 'faultDate' };
    case 'datetime': {
      // What an input of the browser says has no zone: it is Hanoi's time.
      const at = new Date(/[zZ]|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}+07:00`);
      return Number.isNaN(at.getTime()) ? { fault: 'faultDate' } : { value: at.toISOString().replace('.000Z', 'Z') };
    }
    default:
      return { value: typed.normalize('NFC').trim() };
  }
}

/** One comma or point is the decimal mark; where it could as well set thousands apart, nothing is guessed. */
function numberOf(text: string, language: Lang): Reading {
  const bare = text.replace(/[\s\u00a0\u202f]/g, '');
  const group = language === 'vi' ? '.' : ',';
  if (new RegExp(`^[+-]?\\d{1,3}(\\${group}\\d{3})+$`).test(bare)) return { fault: 'faultThousands' };
  if (!/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(bare)) return { fault: 'faultNumber' };
  const value = Number(bare.replace(',', '.'));
  return Number.isFinite(value) ? { value } : { fault: 'faultNumber' };
}

function isCalendarDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function hanoiTime(iso: string): string | undefined {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : new Date(at + 7 * 3_600_000).toISOString().slice(0, 19);
}

/** What the form changes of a record. */
export interface FormChanges {
  /** The new values by name; null takes one away. */
  values: Record<string, unknown>;
  /** Fields whose text means nothing, and why. */
  faults: Map<string, WordKey>;
}

/**
 * What is changed by the texts, compared with how the record's values stood in the form: a text that nobody touched changes
 * nothing, however its value was written.
 */
export function changesOf(fields: readonly FormField[], before: Record<string, unknown>, texts: ReadonlyMap<string, string>): FormChanges {
  const changes: FormChanges = { values: {}, faults: new Map() };
  for (const field of fields) {
    const text = texts.get(field.name);
    if (field.readOnly || text === undefined || text === textOf(field, before[field.name])) continue;
    const reading = readingOf(field, text);
    if ('fault' in reading) changes.faults.set(field.name, reading.fault);
    else if (!sameValue(reading.value, before[field.name])) changes.values[field.name] = reading.value;
  }
  return changes;
}

/** Whether two values of a field are one; a missing one is as good as null. */
export function sameValue(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null);
}

/** The field that a pointer of a fault leads to, `geometry` for the place, or undefined where it leads elsewhere. */
export function fieldOfPointer(pointer: string): string | undefined {
  const match = /(?:^|\/)(properties\/([^/]+)|geometry)(?:\/|$)/.exec(pointer);
  if (!match) return undefined;
  return match[2] === undefined ? 'geometry' : match[2].replace(/~1/g, '/').replace(/~0/g, '~');
}
