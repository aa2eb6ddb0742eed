/** The box of the chosen vertex: its numbers, which can be typed, and what can be done to it. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { formatMeasure } from '../../i18n.ts';
import { meridianText, metres } from '../../survey/numbers.ts';
import { h } from '../../ui/h.ts';
import { readingOf, type FormField } from '../form.ts';
import { planeOf, typedInDegrees, typedOnPlane, type PlaceSystem } from '../place.ts';
import { samePath, verticesOf, type Vertex } from '../shape.ts';
import { w } from '../words.ts';
import { chosenOf, type Work } from './work.ts';

/** A number that is typed, whatever stands for it in the form of a record. */
const NUMBER: FormField = { name: '', title: '', type: 'number', unit: null, codes: [], required: true, readOnly: false, references: null };

/** What the box needs to know, and what it asks for. */
export interface VertexBoxGiven {
  work: Work;
  system: PlaceSystem;
  /** Numbers are read and typed on the plane, not in degrees. */
  isOnPlane: boolean;
  isOnMap: boolean;
  setOnPlane(isOnPlane: boolean): void;
  step(by: 1 | -1): void;
  insert(): void;
  snap(): void;
  toCentre(): void;
  remove(): void;
  /** A vertex was typed: for the chosen one, else one more. */
  typed(vertex: Vertex): void;
}

export function vertexBox(given: VertexBoxGiven): VNode {
  const { work, isOnMap, step } = given;
  const { shape, chosen, isDrawing } = work;
  const all = verticesOf(shape);
  const vertex = chosenOf(work);
  const title = vertex
    ? w('vertexNumber', { number: all.findIndex(({ path }) => samePath(path, chosen)) + 1, count: all.length })
    : isDrawing || all.length === 0
      ? w('typeVertex')
      : w('noVertexChosen');
  const button = (part: string, label: string, act: () => void) => h('button', { type: 'button', 'data-part': part, onclick: act }, label);
  return h(
    'section',
    { class: 'vertex-box', 'aria-labelledby': 'vertex-title' },
    h('h3', { id: 'vertex-title' }, title),
    (vertex || (all.length > 0 && !isDrawing)) && h('div', { class: 'edit-buttons' }, button('previous', w('previousVertex'), () => step(-1)), button('next', w('nextVertex'), () => step(1))),
    (vertex || isDrawing || shape.kind === 'Point') && h(NumberForm, given),
    vertex &&
      h(
        'div',
        { class: 'edit-buttons' },
        shape.kind !== 'Point' && button('insert', w('insertVertex'), given.insert),
        isOnMap && button('snap', w('snapNow'), given.snap),
        isOnMap && button('centre', w('toCentre'), given.toCentre),
        button('remove', w('removeVertex'), given.remove),
      ),
  );
}

/** What is typed; it goes when that does which it was typed over. */
interface Entry {
  over: Vertex | Work['shape'];
  isOnPlane: boolean;
  texts: readonly [string, string];
  fault: string;
}

function NumberForm({ work, system, isOnPlane, setOnPlane, typed }: VertexBoxGiven): VNode {
  const vertex = chosenOf(work);
  const over = vertex ?? work.shape;
  const [entry, setEntry] = useState<Entry>();
  const { texts, fault } = entry?.over === over && entry.isOnPlane === isOnPlane ? entry : { texts: textsOf(vertex, system, isOnPlane), fault: '' };

  function submit(event: Event): void {
    event.preventDefault();
    const [a, b] = [readingOf(NUMBER, texts[0]), readingOf(NUMBER, texts[1])];
    const wrong = 'fault' in a ? a.fault : 'fault' in b ? b.fault : undefined;
    const made = 'value' in a && 'value' in b ? (isOnPlane ? typedOnPlane : typedInDegrees)(system, a.value as number, b.value as number) : undefined;
    setEntry({ over, isOnPlane, texts, fault: made ? '' : w(wrong ?? 'faultPlace') });
    if (made) typed(made);
  }

  const input = (part: string, label: string, i: 0 | 1) =>
    h(
      'label',
      { for: `vertex-${part}`, class: 'filter' },
      h('span', {}, label),
      h('input', {
        id: `vertex-${part}`,
        'data-part': part,
        type: 'text',
        inputmode: 'decimal',
        autocomplete: 'off',
        'aria-describedby': 'vertex-fault',
        value: texts[i],
        oninput: ({ currentTarget: { value } }) => setEntry({ over, isOnPlane, texts: i === 0 ? [value, texts[1]] : [texts[0], value], fault }),
      }),
    );
  return h(
    'form',
    { class: 'numbers-form', novalidate: true, onsubmit: submit },
    h(
      'label',
      { for: 'vertex-system', class: 'filter' },
      h('span', {}, w('system')),
      h(
        'select',
        { id: 'vertex-system', value: isOnPlane ? 'plane' : 'degrees', onchange: ({ currentTarget: { value } }) => setOnPlane(value === 'plane') },
        system.shown && h('option', { value: 'plane' }, w('systemPlane', { meridian: meridianText(system.shown.meridian) })),
        h('option', { value: 'degrees' }, w('systemDegrees')),
      ),
    ),
    input('up', isOnPlane ? w('northing') : w('latitude'), 0),
    input('across', isOnPlane ? w('easting') : w('longitude'), 1),
    h('p', { class: 'fault', id: 'vertex-fault', role: 'alert' }, fault),
    h('button', { type: 'submit', 'data-part': 'set' }, vertex ? w('setVertex') : w('addVertex')),
  );
}

function textsOf(vertex: Vertex | undefined, system: PlaceSystem, isOnPlane: boolean): [string, string] {
  if (!vertex) return ['', ''];
  const plane = isOnPlane ? planeOf(system, vertex) : undefined;
  return plane ? [metres(plane.north), metres(plane.east)] : [formatMeasure(String(vertex.at[1])), formatMeasure(String(vertex.at[0]))];
}
