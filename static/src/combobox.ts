/** The search box: a combobox with a list of matches, after the ARIA pattern of that name. */

import { h } from './dom.ts';
import { t } from './i18n.ts';
import type { Place } from './search.ts';

/** The box over a search; `onPick` gets the place that was chosen by Enter or click. */
export function combobox<P extends Place>(search: (query: string) => P[], onPick: (place: P) => void): HTMLElement {
  const list = h('ul', { id: 'search-list', role: 'listbox', 'aria-label': t('search'), hidden: true });
  const said = h('p', { class: 'visually-hidden', role: 'status' });
  const none = h('p', { class: 'search-none', hidden: true }, t('searchNone'));
  const input = h('input', {
    id: 'search',
    type: 'search',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: t('searchHint'),
    'aria-label': t('search'),
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': 'search-list',
    oninput: show,
    onfocus: show,
    onblur: hide,
    onkeydown: (event) => onKey(event as KeyboardEvent),
  });
  let matches: P[] = [];
  let active = 0;

  function show(): void {
    matches = search(input.value);
    active = 0;
    const asked = input.value.trim() !== '';
    none.hidden = !asked || matches.length > 0;
    said.textContent = asked ? t(matches.length > 0 ? 'searchCount' : 'searchNone', { count: matches.length }) : '';
    list.replaceChildren(
      ...matches.map((place, index) =>
        h(
          'li',
          {
            id: `search-${index}`,
            role: 'option',
            'aria-selected': 'false',
            // Before the box loses the focus and hides the list.
            onmousedown: (event) => {
              event.preventDefault();
              pickAt(index);
            },
          },
          h('span', { class: 'site-name' }, place.name),
          h('span', { class: 'site-place' }, [place.kind, place.where].filter(Boolean).join(' · ')),
        ),
      ),
    );
    list.hidden = matches.length === 0;
    mark();
  }

  function mark(): void {
    input.setAttribute('aria-expanded', String(!list.hidden));
    if (list.hidden) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `search-${active}`);
    [...list.children].forEach((option, index) => option.setAttribute('aria-selected', String(index === active)));
    if (!list.hidden) list.children[active]?.scrollIntoView({ block: 'nearest' });
  }

  function hide(): void {
    list.hidden = none.hidden = true;
    mark();
  }

  function pickAt(index: number): void {
    const place = matches[index];
    if (!place) return;
    input.value = place.name;
    input.blur();
    onPick(place);
  }

  function onKey(event: KeyboardEvent): void {
    // A Vietnamese input method uses Enter and arrows itself while a syllable is being composed.
    if (event.isComposing) return;
    if (event.key === 'Escape' && !list.hidden) {
      event.stopPropagation();
      hide();
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault();
      pickAt(active);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && matches.length > 0) {
      event.preventDefault();
      if (list.hidden) list.hidden = false;
      else active = (active + (event.key === 'ArrowDown' ? 1 : matches.length - 1)) % matches.length;
      mark();
    }
  }

  return h('div', { class: 'search', role: 'search' }, input, list, none, said);
}
