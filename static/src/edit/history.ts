/** What was changed, by whom and why: of one record, and of the whole register. */

import { element as made, h } from '../dom.ts';
import { t } from '../i18n.ts';
import { loadingLine } from './account.ts';
import { Refusal, type Change, type ChangedRow, type Version } from './api.ts';
import { changeTable } from './compared.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges, sameGeometry } from './diff.ts';
import { causeText, failureText, nameOf, operationText, titleOf, whenText } from './text.ts';
import { w } from './words.ts';

/** So many versions stand open to be read; the older ones are folded away. */
const FIRST = 5;

/** The part of a record's panel that tells its history, read when it is first unfolded. */
export function historyPart(desk: Desk, collection: string, id: string, undone: () => void): HTMLElement {
  const content = h('div', { class: 'part-content' }, loadingLine());
  const element = h('details', { class: 'part history-part' }, h('summary', {}, h('h3', {}, w('history'))), content);
  element.addEventListener('toggle', () => element.open && void load(), { once: true });
  async function load(): Promise<void> {
    try {
      content.replaceChildren(...versionList(desk, collection, await desk.client.versions(collection, id), undone));
    } catch (error) {
      content.replaceChildren(error instanceof Refusal && error.status === 404 ? h('p', { class: 'quiet' }, w('noHistory')) : made(failureBox(error, { retry: () => void load() })));
    }
    content.dataset.ready = 'true';
  }
  return element;
}

/** The versions newest first, each against the one before it. */
export function versionList(desk: Desk, collection: string, versions: Version[], undone: () => void): HTMLElement[] {
  if (versions.length === 0) return [h('p', { class: 'quiet' }, w('noHistory'))];
  const entries = versions.map((version, i) => {
    const before = versions[i + 1]?.feature ?? null;
    const { feature, operation } = version;
    // What the first version was made of is its whole row; a table of all of it would say nothing.
    const table = operation === 'insert' || operation === 'create' || (before === null && i === versions.length - 1) ? null : changeTable(desk.collections.get(collection), before, feature);
    return h(
      'li',
      { class: 'version', 'data-change': String(version.change) },
      entryHead(version, operationText(operation)),
      table,
      h(
        'div',
        { class: 'edit-buttons' },
        mapButton(desk, before?.geometry ?? null, feature?.geometry ?? null),
        undoButton(desk, version.change, undone),
      ),
    );
  });
  const older = entries.slice(FIRST);
  return [h('ol', { class: 'versions' }, ...entries.slice(0, FIRST)), ...(older.length > 0 ? [h('details', { class: 'older' }, h('summary', {}, t('olderEvents', { count: older.length })), h('ol', { class: 'versions' }, ...older))] : [])];
}

/** When, who and why. */
function entryHead({ at, who, what, why }: Pick<Change, 'at' | 'who' | 'what' | 'why'>, did: string): HTMLElement {
  const cause = causeText(what);
  return h(
    'div',
    { class: 'entry-head' },
    h('p', {}, h('time', { datetime: at }, whenText(at)), ' · ', h('strong', {}, who || w('somebody')), ' · ', did),
    why && h('p', { class: 'why' }, `“${why}”`),
    cause && h('p', { class: 'quiet' }, cause),
    !why && !cause && h('p', { class: 'quiet' }, w('noWhy')),
  );
}

/** Shows both outlines on the map; nothing where there is none to show. */
function mapButton(desk: Desk, before: ChangedGeometry, after: ChangedGeometry): HTMLElement | null {
  if (!desk.page.map() || sameGeometry(before, after)) return null;
  return h(
    'button',
    {
      type: 'button',
      onclick: () => {
        desk.sketch()?.setDiff(geometryChanges(before, after));
        desk.sketch()?.frame(before, after);
      },
    },
    w('showOnMap'),
  );
}
type ChangedGeometry = import('geojson').Geometry | null;

/** Takes a change back, after a question why; only for who may write at all. The server decides whether it still can be. */
function undoButton(desk: Desk, change: number | string, undone: () => void): HTMLElement | null {
  if (!desk.me || desk.me.role === 'viewer') return null;
  const holder = h('div', { class: 'undo-holder' });
  const ask = () => {
    const why = h('input', { type: 'text', maxlength: 1000, 'aria-label': w('why'), placeholder: w('why') });
    const go = h('button', { type: 'button', class: 'primary', onclick: () => void take() }, w('undoYes'));
    async function take(): Promise<void> {
      go.disabled = true;
      try {
        await desk.client.undo(change, why.value.trim() || undefined);
        void desk.page.changed();
        undone();
      } catch (error) {
        const rows = error instanceof Refusal && error.status === 409 ? (error.problem.rows ?? []) : [];
        holder.replaceChildren(h('p', { class: 'fault', role: 'alert' }, failureText(error), ' ', rows.map(({ collection, id }) => `${titleOf(desk.collections, collection)} ${id}`).join(', ')), button);
      }
    }
    holder.replaceChildren(why, go);
    why.focus();
  };
  const button = h('button', { type: 'button', class: 'undo', onclick: ask }, w('undoThis'));
  holder.append(button);
  return holder;
}

