/** Finding a record of any register, to be read or edited, and making a new one. */

import type { VNode } from 'preact';
import type { Item } from '../api.ts';
import { h } from '../ui/h.ts';
import type { Arrival } from '../ui/parts.ts';
import { answered, settled } from './answers.ts';
import { choice, line } from './controls.ts';
import type { Back, Desk } from './desk.ts';
import { newScreen, recordScreen } from './record.ts';
import { nameOf, titleOf } from './text.ts';
import { w } from './words.ts';

/** What the list shows first, and where its way back leads. */
export interface RecordsOptions {
  collection?: string;
  /** Records that belong to this one alone: those of the collections that have the values. */
  of?: { name: string; collections: string[]; values: Record<string, string> } | undefined;
  back: Back;
}

/** What was found, and how much there is of it. */
interface Found {
  items: Item[];
  matched: number;
}

export function recordsScreen(desk: Desk, { collection: first, of, back }: RecordsOptions): void {
  const registers = [...desk.collections.values()].filter(({ id, langxanh }) => langxanh?.kind !== 'derived' && (!of || of.collections.includes(id)));
  const title = of ? w('recordsOf', { name: of.name }) : w('records');
  let collection = registers.find(({ id }) => id === first)?.id ?? registers[0]?.id ?? '';
  let words = '';
  let found: Arrival<Found>;
  let said = '';
  let mayMake = false;
  let turn = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const here = () => ({ label: title, go: () => recordsScreen(desk, { collection, of, back }) });

  function choose(id: string): void {
    collection = id;
    void load();
  }

  function type(text: string): void {
    words = text;
    clearTimeout(waiting);
    waiting = setTimeout(() => void load(), 300);
  }

  async function load(): Promise<void> {
    const mine = (turn += 1);
    found = undefined;
    mayMake = false;
    desk.draw();
    void desk.rights(collection).then(({ create }) => {
      if (mine !== turn) return;
      mayMake = create;
      desk.draw();
    });
    const answer = await settled(find());
    if (mine !== turn) return;
    found = answer;
    said = 'value' in answer ? w('recordsFound', { count: answer.value.matched, shown: answer.value.items.length }) : '';
    desk.draw();
  }

  async function find(): Promise<Found> {
    const id = collection;
    const typed = words.trim();
    const { items, matched = items.length } = await desk.client.find(id, { ...(typed && { q: typed }), ...of?.values });
    // Words are looked for in texts; an id that was copied from elsewhere is a record too.
    const byId = items.length === 0 && !of && /^\S*[-\d]\S*$/.test(typed) ? await desk.client.item(id, typed).then(({ feature }) => [feature], () => []) : [];
    return { items: [...byId, ...items], matched: matched + byId.length };
  }

  function entry(item: Item): VNode {
    const name = nameOf(desk.collections.get(collection), item.properties, item.id);
    const place = [item.properties.commune_2025, item.properties.site_id].filter((text) => typeof text === 'string' && text !== '');
    return h(
      'li',
      { key: item.id },
      h(
        'button',
        { type: 'button', 'data-record': `${collection}/${item.id}`, onclick: () => void recordScreen(desk, collection, item.id, { back: here() }) },
        h('span', { class: 'site-name' }, name),
        h('span', { class: 'site-place' }, [name !== item.id && item.id, ...place].filter(Boolean).join(' · ')),
      ),
    );
  }

  desk.show({
    title,
    back,
    body: () => [
      h(
        'div',
        { class: 'filters' },
        choice('records-collection', w('collection'), collection, registers.map(({ id }) => h('option', { value: id }, titleOf(desk.collections, id))), choose),
        line('records-words', w('findWords'), words, type, { type: 'search' }),
      ),
      h('p', {}, h('button', { type: 'button', class: 'new-record', hidden: !mayMake, onclick: () => void newScreen(desk, collection, of?.values ?? {}, { back: here() }) }, w('newRecord'))),
      h('p', { class: 'quiet', role: 'status' }, said),
      h(
        'ul',
        { class: 'record-list', 'data-ready': found ? 'true' : null },
        found && 'value' in found ? found.value.items.map(entry) : h('li', {}, answered(found, () => null, () => void load())),
      ),
    ],
  });
  void load();
}
