/** The facets beside the table: tick boxes with counts, those with most sites first. */

import { h } from '../dom.ts';
import { byName } from '../sites.ts';
import { formatNumber } from '../i18n.ts';
import { s, type DeskKey } from './words.ts';

/** A facet as it is drawn. */
export interface FacetGroup {
  name: string;
  title: DeskKey;
  values: { value: string; text: string; count: number; isChosen: boolean }[];
}

/** Facets that the reader has unfolded stay so. */
const unfolded = new Set<string>(['kind', 'status', 'district']);

/** Draws the groups; the focus stays on the box that was ticked. */
export function showFacets(target: HTMLElement, groups: readonly FacetGroup[], onToggle: (name: string, value: string) => void): void {
  const focused = target.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.value : undefined;
  const scrolled = new Map([...target.querySelectorAll<HTMLElement>('ul')].map((list) => [list.dataset.facet, list.scrollTop]));
  const group = ({ name, title, values }: FacetGroup) => {
    const chosen = values.filter(({ isChosen }) => isChosen).length;
    // What is not on record stands last: it is no value.
    const sorted = values.toSorted((a, b) => Number(a.value === '') - Number(b.value === '') || (name === 'status' ? 0 : b.count - a.count || byName({ name: a.text }, { name: b.text })));
    const element = h(
      'details',
      { class: 'facet', open: unfolded.has(name) || chosen > 0 },
      h('summary', {}, s(title), chosen > 0 && h('strong', { class: 'chosen' }, ` (${chosen})`)),
      h(
        'ul',
        { 'data-facet': name, 'aria-label': s(title), role: 'group' },
        ...sorted.map(({ value, text, count, isChosen }) =>
          h(
            'li',
            { role: 'presentation' },
            h('label', {}, h('input', { type: 'checkbox', checked: isChosen, 'data-value': `${name}:${value}`, onchange: () => onToggle(name, value) }), h('span', {}, text), h('span', { class: 'count' }, formatNumber(count))),
          ),
        ),
      ),
    );
    element.addEventListener('toggle', () => (element.open ? unfolded.add(name) : unfolded.delete(name)));
    return element;
  };
  target.replaceChildren(...groups.filter(({ values }) => values.length > 0).map(group));
  for (const list of target.querySelectorAll<HTMLElement>('ul')) list.scrollTop = scrolled.get(list.dataset.facet) ?? 0;
  if (focused) target.querySelector<HTMLElement>(`[data-value="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
