/** The inputs of a form: one for each field, with what is wrong beside it and what is changed marked. */

import { h } from '../dom.ts';
import { formatDate, pick, t } from '../i18n.ts';
import { NOTHING, unitText } from '../values.ts';
import { changesOf, isProvenance, textOf, type FormChanges, type FormField } from './form.ts';
import { w } from './words.ts';

/** The inputs, and what is in them. */
export interface Inputs {
  element: HTMLElement;
  /** What is changed, compared with the record. */
  changes(): FormChanges;
  /** Puts other values in, as if they were typed. */
  set(values: Record<string, unknown>): void;
  /** Another state of the record is what changes are compared with. */
  rebase(before: Record<string, unknown>): void;
  /** Writes faults beside their fields and leads to the first; the answer are the names that are no field of the form. */
  showFaults(faults: ReadonlyMap<string, string>): string[];
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** How a form is built. */
export interface InputOptions {
  fields: FormField[];
  before: Record<string, unknown>;
  suggestions(field: FormField): { id: string; name: string }[];
  onInput(): void;
  /** Only these fields, for a short form. */
  only?: readonly string[];
}

/** Texts longer than this, and fields known to hold such, get several lines. */
const LONG = 60;
const LONG_FIELDS = new Set(['notes', 'remedy', 'intake_notes', 'legal_basis']);

/** Counts forms, so that labels find their own inputs. */
let forms = 0;

export function createInputs({ fields, before: first, suggestions, onInput, only }: InputOptions): Inputs {
  forms += 1;
  const prefix = `f${forms}`;
  let before = first;
  const shown = fields.filter(({ name, readOnly }) => !readOnly && (!only || only.includes(name)));
  const rows = new Map(shown.map((field) => [field.name, fieldRow(field)]));

  function fieldRow(field: FormField) {
    const id = `${prefix}-${field.name}`;
    const was = h('span', { class: 'was' });
    const fault = h('p', { class: 'fault', id: `${id}-fault` });
    const control = controlOf(field, id);
    control.value = textOf(field, before[field.name]);
    control.addEventListener('input', () => {
      fault.textContent = '';
      control.removeAttribute('aria-invalid');
      mark(field.name);
      onInput();
    });
    const label = h('label', { for: id, class: 'field-label' }, field.title, field.required && h('span', { class: 'required' }, ` (${w('required')})`));
    const unit = unitText(field.unit);
    const options = suggestions(field);
    const list = options.length > 0 && h('datalist', { id: `${id}-list` }, ...options.map((option) => h('option', { value: option.id }, option.name)));
    if (list) control.setAttribute('list', `${id}-list`);
    const element = h('div', { class: 'edit-field', 'data-field': field.name }, label, h('div', { class: 'edit-control' }, control, unit && h('span', { class: 'unit' }, unit), list), was, fault);
    return { field, element, control, was, fault };
  }

  function controlOf(field: FormField, id: string): Control {
    const shared = { id, name: field.name, 'aria-describedby': `${id}-fault`, 'aria-required': field.required ? 'true' : null };
    const choices = field.type === 'boolean' ? [{ code: 'true', title: t('yes') }, { code: 'false', title: t('no') }] : field.codes.map(({ code, title }) => ({ code, title: pick(title) || code }));
    if (choices.length > 0) {
      return h('select', shared, h('option', { value: '' }, `– ${t('notKnown')} –`), ...choices.map(({ code, title }) => h('option', { value: code }, title)));
    }
    if (field.type === 'date') return h('input', { ...shared, type: 'date', max: '9999-12-31' });
    if (field.type === 'datetime') return h('input', { ...shared, type: 'datetime-local', step: 1 });
    if (field.type === 'integer' || field.type === 'number') return h('input', { ...shared, type: 'text', inputmode: field.type === 'integer' ? 'numeric' : 'decimal', autocomplete: 'off' });
    const text = before[field.name];
    if (LONG_FIELDS.has(field.name) || (typeof text === 'string' && text.length > LONG)) return h('textarea', { ...shared, rows: 3 });
    return h('input', { ...shared, type: 'text', autocomplete: 'off' });
  }

  const texts = () => new Map([...rows].map(([name, { control }]) => [name, control.value]));

  function mark(name: string): void {
    const row = rows.get(name);
    if (!row) return;
    const { values, faults } = changesOf([row.field], before, texts());
    const isChanged = name in values || faults.has(name);
    row.element.classList.toggle('changed', isChanged);
    row.was.textContent = isChanged ? w('before', { value: shownText(row.field, before[name]) }) : '';
  }

  const element = (isLast: boolean) => [...rows.values()].filter(({ field }) => isProvenance(field) === isLast).map(({ element }) => element);
  const provenance = element(true);
  return {
    element: h(
      'div',
      { class: 'edit-fields' },
      ...element(false),
      ...(provenance.length > 0 ? [h('fieldset', {}, h('legend', {}, t('sourceHeading')), ...provenance)] : []),
    ),
    changes: () => changesOf(shown, before, texts()),
    set: (values) => {
      for (const [name, value] of Object.entries(values)) {
        const row = rows.get(name);
        if (!row) continue;
        row.control.value = textOf(row.field, value);
        mark(name);
      }
    },
    rebase: (next) => {
      before = next;
      for (const name of rows.keys()) mark(name);
    },
    showFaults: (faults) => {
      const others: string[] = [];
      let isFirst = true;
      for (const [name, text] of faults) {
        const row = rows.get(name);
        if (!row) {
          others.push(name);
          continue;
        }
        row.fault.textContent = text;
        row.control.setAttribute('aria-invalid', 'true');
        if (isFirst) row.control.focus();
        isFirst = false;
      }
      return others;
    },
  };
}

/** A value as it reads in the form. */
function shownText(field: FormField, value: unknown): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  const code = field.codes.find((known) => known.code === String(value));
  if (code) return pick(code.title) || code.code;
  return field.type === 'date' ? formatDate(String(value)) : textOf(field, value);
}
