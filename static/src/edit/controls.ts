/** Inputs with their labels, as the screens of the desk share them. */

import type { VNode } from 'preact';
import { h, type Child } from '../ui/h.ts';

function labelled(id: string, label: string, control: VNode): VNode {
  return h('label', { for: id, class: 'filter' }, h('span', {}, label), control);
}

/** A choice of one of the options, with its label. */
export function choice(id: string, label: string, value: string, options: Child, set: (value: string) => void, more: object = {}): VNode {
  return labelled(id, label, h('select', { id, value, ...more, onchange: ({ currentTarget }) => set(currentTarget.value) }, options));
}

/** A line of text, with its label. */
export function line(id: string, label: string, value: string, set: (value: string) => void, more: object = {}): VNode {
  return labelled(id, label, h('input', { id, type: 'text', autocomplete: 'off', value, ...more, oninput: ({ currentTarget }) => set(currentTarget.value) }));
}

/** A box to be ticked, with its label. */
export function tick(id: string, label: string, checked: boolean, set: (checked: boolean) => void): VNode {
  return h('label', { for: id }, h('input', { id, type: 'checkbox', checked, onchange: ({ currentTarget }) => set(currentTarget.checked) }), label);
}

/** Where somebody says why a change is made, or more about it. */
export function whyField(label: string, value: string, set: (value: string) => void, more: object = {}, help?: Child): VNode {
  return h(
    'div',
    { class: 'edit-field why' },
    h('label', { for: 'why', class: 'field-label' }, label),
    h('textarea', { id: 'why', rows: 2, maxlength: 1000, value, ...more, oninput: ({ currentTarget }) => set(currentTarget.value) }),
    help,
  );
}
