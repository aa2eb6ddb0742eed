/** The table of sites: only the rows in view are drawn, and every row is reached by keyboard. */

import { h } from '../dom.ts';
import type { Site } from '../sites.ts';
import { siteMark } from '../sitemarks.ts';
import type { Row } from './facets.ts';
import { COLUMNS, type Column, type Sort } from './state.ts';
import { rowByKey, rowWindow, scrollTo } from './window.ts';
import { s } from './words.ts';

/** What the table shows and what its reader does. */
export interface TableHost {
  text(row: Row, column: Column): string;
  picked(): ReadonlySet<string>;
  /** The key of the open site. */
  open(): string | undefined;
  sort(): Sort;
  onSort(column: Column): void;
  onPick(site: Site): void;
  onOpen(site: Site): void;
  /** The row that pointer or keyboard is on, or none. */
  onPoint(site: Site | null): void;
}

export interface Table {
  element: HTMLElement;
  /** Shows other rows, or the same after something about them has changed. */
  show(rows: readonly Row[]): void;
  /** Lights a row up that the map's pointer is on. */
  light(key: string | undefined): void;
  /** Brings a row into view. */
  reveal(key: string): void;
  /** Puts the focus on the first row, or on the table where there is none. */
  focus(): void;
}

/** Of every row, in pixels; `desk.css` has it too. */
const ROW = 34;
const NUMBERS: readonly Column[] = ['breaches', 'unknowns', 'ratio', 'year'];

