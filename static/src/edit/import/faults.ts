/** The faults of the file: they can be filtered, and those whose rows have a place lead to it. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { formatNumber } from '../../i18n.ts';
import { h } from '../../ui/h.ts';
import type { RowFault } from '../api.ts';
import { line } from '../controls.ts';
import type { FormField } from '../form.ts';
import { saidText } from '../text.ts';
import { w } from '../words.ts';
import { matching } from './mapping.ts';

/** So many faults stand in the table at once. */
const SHOWN_FAULTS = 200;

interface Given {
  faults: RowFault[];
  /** How many more there are than the server tells. */
  more: number;
  fields: FormField[];
  /** Leads to a row on the map, where it has a place. */
  show(row: number): void;
  has(row: number): boolean;
}

export function FaultPart({ faults, more, fields, show, has }: Given): VNode {
  const [words, setWords] = useState('');
  const titles = new Map(fields.map(({ name, title }) => [name, title]));
  const wanted = matching(faults.map((one) => ({ ...one, detail: saidText(one.detail) })), words);
  const shown = wanted.slice(0, SHOWN_FAULTS);
  const rowCell = (row: number) => (has(row) ? h('button', { type: 'button', class: 'small', 'aria-label': w('rowOnMap', { row }), onclick: () => show(row) }, String(row)) : String(row));
  return h(
    'details',
    { class: 'part import-faults', open: true },
    h('summary', {}, h('h3', {}, w('faults')), ' ', h('span', { class: 'brief' }, formatNumber(faults.length + more))),
    line('fault-words', w('filterFaults'), words, setWords, { type: 'search' }),
    h('p', { class: 'quiet', role: 'status' }, w('faultsShown', { shown: shown.length, count: wanted.length + (words ? 0 : more) })),
    h(
      'div',
      { class: 'wide', tabindex: 0, role: 'region', 'aria-label': w('faults') },
      h(
        'table',
        { class: 'compared faults-table' },
        h('caption', { class: 'visually-hidden' }, w('faults')),
        h('thead', {}, h('tr', {}, [w('row'), w('field'), w('reason')].map((title) => h('th', { scope: 'col' }, title)))),
        h('tbody', {}, shown.map(({ row, field, detail }) => h('tr', {}, h('th', { scope: 'row' }, rowCell(row)), h('td', {}, field ? (titles.get(field) ?? field) : '–'), h('td', {}, detail)))),
      ),
    ),
  );
}
