/** The columns of the file, each with the field it goes into, and fields that have one value in all rows. */

import { createRef, type VNode } from 'preact';
import { pick } from '../../i18n.ts';
import { h, type Child } from '../../ui/h.ts';
import type { ColumnWhy, ImportColumn } from '../api.ts';
import { choice } from '../controls.ts';
import type { FormField } from '../form.ts';
import { w, type WordKey } from '../words.ts';
import { chosen, ID, missing, PLACE, type Choices } from './mapping.ts';

/** Why the server reads a column as it does. */
const WHY: Record<ColumnWhy, WordKey> = { id: 'whyId', place: 'whyPlace', mapping: 'whyMapping', name: 'whyName', 'short-name': 'whyShortName', title: 'whyTitle', made: 'whyMade', unused: 'whyUnused' };

/** What is chosen so far. */
export interface Mapped {
  choices: Choices;
  /** The fields that have one value in all rows. */
  constants: ReadonlyMap<string, string>;
}

/** The tables; `set` draws them anew at once. */
export function mappingTable(columns: readonly ImportColumn[], fields: FormField[], set: (change: Partial<Mapped>) => void): (mapped: Mapped) => VNode {
  const targets = fields.filter(({ readOnly }) => !readOnly);
  const newest = createRef<HTMLElement>();
  const option = ({ name, title, required }: FormField) => h('option', { value: name }, required ? `${title} *` : title);

  function columnRow({ source, field, why }: ImportColumn, i: number, choices: Choices): VNode {
    const isPlace = field === PLACE;
    const options = [
      h('option', { value: '' }, w('leaveOut')),
      h('option', { value: ID }, w('featureId')),
      isPlace && h('option', { value: PLACE }, w('place')),
      ...targets.map(option),
      // A table of the user's own takes what the file has.
      field && field !== ID && !isPlace && !targets.some(({ name }) => name === field) && h('option', { value: field }, field),
    ];
    const choose = ({ currentTarget }: { currentTarget: HTMLSelectElement }) => set({ choices: chosen(choices, source, currentTarget.value || null) });
    const select = h('select', { id: `map-${i}`, disabled: isPlace, 'aria-label': w('columnInto', { column: source }), value: choices.get(source) ?? '', onchange: choose }, options);
    return h('tr', {}, h('th', { scope: 'row' }, source, h('span', { class: 'quiet' }, w(WHY[why]))), h('td', {}, select));
  }

  function constantRow(name: string, value: string, isNewest: boolean, constants: Mapped['constants']): VNode {
    const field = targets.find((one) => one.name === name);
    const label = field?.title ?? name;
    const shared = { ref: isNewest ? newest : null, 'aria-label': label, value };
    const take = ({ currentTarget }: { currentTarget: HTMLInputElement }) => set({ constants: new Map(constants).set(name, currentTarget.value) });
    const control = field?.codes.length
      ? h('select', { ...shared, onchange: take }, h('option', { value: '' }, '–'), field.codes.map(({ code, title }) => h('option', { value: code }, pick(title) || code)))
      : h('input', { ...shared, type: field?.type === 'date' ? 'date' : 'text', autocomplete: 'off', oninput: take });
    const drop = () => set({ constants: new Map([...constants].filter(([other]) => other !== name)) });
    return h('tr', { key: name }, h('th', { scope: 'row' }, label), h('td', {}, h('div', { class: 'edit-control' }, control, h('button', { type: 'button', class: 'small', 'aria-label': w('dropConstant', { field: label }), onclick: drop }, '✕'))));
  }

  function anotherConstant(constants: Mapped['constants']): VNode {
    const options: Child = [h('option', { value: '' }, w('addConstant')), ...targets.filter(({ name }) => !constants.has(name)).map(option)];
    const add = (name: string) => {
      if (name) set({ constants: new Map(constants).set(name, '') });
      newest.current?.focus();
    };
    return choice('constant-field', w('constant'), '', options, add);
  }

  return ({ choices, constants }) => {
    const lacking = missing(fields, choices, constants);
    return h(
      'div',
      {},
      h(
        'table',
        { class: 'mapping' },
        h('caption', {}, w('mappingTable')),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, w('column')), h('th', { scope: 'col' }, w('field')))),
        h('tbody', {}, columns.map((column, i) => columnRow(column, i, choices))),
      ),
      h('table', { class: 'mapping constants' }, h('caption', {}, w('constantsTable')), h('tbody', {}, [...constants].map(([name, value], i) => constantRow(name, value, i === constants.size - 1, constants)))),
      anotherConstant(constants),
      h('p', { class: 'fault', role: 'status' }, lacking.length > 0 && w('mappingLacks', { fields: lacking.map(({ title }) => title).join(', ') })),
    );
  };
}