/** An empty table. */
export function createTable(host: TableHost): Table {
  const head = h('tr', { 'aria-rowindex': 1 });
  const body = h('tbody');
  const table = h('table', { class: 'sites-table' }, h('caption', { class: 'visually-hidden' }, `${s('table')}. ${s('tableHint')}`), h('thead', {}, head), body);
  const none = h('p', { class: 'quiet none', hidden: true }, s('empty'));
  const element = h('div', { class: 'table-scroll', role: 'region', 'aria-label': s('tableRows'), tabindex: -1 }, table, none);
  let rows: readonly Row[] = [];
  // The row that the Tab key goes to, and the one the map's pointer is on.
  let current: string | undefined;
  // Whether the reader chose that row: until then it is the first, in whatever order.
  let isChosen = false;
  let lit: string | undefined;
  let drawn = '';

  const height = () => Math.max(ROW, element.clientHeight - ROW);
  const indexOf = (key: string | undefined) => rows.findIndex(({ site }) => site.key === key);

  function draw(isForced = false): void {
    const { from, to, above, below } = rowWindow(element.scrollTop, height(), ROW, rows.length);
    const next = `${from}-${to}`;
    if (!isForced && next === drawn) return;
    drawn = next;
    const focused = document.activeElement instanceof HTMLElement && body.contains(document.activeElement) ? document.activeElement : null;
    const [focusedKey, isTick] = [focused?.closest('tr')?.dataset.row, focused instanceof HTMLInputElement];
    const picked = host.picked();
    body.replaceChildren(...spacer(above), ...rows.slice(from, to).map((row, i) => tableRow(row, from + i, picked)), ...spacer(below));
    if (focusedKey) focusIn(focusedKey, isTick);
    // The row is scrolled away: the keys go on from it all the same.
    if (focused && !body.contains(document.activeElement)) element.focus({ preventScroll: true });
  }

  function spacer(pixels: number): HTMLElement[] {
    if (pixels <= 0) return [];
    const row = h('tr', { class: 'spacer', 'aria-hidden': 'true' }, h('td', { colspan: COLUMNS.length + 1 }));
    row.style.height = `${pixels}px`;
    return [row];
  }

  function tableRow(row: Row, index: number, picked: ReadonlySet<string>): HTMLElement {
    const { site } = row;
    const tick = h('input', { type: 'checkbox', 'aria-label': s('pickRow', { name: site.name }), checked: picked.has(site.key), tabindex: -1, onchange: () => host.onPick(site) });
    const name = h('button', { type: 'button', 'data-site': site.key, tabindex: site.key === current ? 0 : -1, onclick: () => host.onOpen(site) }, siteMark(site.collection, site.status), h('span', { class: 'site-name' }, site.name));
    const cells = COLUMNS.slice(1).map((column) => {
      const text = host.text(row, column);
      return h('td', { class: [NUMBERS.includes(column) && 'number', column === 'status' && `status-${site.status}`].filter(Boolean).join(' '), title: text }, text);
    });
    const isOpen = site.key === host.open();
    return h(
      'tr',
      { 'data-row': site.key, 'aria-rowindex': index + 2, class: [isOpen && 'open', site.key === lit && 'lit'].filter(Boolean).join(' '), 'aria-current': isOpen ? 'true' : null, onmouseenter: () => host.onPoint(site), onmouseleave: () => host.onPoint(null) },
      h('td', { class: 'tick' }, tick),
      h('th', { scope: 'row' }, name),
      ...cells,
    );
  }

  function drawHead(): void {
    const { column: by, isDown } = host.sort();
    const focused = head.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.column : undefined;
    const heading = (column: Column) => {
      const isBy = column === by;
      return h(
        'th',
        { scope: 'col', class: `col-${column}${NUMBERS.includes(column) ? ' number' : ''}`, 'aria-sort': isBy ? (isDown ? 'descending' : 'ascending') : null },
        h('button', { type: 'button', 'data-column': column, title: column === 'breaches' || column === 'unknowns' || column === 'ratio' ? s(`about_${column}`) : null, onclick: () => host.onSort(column) }, s(`col_${column}`), h('span', { class: 'arrow', 'aria-hidden': 'true' }, isBy ? (isDown ? '▼' : '▲') : '')),
      );
    };
    head.replaceChildren(h('th', { scope: 'col', class: 'tick' }, h('span', { class: 'visually-hidden' }, s('pickColumn'))), ...COLUMNS.map(heading));
    if (focused) head.querySelector<HTMLElement>(`[data-column=${focused}]`)?.focus();
  }

  function focusIn(key: string, isTick = false): void {
    const row = body.querySelector(`[data-row="${CSS.escape(key)}"]`);
    row?.querySelector<HTMLElement>(isTick ? 'input' : '[data-site]')?.focus({ preventScroll: true });
  }

  /** The row that the Tab key goes to; exactly one of those drawn has it. */
  function setCurrent(key: string): void {
    isChosen = true;
    current = key;
    for (const button of body.querySelectorAll<HTMLElement>('[data-site]')) button.tabIndex = button.dataset.site === key ? 0 : -1;
  }

  function goTo(index: number): void {
    const key = rows[index]?.site.key;
    if (key) setCurrent(key);
    element.scrollTop = scrollTo(index, element.scrollTop, height(), ROW);
    draw(true);
    if (key) focusIn(key);
  }

  element.addEventListener('keydown', (event) => {
    const key = event.target === element ? current : (event.target as HTMLElement).closest<HTMLElement>('tr')?.dataset.row;
    const row = rows[indexOf(key)];
    if (!row) return;
    if (event.key === ' ' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      return host.onPick(row.site);
    }
    const next = rowByKey(event.key, indexOf(key), rows.length, Math.max(1, Math.floor(height() / ROW) - 1));
    if (next === undefined) return;
    event.preventDefault();
    goTo(next);
  });
  body.addEventListener('focusin', (event) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('tr')?.dataset.row;
    const row = rows[indexOf(key)];
    if (!row) return;
    setCurrent(row.site.key);
    host.onPoint(row.site);
  });
  body.addEventListener('focusout', () => host.onPoint(null));
  let isAsked = false;
  element.addEventListener('scroll', () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  });
  new ResizeObserver(() => draw()).observe(element);

  return {
    element,
    show: (next) => {
      rows = next;
      if (indexOf(current) < 0) isChosen = false;
      if (!isChosen) current = rows[0]?.site.key;
      table.setAttribute('aria-rowcount', String(rows.length + 1));
      none.hidden = rows.length > 0;
      drawHead();
      draw(true);
    },
    light: (key) => {
      lit = key;
      for (const row of body.querySelectorAll<HTMLElement>('[data-row]')) row.classList.toggle('lit', row.dataset.row === key);
    },
    reveal: (key) => {
      const index = indexOf(key);
      if (index < 0) return;
      setCurrent(key);
      element.scrollTop = scrollTo(index, element.scrollTop, height(), ROW);
      draw(true);
    },
    focus: () => {
      if (rows.length === 0) return element.focus();
      goTo(Math.max(0, indexOf(current)));
    },
  };
}
