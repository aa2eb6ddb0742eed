/** The inputs of a form: one for each field, with what is wrong beside it and what is changed marked. */

import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatDate, pick, t } from '../i18n.ts';
import { h } from '../ui/h.ts';
import { NOTHING, unitText } from '../values.ts';
import { isProvenance, textOf, type FormField } from './form.ts';
import type { Typed } from './typed.ts';
import { w } from './words.ts';

/** What the inputs need. */
export interface FieldsGiven {
  form: Typed;
  /** What a field can be filled with. */
  suggestions?(field: FormField): { id: string; name: string }[];
  /** Draws the form anew, because something was typed. */
  onInput(): void;
}

/** Texts longer than this, and fields known to hold such, get several lines. */
const LONG = 60;
const LONG_FIELDS = new Set(['notes', 'remedy', 'intake_notes', 'legal_basis']);

/** The inputs of all fields; those that say where the record comes from stand together at the end. */
export function formFields({ form, ...given }: FieldsGiven): VNode {
  const rows = (isLast: boolean) => form.fields.filter((field) => isProvenance(field) === isLast).map((field) => h(Row, { key: field.name, form, field, ...given }));
  const provenance = rows(true);
  return h('div', { class: 'edit-fields' }, rows(false), provenance.length > 0 && h('fieldset', {}, h('legend', {}, t('sourceHeading')), provenance));
}

function Row({ form, field, suggestions, onInput }: FieldsGiven & { field: FormField }): VNode {
  const { name } = field;
  const id = inputId(form, name);
  const isChanged = form.isChanged(field);
  const unit = unitText(field.unit);
  // All sites of the city may be in it: it is made once.
  const list = useMemo(() => suggested(`${id}-list`, suggestions?.(field) ?? []), []);
  return h(
    'div',
    { class: isChanged ? 'edit-field changed' : 'edit-field', 'data-field': name },
    h('label', { for: id, class: 'field-label' }, field.title, field.required && h('span', { class: 'required' }, ` (${w('required')})`)),
    h('div', { class: 'edit-control' }, control(form, field, list ? `${id}-list` : null, onInput), unit && h('span', { class: 'unit' }, unit), list),
    h('span', { class: 'was' }, isChanged && w('before', { value: shownText(field, form.was(name)) })),
    h('p', { class: 'fault', id: `${id}-fault` }, form.fault(name)),
  );
}

function suggested(id: string, options: { id: string; name: string }[]): VNode | null {
  return options.length > 0 ? h('datalist', { id }, ...options.map((option) => h('option', { value: option.id }, option.name))) : null;
}

function control(form: Typed, field: FormField, list: string | null, onInput: () => void): VNode {
  const { name } = field;
  const id = inputId(form, name);
  const shared = {
    id,
    name,
    list,
    value: form.text(name),
    'aria-describedby': `${id}-fault`,
    'aria-required': field.required ? 'true' : null,
    'aria-invalid': form.fault(name) ? 'true' : null,
    oninput: ({ currentTarget: { value } }: { currentTarget: HTMLInputElement }) => {
      form.type(name, value);
      onInput();
    },
  };
  const choices = field.type === 'boolean' ? [{ code: 'true', title: t('yes') }, { code: 'false', title: t('no') }] : field.codes.map(({ code, title }) => ({ code, title: pick(title) || code }));
  if (choices.length > 0) {
    return h('select', shared, h('option', { value: '' }, `– ${t('notKnown')} –`), ...choices.map(({ code, title }) => h('option', { value: code }, title)));
  }
  if (field.type === 'date') return h('input', { ...shared, type: 'date', max: '9999-12-31' });
  if (field.type === 'datetime') return h('input', { ...shared, type: 'datetime-local', step: 1 });
  if (field.type === 'integer' || field.type === 'number') return h('input', { ...shared, type: 'text', inputmode: field.type === 'integer' ? 'numeric' : 'decimal', autocomplete: 'off' });
  const text = form.was(name);
  if (LONG_FIELDS.has(name) || (typeof text === 'string' && text.length > LONG)) return h('textarea', { ...shared, rows: 3 });
  return h('input', { ...shared, type: 'text', autocomplete: 'off' });
}

function inputId({ prefix }: Typed, name: string): string {
  return `${prefix}-${name}`;
}

/** Leads to the first field of those with faults, once they are drawn. */
export function leadToFirst(form: Typed, faults: ReadonlyMap<string, string>): void {
  const first = [...faults.keys()].find((name) => form.has(name));
  if (first !== undefined) document.getElementById(inputId(form, first))?.focus();
}

/** A value as it reads in the form. */
function shownText(field: FormField, value: unknown): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  const code = field.codes.find((known) => known.code === String(value));
  if (code) return pick(code.title) || code.code;
  return field.type === 'date' ? formatDate(String(value)) : textOf(field, value);
}
