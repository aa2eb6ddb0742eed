/** Tables of what changed: each field before and after. */

import type { VNode } from 'preact';
import type { Collection, Item } from '../api.ts';
import { h } from '../ui/h.ts';
import { fieldOf, fieldTitle, valueText } from '../values.ts';
import { sameGeometry, valueChanges } from './diff.ts';
import { w } from './words.ts';

type State = Pick<Item, 'geometry' | 'properties'> | null;

/** What lies between two states, as a table; nothing where nothing that is declared changed. */
export function changeTable(collection: Collection | undefined, before: State, after: State, caption?: string): VNode | null {
  const declared = collection?.langxanh?.fields ?? [];
  const own = new Set(declared.filter((field) => !(field as { derived?: boolean }).derived).map(({ name }) => name));
  const values = valueChanges(before?.properties, after?.properties, [...own]).filter(({ name }) => declared.length === 0 || own.has(name));
  const text = (name: string, value: unknown) => (value === null ? '–' : valueText(fieldOf(collection, name), value));
  const rows = values.map(({ name, before: old, after: now }) => row(fieldTitle(collection, name), text(name, old), text(name, now)));
  if (!sameGeometry(before?.geometry, after?.geometry)) rows.push(row(w('place'), placeWord(before?.geometry), after?.geometry ? w('placeNew') : '–'));
  if (rows.length === 0) return null;
  return h(
    'table',
    { class: 'compared' },
    h('caption', { class: caption ? null : 'visually-hidden' }, caption ?? w('changesTable')),
    h('thead', {}, h('tr', {}, ...[w('field'), w('beforeColumn'), w('afterColumn')].map((title) => h('th', { scope: 'col' }, title)))),
    h('tbody', {}, ...rows),
  );
}

const placeWord = (geometry: unknown) => (geometry ? w('placeOld') : '–');

function row(title: string, before: string, after: string): VNode {
  return h('tr', {}, h('th', { scope: 'row' }, title), h('td', {}, h('del', {}, before)), h('td', {}, h('ins', {}, after)));
}
