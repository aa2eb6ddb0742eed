/** The facets beside the table: tick boxes with counts, those with most sites first. */

import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { formatNumber } from '../i18n.ts';
import { byName } from '../sites.ts';
import { useKeptFocus } from '../ui/focus.ts';
import { h } from '../ui/h.ts';
import { s, type DeskKey } from './words.ts';

/** A facet as it is drawn. */
export interface FacetGroup {
  name: string;
  title: DeskKey;
  values: { value: string; text: string; count: number; isChosen: boolean }[];
}

/** Facets that the reader has unfolded stay so, also those that are for a while not there. */
const unfolded = new Set<string>(['kind', 'status', 'district']);

/** The groups; the focus stays on the box that was ticked, wherever its count puts it. */
export function FacetList({ groups, onToggle }: { groups: readonly FacetGroup[]; onToggle: (name: string, value: string) => void }): VNode {
  const list = useRef<HTMLDivElement>(null);
  useKeptFocus(list, () => undefined);
  const group = ({ name, title, values }: FacetGroup) => {
    const chosen = values.filter(({ isChosen }) => isChosen).length;
    // What is not on record stands last: it is no value.
    const sorted = values.toSorted((a, b) => Number(a.value === '') - Number(b.value === '') || (name === 'status' ? 0 : b.count - a.count || byName({ name: a.text }, { name: b.text })));
    return h(
      'details',
      { key: name, class: 'facet', open: unfolded.has(name) || chosen > 0, ontoggle: ({ currentTarget }) => (currentTarget.open ? unfolded.add(name) : unfolded.delete(name)) },
      h('summary', {}, s(title), chosen > 0 && h('strong', { class: 'chosen' }, ` (${chosen})`)),
      h(
        'ul',
        { 'data-facet': name, 'aria-label': s(title), role: 'group' },
        sorted.map(({ value, text, count, isChosen }) =>
          h(
            'li',
            { key: value, role: 'presentation' },
            h('label', {}, h('input', { type: 'checkbox', checked: isChosen, 'data-value': `${name}:${value}`, onchange: () => onToggle(name, value) }), h('span', {}, text), h('span', { class: 'count' }, formatNumber(count))),
          ),
        ),
      ),
    );
  };
  return h('div', { class: 'facets', id: 'facets', ref: list }, h('p', { class: 'quiet' }, s('filtersHint')), groups.filter(({ values }) => values.length > 0).map(group));
}
