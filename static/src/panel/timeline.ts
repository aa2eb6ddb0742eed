/** What happened at a site and what was planned to, newest first, and what was changed in its records. */

import { recordUrl, type Collection, type Correction, type SiteHistory, type TimelineEvent } from '../api.ts';
import { h } from '../dom.ts';
import { formatDate, formatMeasure, formatNumber, pick, t, type Key } from '../i18n.ts';
import { collectionTitle } from '../values.ts';
import { entriesOf, type Entry } from './events.ts';
import { demoMark } from './parts.ts';

const KIND: Record<string, Key> = {
  milestone: 'eventMilestone',
  plan: 'eventPlan',
  violation: 'eventViolation',
  permit: 'eventPermit',
  station: 'eventStation',
  sample_breach: 'eventSampleBreach',
  register: 'eventRegister',
};

/** So many entries are shown; the older ones are folded away. */
const FIRST = 8;

/** The events up to the history's day, those ahead of it marked as planned. */
export function timeline({ timeline: events, corrections, as_of: asOf }: SiteHistory, collections: Map<string, Collection>): HTMLElement[] {
  const entries = entriesOf(events ?? [], asOf);
  // What is ahead or late wants to be seen however much came later.
  const first = entries.filter((entry, at) => entry.planned || at < FIRST);
  const older = entries.filter((entry) => !first.includes(entry));
  const isAllDemo = entries.length > 0 && entries.every((entry) => entry.demo);
  const list = (of: Entry[]) => h('ol', { class: 'timeline' }, ...of.map((entry) => line(entry, !isAllDemo)));
  return [
    ...(isAllDemo ? [h('p', {}, demoMark())] : []),
    entries.length === 0 ? h('p', { class: 'quiet' }, t('noEvents')) : list(first),
    ...(older.length > 0 ? [h('details', { class: 'older' }, h('summary', {}, t('olderEvents', { count: older.length })), list(older))] : []),
    ...(corrections?.length ? [correctionList(corrections, collections)] : []),
  ];
}

/** In a word how many planned steps are late. */
export function timelineBrief({ timeline: events, as_of: asOf }: SiteHistory): string {
  const late = entriesOf(events ?? [], asOf).filter((entry) => entry.late !== null).length;
  return late > 0 ? t('lateSteps', { count: late }) : '';
}

function line(entry: Entry, marksDemo: boolean): HTMLElement {
  const kind = KIND[entry.kind];
  return h(
    'li',
    { class: `event event-${entry.kind}`, 'data-planned': entry.planned },
    h('p', { class: 'event-date' }, entry.date ? h('time', { datetime: entry.date }, formatDate(entry.date)) : t('noDate')),
    h(
      'div',
      {},
      h('p', { class: 'event-kind' }, kind ? t(kind) : entry.kind, ' ', entry.planned && h('span', { class: 'tag' }, t('planned')), ' ', entry.late !== null && h('strong', { class: 'late' }, t('daysLate', { count: formatNumber(entry.late) }))),
      h('p', {}, ...entry.events.flatMap((event, at) => [...(at > 0 ? ['; '] : []), ...words(event)])),
      marksDemo && entry.demo && h('p', {}, demoMark()),
    ),
  );
}

function words({ title, detail, collection, id }: TimelineEvent): (Node | string)[] {
  const name = formatMeasure(pick(title));
  const more = formatMeasure(pick(detail));
  return [collection && id ? h('a', { href: recordUrl(collection, id) }, name) : name, more && ': ', more && h('span', { class: 'quiet' }, more)].filter((piece) => piece !== '');
}

function correctionList(corrections: Correction[], collections: Map<string, Collection>): HTMLElement {
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
  return h('details', { class: 'older' }, h('summary', {}, t('corrections', { count: corrections.length })), h('ul', {}, ...corrections.map(line)));
}
