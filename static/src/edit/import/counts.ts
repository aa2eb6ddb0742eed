/** What would come of a file, or came of it: its counts and the remarks of the server. */

import type { VNode } from 'preact';
import type { Collection } from '../../api.ts';
import { formatNumber, lang } from '../../i18n.ts';
import { h, type Child } from '../../ui/h.ts';
import { row } from '../../ui/parts.ts';
import type { Import } from '../api.ts';
import { isEnglish, ownText, titleOf } from '../text.ts';
import { w } from '../words.ts';

/** How many rows were read, and how many features change by them. */
export function countList(collections: Map<string, Collection>, { rows, counts, faulty_rows: faulty }: Import): VNode {
  const read: [string, number | null | undefined][] = typeof rows === 'object' && rows !== null ? Object.entries(rows).map(([id, count]) => [titleOf(collections, id), count]) : [[w('count_read'), rows]];
  const numbers: [string, number | null | undefined][] = [
    ...read,
    [w('count_inserted'), counts?.inserted],
    [w('count_updated'), counts?.updated],
    [w('count_unchanged'), counts?.unchanged],
    [w('count_deleted'), counts?.deleted],
    [w('count_faulty'), faulty],
  ];
  return h('dl', { class: 'counts' }, numbers.map(([name, number]) => typeof number === 'number' && row(name, formatNumber(number))));
}

/** What the server remarks of the file. */
export function notesOf({ notes }: Import): Child {
  if (!notes?.length) return null;
  const own = notes.map((note) => ownText(note));
  return h(
    'details',
    { class: 'part notes', open: notes.length < 6 },
    h('summary', {}, h('h3', {}, w('importNotes')), ' ', h('span', { class: 'brief' }, String(notes.length))),
    lang === 'vi' && own.some(isEnglish) && h('p', { class: 'quiet' }, w('importNotesEnglish')),
    // Null would write an empty language, which is that of no voice.
    h('ul', {}, own.map((note) => h('li', { lang: isEnglish(note) ? 'en' : undefined }, note))),
  );
}
