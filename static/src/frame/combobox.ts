/** The search box: a combobox with a list of matches, after the ARIA pattern of that name. */

import Combobox from '@github/combobox-nav';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n.ts';
import { h } from '../ui/h.ts';
import type { Place } from './search.ts';

interface Given<P extends Place> {
  search: (query: string) => P[];
  /** Gets the place that was chosen by Enter or click. */
  onPick: (place: P) => void;
}

/** The box over a search. Keys and the marks of the list's options are those of the library, whatever is drawn are its options. */
export function SearchBox<P extends Place>({ search, onPick }: Given<P>): VNode {
  const [{ matches, isAsked }, setFound] = useState<{ matches: P[]; isAsked: boolean }>({ matches: [], isAsked: false });
  // While the box has the focus, until the Escape key.
  const [isShown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const keys = useRef<Combobox>(null);
  const isOpen = isShown && matches.length > 0;

  useLayoutEffect(() => {
    // The first match is the active one, so that Enter takes it. Tab leaves the box.
    keys.current = new Combobox(input.current!, list.current!, { tabInsertsSuggestions: false, firstOptionSelectionMode: 'selected' });
    return () => keys.current?.destroy();
  }, []);
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    keys.current?.start();
    return () => keys.current?.stop();
  }, [isOpen]);
  useLayoutEffect(() => {
    if (isOpen) keys.current?.resetSelection();
  }, [matches]);

  const show = () => {
    const query = input.current!.value;
    setFound({ matches: search(query), isAsked: query.trim() !== '' });
    setShown(true);
  };

  const pick = (event: Event) => {
    const place = matches[[...list.current!.children].indexOf(event.target as Element)];
    if (!place) return;
    input.current!.value = place.name;
    input.current!.blur();
    onPick(place);
  };

  const onKey = (event: KeyboardEvent) => {
    // A Vietnamese input method uses Enter and arrows itself while a syllable is being composed. The library hears of that only while the list is open.
    if (event.isComposing) event.stopImmediatePropagation();
    else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setShown(false);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !isOpen && matches.length > 0) {
      event.preventDefault();
      setShown(true);
    }
  };

  return h(
    'div',
    // Heard here, after the library has heard it in the box: it takes the mark from the options of before.
    { class: 'search', role: 'search', oninput: show, oncompositionend: show },
    h('input', {
      ref: input,
      id: 'search',
      type: 'search',
      autocomplete: 'off',
      spellcheck: false,
      placeholder: t('searchHint'),
      'aria-label': t('search'),
      onfocus: show,
      onblur: () => setShown(false),
      onkeydown: onKey,
    }),
    h(
      'ul',
      {
        ref: list,
        id: 'search-list',
        role: 'listbox',
        'aria-label': t('search'),
        hidden: !isOpen,
        // The box keeps the focus, and with it the list stays until the click.
        onmousedown: (event) => event.preventDefault(),
        'oncombobox-commit': pick,
      },
      matches.map((place, index) =>
        h(
          'li',
          { id: `search-${index}`, role: 'option' },
          h('span', { class: 'site-name' }, place.name),
          h('span', { class: 'site-place' }, [place.kind, place.where].filter(Boolean).join(' · ')),
        ),
      ),
    ),
    h('p', { class: 'search-none', hidden: !isShown || !isAsked || matches.length > 0 }, t('searchNone')),
    h('p', { class: 'visually-hidden', role: 'status' }, isAsked ? t(matches.length > 0 ? 'searchCount' : 'searchNone', { count: matches.length }) : ''),
  );
}
