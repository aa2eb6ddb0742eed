/** The bar over the table: what it shows of how many, its buttons, the files, and what is filtered as chips. */

import type { RefObject, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeptFocus } from '../ui/focus.ts';
import { h, type Child } from '../ui/h.ts';
import { s } from './words.ts';

/** Something that is filtered, to be taken away; or a button that concerns all of it. */
export interface Chip {
  key: string;
  /** The class of the button; `chip` is one that can be taken away. */
  kind: 'chip' | 'unpick' | 'to-shown' | 'clear-all';
  text: string;
  act: () => void;
}

/** What the bar shows and does. */
export interface BarGiven {
  /** How many rows are shown. */
  said: string;
  isOpen: boolean;
  hasFacets: boolean;
  /** How many filters are set. */
  active: number;
  /** Whether there is a map to draw on, and whether somebody does. */
  hasMap: boolean;
  isDrawing: boolean;
  chips: readonly Chip[];
  files: () => Child;
  areaButton: RefObject<HTMLButtonElement | null>;
  onFold: () => void;
  onFilters: () => void;
  onArea: () => void;
  onAreaInView: () => void;
}

/** The bar. */
export function Bar({ said, isOpen, hasFacets, active, hasMap, isDrawing, chips, files, areaButton, onFold, onFilters, onArea, onAreaInView }: BarGiven): VNode {
  const filters = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useKeptFocus(list, () => (list.current?.querySelector('button') ?? filters.current)?.focus());
  return h(
    'div',
    { class: 'dock-bar' },
    h('button', { type: 'button', class: 'fold', 'aria-controls': 'list', 'aria-expanded': isOpen, onclick: onFold }, s(isOpen ? 'foldTable' : 'openTable')),
    h('p', { class: 'shown', role: 'status' }, said),
    h('button', { type: 'button', class: 'filters', 'aria-expanded': isOpen && hasFacets, 'aria-controls': 'facets', ref: filters, onclick: onFilters }, active > 0 ? s('filtersCount', { count: active }) : s('filters')),
    h('button', { type: 'button', class: 'area', disabled: !hasMap || isDrawing, ref: areaButton, onclick: onArea }, s('area')),
    h('button', { type: 'button', class: 'area-view', disabled: !hasMap, onclick: onAreaInView }, s('areaView')),
    h(Download, { files }),
    h('div', { class: 'chips', ref: list }, chips.map(chip)),
  );
}

function chip({ key, kind, text, act }: Chip): VNode {
  if (kind === 'chip') return h('button', { key, type: 'button', class: 'chip', 'aria-label': s('remove', { what: text }), onclick: act }, h('span', {}, text), h('span', { 'aria-hidden': 'true' }, '✕'));
  return h('button', { key, type: 'button', class: kind === 'unpick' ? 'chip' : kind, onclick: act }, text);
}

/** The files, listed while they are unfolded; a click elsewhere and Escape fold them. */
function Download({ files }: { files: () => Child }): VNode {
  const [isOpen, setOpen] = useState(false);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const onClick = ({ target }: Event) => {
      if (!details.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener('click', onClick);
    return () => document.removeEventListener('click', onClick);
  }, []);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.stopPropagation();
    setOpen(false);
    details.current?.querySelector('summary')?.focus();
  };
  return h(
    'details',
    { class: 'download', open: isOpen, ref: details, ontoggle: () => setOpen(details.current?.open ?? false), onkeydown: onKey },
    h('summary', {}, s('files')),
    h('div', { class: 'files' }, isOpen && files()),
  );
}
