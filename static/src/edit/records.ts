/** Finding a record of any register, to be read or edited, and making a new one. */

import { h } from '../dom.ts';
import { loadingLine } from './account.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
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

export function recordsScreen(desk: Desk, { collection: first, of, back }: RecordsOptions): void {
  const registers = [...desk.collections.values()].filter(({ id, langxanh }) => langxanh?.kind !== 'derived' && (!of || of.collections.includes(id)));
  const select = h('select', { id: 'records-collection', onchange: () => void load() }, ...registers.map(({ id }) => h('option', { value: id, selected: id === first }, titleOf(desk.collections, id))));
  const words = h('input', { id: 'records-words', type: 'search', autocomplete: 'off', oninput: () => later() });
  const list = h('ul', { class: 'record-list' });
  const said = h('p', { class: 'quiet', role: 'status' });
  const make = h('button', { type: 'button', class: 'new-record', hidden: true, onclick: () => void newScreen(desk, select.value, of?.values ?? {}, { back: here() }) }, w('newRecord'));
  desk.show({
    title: of ? w('recordsOf', { name: of.name }) : w('records'),
    back,
    body: [
      h('div', { class: 'filters' }, h('label', { for: 'records-collection', class: 'filter' }, h('span', {}, w('collection')), select), h('label', { for: 'records-words', class: 'filter' }, h('span', {}, w('findWords')), words)),
      h('p', {}, make),
      said,
      list,
    ],
  });
  let turn = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const here = () => ({ label: of ? w('recordsOf', { name: of.name }) : w('records'), go: () => recordsScreen(desk, { collection: select.value, of, back }) });

  function later(): void {
    clearTimeout(waiting);
    waiting = setTimeout(() => void load(), 300);
  }

  async function load(): Promise<void> {
    const mine = (turn += 1);
    const id = select.value;
    delete list.dataset.ready;
    list.replaceChildren(h('li', {}, loadingLine()));
    make.hidden = true;
    void desk.rights(id).then(({ create }) => mine === turn && (make.hidden = !create));
    try {
      const query: Record<string, string> = { ...(words.value.trim() && { q: words.value.trim() }), ...of?.values };
      const found = await desk.client.find(id, query);
      // Words are looked for in texts; an id that was copied from elsewhere is a record too.
      const typed = words.value.trim();
      const byId = found.items.length === 0 && !of && /^\S*[-\d]\S*$/.test(typed) ? await desk.client.item(id, typed).then(({ feature }) => [feature], () => []) : [];
      if (mine !== turn) return;
      const items = [...byId, ...found.items];
      const matched = (found.matched ?? found.items.length) + byId.length;
      said.textContent = w('recordsFound', { count: matched, shown: items.length });
      list.replaceChildren(
        ...items.map((item) => {
          const name = nameOf(desk.collections.get(id), item.properties, item.id);
          const place = [item.properties.commune_2025, item.properties.site_id].filter((text) => typeof text === 'string' && text !== '');
          return h('li', {}, h('button', { type: 'button', 'data-record': `${id}/${item.id}`, onclick: () => void recordScreen(desk, id, item.id, { back: here() }) }, h('span', { class: 'site-name' }, name), h('span', { class: 'site-place' }, [name !== item.id && item.id, ...place].filter(Boolean).join(' · '))));
        }),
      );
    } catch (error) {
      if (mine !== turn) return;
      said.textContent = '';
      list.replaceChildren(h('li', {}, failureBox(error, { retry: () => void load() })));
    }
    list.dataset.ready = 'true';
  }
  void load();
}
