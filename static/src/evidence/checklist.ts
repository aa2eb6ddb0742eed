/** The checklist of a site's shared works, inside and outside its fence. */

import type { VNode } from 'preact';
import { recordUrl, type Collection, type Item } from '../api.ts';
import { formatDate, t, type Key } from '../i18n.ts';
import type { Site } from '../sites.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';
import { fieldOf, NOTHING, valueText } from '../values.ts';
import { checklistOf, stateOf, type Line } from './items.ts';

/** A sign for each state beside its word: a tick is done, a cross is not there, a question mark is not known. */
const SIGN: Record<string, string> = { complete: '✓', partial: '◐', under_construction: '◔', planned: '○', missing: '✕', not_required: '–', unknown: '?' };

/** The checklist from the site's records; a thing without a record is unknown and says so. */
export function checklist(items: Item[], collection: Collection | undefined, asOf: string | undefined): Child[] {
  const codes = fieldOf(collection, 'item_code')?.codes?.map(({ code }) => code) ?? [];
  const { inside, outside } = checklistOf(codes, items);
  const counted = inside.filter((line) => line.counted).length;
  if (items.length === 0) return [h('p', {}, t('worksNone', { count: counted }))];
  // A source that all records share is named once.
  const shared = new Set(items.map(({ properties: { source, source_date, is_demo } }) => JSON.stringify([source, source_date, is_demo]))).size === 1;
  return [
    table('insideFence', inside, collection, !shared, asOf),
    outside.length > 0 ? table('outsideFence', outside, collection, !shared, asOf) : h('p', {}, t('outsideNone')),
    shared && h('p', { class: 'quiet' }, sourceText(items[0]!)),
  ];
}

/** How many are done, where the register says. */
export function checklistBrief({ properties }: Site): string {
  const { infrastructure_done: done, infrastructure_total: total } = properties;
  return typeof done === 'number' && typeof total === 'number' ? t('worksDone', { done, total }) : t('notKnown');
}

function table(caption: Key, lines: Line[], collection: Collection | undefined, ownSource: boolean, asOf: string | undefined): VNode {
  return h(
    'table',
    { class: 'works' },
    h('caption', {}, t(caption)),
    h('thead', {}, h('tr', {}, (['work', 'state', 'stateDate', 'share'] as const).map((title) => h('th', { scope: 'col' }, t(title))))),
    h('tbody', {}, lines.map((line) => tableRow(line, collection, ownSource, asOf))),
  );
}

function tableRow(line: Line, collection: Collection | undefined, ownSource: boolean, asOf: string | undefined): VNode {
  const { item, code, counted } = line;
  const state = stateOf(line);
  const { state_date: date, built_pct: built } = item?.properties ?? {};
  const name = valueText(fieldOf(collection, 'item_code'), code);
  return h(
    'tr',
    { 'data-state': state },
    h('th', { scope: 'row' }, item ? h('a', { href: recordUrl('infrastructure_items', item.id, asOf) }, name) : name, !counted && h('small', {}, ` ${t('notCounted')}`), item && ownSource && [h('br'), h('small', {}, sourceText(item))]),
    h('td', {}, h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGN[state] ?? '·'), ' ', item ? valueText(fieldOf(collection, 'status'), state) : t('noRecord')),
    h('td', {}, typeof date === 'string' ? formatDate(date) : NOTHING),
    h('td', {}, typeof built === 'number' ? valueText(fieldOf(collection, 'built_pct'), built) : NOTHING),
  );
}

function sourceText({ properties: { source, source_date, is_demo } }: Item): Child[] {
  const parts = [`${t('source')}: ${typeof source === 'string' && source ? source : t('notKnown')}`, typeof source_date === 'string' && formatDate(source_date)];
  return [`${parts.filter(Boolean).join(', ')} `, is_demo === true && demoMark()];
}