/** The list of recent changes, with what each did. */
export function changesScreen(desk: Desk, back: Back): void {
  const select = h('select', { id: 'changes-collection', onchange: () => void load() }, h('option', { value: '' }, w('allCollections')), ...[...desk.collections.values()].filter(({ langxanh }) => langxanh?.kind !== 'derived').map(({ id }) => h('option', { value: id }, titleOf(desk.collections, id))));
  const who = h('input', { id: 'changes-who', type: 'search', autocomplete: 'off', onchange: () => void load() });
  const since = h('input', { id: 'changes-since', type: 'date', onchange: () => void load() });
  const list = h('ol', { class: 'versions changes' });
  const more = h('div', {});
  const filter = (label: string, control: HTMLElement) => h('label', { for: control.id, class: 'filter' }, h('span', {}, label), control);
  desk.show({
    title: w('changes'),
    back,
    onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
    body: [h('div', { class: 'filters', role: 'group', 'aria-label': w('filters') }, filter(w('collection'), select), filter(w('who'), who), filter(w('since'), since)), list, more],
  });
  let turn = 0;

  async function load(next?: string): Promise<void> {
    const mine = (turn += 1);
    if (!next) list.replaceChildren(h('li', {}, loadingLine()));
    try {
      const answer = await desk.client.changes({ collection: select.value || undefined, who: who.value.trim() || undefined, since: since.value ? `${since.value}T00:00:00+07:00` : undefined, limit: 20, token: next });
      if (mine !== turn) return;
      const entries = answer.changes.map(entry);
      if (next) list.append(...entries);
      else list.replaceChildren(...(entries.length > 0 ? entries : [h('li', { class: 'quiet' }, w('noChanges'))]));
      more.replaceChildren(...(answer.next ? [h('button', { type: 'button', onclick: () => void load(answer.next) }, w('olderChanges'))] : []));
    } catch (error) {
      if (mine !== turn) return;
      more.replaceChildren(made(failureBox(error, { retry: () => void load(next) })));
      if (!next) list.replaceChildren();
    }
    list.dataset.ready = 'true';
  }

  function entry(change: Change): HTMLElement {
    const rows = h('div', { class: 'part-content' }, loadingLine());
    const details = h('details', {}, h('summary', {}, w('whatChanged')), rows);
    details.addEventListener('toggle', () => details.open && void fillRows(), { once: true });
    async function fillRows(): Promise<void> {
      try {
        const whole = await desk.client.change(change.id);
        const all = change.collections.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
        rows.replaceChildren(...rowList(desk, whole.rows ?? [], all));
      } catch (error) {
        rows.replaceChildren(made(failureBox(error)));
      }
    }
    const did = change.collections.map((part) => `${titleOf(desk.collections, part.collection)}: ${countsText(part)}`).join('; ');
    return h('li', { class: 'version', 'data-change': String(change.id) }, entryHead(change, did), details, h('div', { class: 'edit-buttons' }, undoButton(desk, change.id, () => void load())));
  }

  void load();
}

function countsText(counts: Change['collections'][number]): string {
  const kinds = ['inserted', 'updated', 'deleted'] as const;
  return kinds.flatMap((kind) => (counts[kind] > 0 ? [w(kind, { count: counts[kind] })] : [])).join(', ');
}

/** So many rows of a change are told one by one. */
const ROWS = 50;

/** The rows of a change or proposal, each with its values before and after, and all of their places on the map; `all` is how many there are. */
export function rowList(desk: Desk, rows: ChangedRow[], all = rows.length): HTMLElement[] {
  if (rows.length === 0) return [h('p', { class: 'quiet' }, w('nothingChanged'))];
  const places = rows.filter(({ before, after }) => !sameGeometry(before?.geometry, after?.geometry));
  const showAll = () => {
    const all = places.map(({ before, after }) => geometryChanges(before?.geometry, after?.geometry));
    desk.sketch()?.setDiff({ type: 'FeatureCollection', features: all.flatMap(({ features }) => features) });
    desk.sketch()?.frame(...places.flatMap(({ before, after }) => [before?.geometry, after?.geometry]));
  };
  return [
    places.length > 0 && desk.page.map() ? h('p', {}, h('button', { type: 'button', onclick: showAll }, w('showOnMap'))) : h('span', {}),
    h(
      'ul',
      { class: 'rows' },
      ...rows.slice(0, ROWS).map((row) => {
        const declared = desk.collections.get(row.collection);
        const properties = (row.after ?? row.before)?.properties;
        return h('li', {}, h('p', {}, h('strong', {}, nameOf(declared, properties, row.id)), ` · ${titleOf(desk.collections, row.collection)} · ${operationText(row.operation)}`), changeTable(declared, row.before, row.after));
      }),
    ),
    ...(all > Math.min(rows.length, ROWS) ? [h('p', { class: 'quiet' }, w('moreRows', { count: all - Math.min(rows.length, ROWS) }))] : []),
  ];
}
