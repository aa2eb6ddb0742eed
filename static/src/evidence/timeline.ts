/** What happened at a site and what was planned to, newest first, and what was changed in its records. */

import type { VNode } from 'preact';
import { recordUrl, type Collection, type Correction, type SiteHistory, type TimelineEvent } from '../api.ts';
import { formatDate, formatMeasure, pick, t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';
import { codeText, collectionTitle } from '../values.ts';
import { entriesOf, type Entry } from './events.ts';

/** So many entries are shown; the older ones are folded away. */
const FIRST = 8;

/** The events up to the history's day, those ahead of it marked as planned. */
export function timeline({ timeline: events, corrections, as_of: until }: SiteHistory, collections: Map<string, Collection>, asOf: string | undefined): Child[] {
  const entries = entriesOf(events ?? [], until);
  // What is ahead or late wants to be seen however much came later.
  const first = entries.filter(({ event }, at) => event.planned || at < FIRST);
  const older = entries.filter((entry) => !first.includes(entry));
  // Where everything is made up, once is enough.
  const isAllDemo = entries.length > 0 && entries.every(({ event }) => event.is_demo);
  const list = (of: Entry[]) => h('ol', { class: 'timeline' }, of.map((entry) => line(entry, !isAllDemo, collections, asOf)));
  return [
    isAllDemo && h('p', {}, demoMark()),
    entries.length === 0 ? h('p', { class: 'quiet' }, t('noEvents')) : list(first),
    older.length > 0 && h('details', { class: 'older' }, h('summary', {}, t('olderEvents', { count: older.length })), list(older)),
    corrections && corrections.length > 0 && correctionList(corrections, collections),
  ];
}

/** In a word how many planned steps are late. */
export function timelineBrief({ timeline: events, as_of: asOf }: SiteHistory): string {
  const late = entriesOf(events ?? [], asOf).filter((entry) => entry.late !== null).length;
  return late > 0 ? t('lateSteps', { count: late }) : '';
}

function line({ event, late }: Entry, marksDemo: boolean, collections: Map<string, Collection>, asOf: string | undefined): VNode {
  const { date, kind, title, collection, id, planned } = event;
  const name = formatMeasure(pick(title));
  const lateText = late === null ? '' : t('daysLate', { count: late });
  const detail = detailText(event, lateText, collections);
  return h(
    'li',
    { class: `event event-${kind}`, 'data-planned': planned || null },
    h('p', { class: 'event-date' }, date ? h('time', { datetime: date }, formatDate(date)) : t('noDate')),
    h(
      'div',
      {},
      h('p', {}, collection && id ? h('a', { href: recordUrl(collection, id, asOf) }, name) : name, ' ', planned && h('span', { class: 'tag' }, t('planned')), lateText && h('strong', { class: 'late' }, lateText)),
      detail && h('p', { class: 'quiet' }, detail),
      marksDemo && event.is_demo && h('p', {}, demoMark()),
    ),
  );
}

/** The detail with its codes in words, less the delay that stands beside the title. */
function detailText({ detail, collection }: TimelineEvent, lateText: string, collections: Map<string, Collection>): string {
  const declared = collections.get(collection ?? '');
  const parts = formatMeasure(pick(detail)).split('; ');
  return parts.filter((part) => part !== lateText).map((part) => codeText(declared, part)).join('; ');
}

function correctionList(corrections: Correction[], collections: Map<string, Collection>): VNode {
  const line = ({ collection, id, at, who, what, holds_from: from }: Correction) => {
    const declared = collections.get(collection);
    const text = typeof what === 'string' ? what : pick(what);
    return h(
      'li',
      {},
      `${formatDate(at)}${who ? `, ${who}` : ''}: `,
      h('a', { href: recordUrl(collection, id) }, declared ? collectionTitle(declared) : collection),
      text && `: ${text}`,
      from && ` (${t('holdsFrom', { date: formatDate(from) })})`,
    );
  };
  return h('details', { class: 'older' }, h('summary', {}, t('corrections', { count: corrections.length })), h('ul', {}, corrections.map(line)));
}
