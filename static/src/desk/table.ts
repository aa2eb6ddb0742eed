/** The table of sites: only the rows in view are drawn, and every row is reached by keyboard. */

import type { RefObject, VNode } from 'preact';
import { useImperativeHandle, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { Site } from '../sites.ts';
import { useKeptFocus } from '../ui/focus.ts';
import { h } from '../ui/h.ts';
import { siteMark } from '../ui/sitemarks.ts';
import type { Row } from './facets.ts';
import { COLUMNS, type Column, type Sort } from './state.ts';
import { rowByKey, rowWindow, scrollTo } from './window.ts';
import { s } from './words.ts';

/** What the table shows and what its reader does. */
export interface TableGiven {
  rows: readonly Row[];
  text: (row: Row, column: Column) => string;
  picked: ReadonlySet<string>;
  /** The key of the open site. */
  open: string | undefined;
  sort: Sort;
  onSort: (column: Column) => void;
  onPick: (site: Site) => void;
  onOpen: (site: Site) => void;
  /** The row that pointer or keyboard is on, or none. */
  onPoint: (site: Site | null) => void;
  hand: RefObject<TableHand | null>;
}

/** What is done to the table from without. */
export interface TableHand {
  /** Lights a row up that the map's pointer is on. */
  light(key: string | undefined): void;
  /** Brings a row into view. */
  reveal(key: string): void;
  /** Goes to the beginning. */
  toTop(): void;
  /** Puts the focus on the row that the Tab key goes to, or on the table where there is none. */
  focus(): void;
}

/** Of every row, in pixels; `desk.css` has it too. */
const ROW = 34;
const NUMBERS: readonly Column[] = ['breaches', 'unknowns', 'ratio', 'year'];

/** The table. */
export function SitesTable(given: TableGiven): VNode {
  const { rows, onPick, onPoint, hand } = given;
  const scroll = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  // The row that the reader went to: until then, and when it is gone, the Tab key goes to the first, in whatever order.
  const [chosen, setChosen] = useState<string>();
  const [lit, setLit] = useState<string>();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const toFocus = useRef<string | undefined>(undefined);

  const indexOf = (key: string | undefined) => rows.findIndex(({ site }) => site.key === key);
  const current = indexOf(chosen) >= 0 ? chosen : rows[0]?.site.key;
  const height = () => Math.max(ROW, (scroll.current?.clientHeight ?? 0) - ROW);
  const windowNow = () => rowWindow(scroll.current?.scrollTop ?? 0, height(), ROW, rows.length);
  const { from, to, above, below } = windowNow();

  // Scrolling and resizing ask the table as it was drawn last.
  const drawn = useRef<(() => void) | undefined>(undefined);
  drawn.current = () => {
    const next = windowNow();
    if (next.from !== from || next.to !== to) redraw(undefined);
  };
  const isAsked = useRef(false);
  const onScroll = () => {
    if (isAsked.current) return;
    isAsked.current = true;
    requestAnimationFrame(() => {
      isAsked.current = false;
      drawn.current?.();
    });
  };
  useLayoutEffect(() => {
    const sized = new ResizeObserver(() => drawn.current?.());
    sized.observe(scroll.current!);
    return () => sized.disconnect();
  }, []);

  // A row that is scrolled away takes the focus with it: the keys go on from it all the same.
  useKeptFocus(body, () => scroll.current?.focus({ preventScroll: true }));
  useLayoutEffect(() => {
    if (toFocus.current === undefined) return;
    body.current?.querySelector<HTMLElement>(`[data-site="${CSS.escape(toFocus.current)}"]`)?.focus({ preventScroll: true });
    toFocus.current = undefined;
  });

  const bring = (index: number) => {
    setChosen(rows[index]?.site.key);
    scroll.current!.scrollTop = scrollTo(index, scroll.current!.scrollTop, height(), ROW);
    redraw(undefined);
  };
  const goTo = (index: number) => {
    toFocus.current = rows[index]?.site.key;
    bring(index);
  };
  useImperativeHandle(hand, () => ({
    light: setLit,
    reveal: (key) => {
      const index = indexOf(key);
      if (index >= 0) bring(index);
    },
    toTop: () => (scroll.current!.scrollTop = 0),
    focus: () => {
      if (rows.length === 0) scroll.current?.focus();
      else goTo(Math.max(0, indexOf(current)));
    },
  }));

  const rowOf = (target: EventTarget | null) => indexOf((target as HTMLElement).closest<HTMLElement>('tr')?.dataset.row);
  const onKey = (event: KeyboardEvent) => {
    const at = event.target === scroll.current ? indexOf(current) : rowOf(event.target);
    const row = rows[at];
    if (!row) return;
    if (event.key === ' ' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      return onPick(row.site);
    }
    const next = rowByKey(event.key, at, rows.length, Math.max(1, Math.floor(height() / ROW) - 1));
    if (next === undefined) return;
    event.preventDefault();
    goTo(next);
  };
  const onFocus = (event: FocusEvent) => {
    const site = rows[rowOf(event.target)]?.site;
    if (!site) return;
    setChosen(site.key);
    onPoint(site);
  };

  return h(
    'div',
    { class: 'table-scroll', id: 'list', role: 'region', 'aria-label': s('tableRows'), tabindex: -1, ref: scroll, onkeydown: onKey, onscroll: onScroll },
    h(
      'table',
      { class: 'sites-table', 'aria-rowcount': rows.length + 1 },
      h('caption', { class: 'visually-hidden' }, `${s('table')}. ${s('tableHint')}`),
      h('thead', {}, head(given)),
      h(
        'tbody',
        { ref: body, onfocusin: onFocus, onfocusout: () => onPoint(null) },
        spacer('above', above),
        rows.slice(from, to).map((row, i) => tableRow(row, from + i, given, { isCurrent: row.site.key === current, isLit: row.site.key === lit })),
        spacer('below', below),
      ),
    ),
    h('p', { class: 'quiet none', hidden: rows.length > 0 }, s('empty')),
  );
}

function head({ sort: { column: by, isDown }, onSort }: TableGiven): VNode {
  const heading = (column: Column) => {
    const isBy = column === by;
    return h(
      'th',
      { scope: 'col', class: `col-${column}${NUMBERS.includes(column) ? ' number' : ''}`, 'aria-sort': isBy ? (isDown ? 'descending' : 'ascending') : null },
      h('button', { type: 'button', 'data-column': column, title: column === 'breaches' || column === 'unknowns' || column === 'ratio' ? s(`about_${column}`) : undefined, onclick: () => onSort(column) }, s(`col_${column}`), h('span', { class: 'arrow', 'aria-hidden': 'true' }, isBy && (isDown ? '▼' : '▲'))),
    );
  };
  return h('tr', { 'aria-rowindex': 1 }, h('th', { scope: 'col', class: 'tick' }, h('span', { class: 'visually-hidden' }, s('pickColumn'))), COLUMNS.map(heading));
}

/** The room of the rows that are not drawn. */
function spacer(key: string, pixels: number): VNode | false {
  return pixels > 0 && h('tr', { key, class: 'spacer', 'aria-hidden': 'true', style: { height: `${pixels}px` } }, h('td', { colspan: COLUMNS.length + 1 }));
}

function tableRow(row: Row, index: number, { text, picked, open, onPick, onOpen, onPoint }: TableGiven, { isCurrent, isLit }: { isCurrent: boolean; isLit: boolean }): VNode {
  const { site } = row;
  const cell = (column: Column) => {
    const said = text(row, column);
    return h('td', { class: [NUMBERS.includes(column) && 'number', column === 'status' && `status-${site.status}`].filter(Boolean).join(' '), title: said }, said);
  };
  const isOpen = site.key === open;
  return h(
    'tr',
    {
      key: site.key,
      'data-row': site.key,
      'aria-rowindex': index + 2,
      class: [isOpen && 'open', isLit && 'lit'].filter(Boolean).join(' '),
      'aria-current': isOpen ? 'true' : null,
      onmouseenter: () => onPoint(site),
      onmouseleave: () => onPoint(null),
    },
    h('td', { class: 'tick' }, h('input', { type: 'checkbox', 'aria-label': s('pickRow', { name: site.name }), checked: picked.has(site.key), tabindex: -1, onchange: () => onPick(site) })),
    h(
      'th',
      { scope: 'row' },
      // Of the rows that are drawn the Tab key goes to one.
      h('button', { type: 'button', 'data-site': site.key, tabindex: isCurrent ? 0 : -1, onclick: () => onOpen(site) }, siteMark(site.collection, site.status), h('span', { class: 'site-name' }, site.name)),
    ),
    COLUMNS.slice(1).map(cell),
  );
}
