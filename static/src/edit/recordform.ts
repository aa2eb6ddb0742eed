/** The form of a record as it is seen: its place, its fields, why it is changed. */

import type { RefObject, VNode } from 'preact';
import { zoneOf } from '../survey/vn2000.ts';
import { h } from '../ui/h.ts';
import { row } from '../ui/parts.ts';
import { fieldOf, fieldTitle, valueText } from '../values.ts';
import { whyField } from './controls.ts';
import { formFields } from './fields.ts';
import type { FormField } from './form.ts';
import { shapesFor, type Loaded } from './load.ts';
import { verticesOf, type Shape } from './shape.ts';
import type { Typed } from './typed.ts';
import { w } from './words.ts';

export interface RecordFormGiven {
  loaded: Loaded;
  typed: Typed;
  shape: Shape | undefined;
  placeChanged: boolean;
  placeFault: string;
  /** How much is changed. */
  changed: number;
  /** Why it is changed, as far as it is said. */
  why: string;
  placeButton: RefObject<HTMLButtonElement | null>;
  reviewButton: RefObject<HTMLButtonElement | null>;
  suggestions(field: FormField): { id: string; name: string }[];
  onInput(): void;
  onWhy(text: string): void;
  onPlace(): void;
  onReview(): void;
}

export function recordForm({ loaded, typed, shape, placeChanged, placeFault, changed, why, placeButton, reviewButton, suggestions, onInput, onWhy, onPlace, onReview }: RecordFormGiven): VNode {
  const { collection, isNew, isFixed } = loaded;
  return h(
    'form',
    { novalidate: true, onsubmit: (event) => (event.preventDefault(), onReview()) },
    shapesFor(collection).length > 0 &&
      h(
        'section',
        { class: 'edit-geometry', 'aria-labelledby': 'place-title' },
        h('h3', { id: 'place-title' }, w('place')),
        h('p', { class: 'place-words' }, placeText(loaded, shape, placeChanged)),
        isFixed ? h('p', { class: 'quiet' }, w('placeFixed')) : h('button', { type: 'button', class: 'edit-place', ref: placeButton, onclick: onPlace }, shape ? w('editPlace') : w('setPlace')),
        h('p', { class: 'fault', id: 'place-fault' }, placeFault),
      ),
    formFields({ form: typed, suggestions, onInput }),
    derivedRows(loaded),
    whyField(w('why'), why, onWhy, { 'aria-describedby': 'why-help' }, h('p', { class: 'quiet', id: 'why-help' }, w('whyHelp'))),
    h(
      'div',
      { class: 'edit-buttons sticky' },
      h('button', { type: 'submit', class: 'primary', ref: reviewButton, disabled: !isNew && changed === 0 }, w('review')),
      h('span', { class: 'quiet', role: 'status' }, isNew ? '' : changed === 0 ? w('nothingChanged') : w('changedCount', { count: changed })),
    ),
  );
}

function placeText({ isFixed, crs }: Loaded, shape: Shape | undefined, changed: boolean): string {
  if (isFixed) return '';
  if (!shape) return w('noPlace');
  const zone = zoneOf(crs);
  return [w(`shape_${shape.kind}`), shape.kind !== 'Point' && w('vertexCount', { count: verticesOf(shape).length }), zone && w('storedIn', { epsg: zone.epsg }), changed && w('placeChanged')].filter(Boolean).join(' · ');
}

/** What the server computes of the record, folded away. */
function derivedRows({ fields, item, collection, isNew }: Loaded): VNode | null {
  const derived = fields.filter(({ readOnly, name }) => readOnly && (item.properties[name] ?? null) !== null);
  if (isNew || derived.length === 0) return null;
  return h('details', { class: 'part' }, h('summary', {}, h('h3', {}, w('derived'))), h('p', { class: 'quiet' }, w('derivedHelp')), h('dl', {}, derived.map(({ name }) => row(fieldTitle(collection, name), valueText(fieldOf(collection, name), item.properties[name])))));
}

/** The record for whoever may not change it. */
export function readOnlyRows({ fields, item, collection }: Loaded): VNode {
  return h('dl', {}, fields.map(({ name, title }) => row(title, valueText(fieldOf(collection, name), item.properties[name]))));
}
