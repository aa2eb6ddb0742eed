/** What was changed, by whom and why: of one record, and of the whole register. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import type { Arrival } from '../ui/parts.ts';
import { loadingLine } from './account.ts';
import { answered, settled, useUnfolding } from './answers.ts';
import { Refusal, type Change, type ChangedRow, type Version } from './api.ts';
import { changeTable } from './compared.ts';
import { choice, line } from './controls.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges, sameGeometry } from './diff.ts';
import { causeText, nameOf, operationText, titleOf, whenText } from './text.ts';
import { UndoButton } from './undo.ts';
import { w } from './words.ts';

/** So many versions stand open to be read; the older ones are folded away. */
const FIRST = 5;

export interface HistoryGiven {
  desk: Desk;
  collection: string;
  id: string;
  /** A change was taken back. */
  undone(): void;
}

/** The part of a record's panel that tells its history, read when it is first unfolded. */
export function HistoryPart(given: HistoryGiven): VNode {
  const { desk, collection, id, undone } = given;
  const [versions, setVersions] = useState<Arrival<Version[]>>(undefined);
  const load = async () => {
    const answer = await settled(desk.client.versions(collection, id));
    // What was never written has no history.
    setVersions('error' in answer && answer.error instanceof Refusal && answer.error.status === 404 ? { value: [] } : answer);
  };
  const again = () => {
    void load();
    undone();
  };
  return h(
    'details',
    { class: 'part history-part', ontoggle: useUnfolding(() => void load()) },
    h('summary', {}, h('h3', {}, w('history'))),
    h('div', { class: 'part-content', 'data-ready': versions ? 'true' : null }, answered(versions, (all) => versionList({ ...given, undone: again }, all), () => void load())),
  );
}

/** The versions newest first, each against the one before it. */
function versionList({ desk, collection, undone }: HistoryGiven, versions: Version[]): Child {
  if (versions.length === 0) return h('p', { class: 'quiet' }, w('noHistory'));
  const entries = versions.map((version, i) => {
    const before = versions[i + 1]?.feature ?? null;
    const { feature, operation } = version;
    // What the first version was made of is its whole row; a table of all of it would say nothing.
    const table = operation === 'insert' || operation === 'create' || (before === null && i === versions.length - 1) ? null : changeTable(desk.collections.get(collection), before, feature);
    return h(
      'li',
      { key: version.change, class: 'version', 'data-change': String(version.change) },
      entryHead(version, operationText(operation)),
      table,
      h('div', { class: 'edit-buttons' }, mapButton(desk, before?.geometry ?? null, feature?.geometry ?? null), h(UndoButton, { desk, change: version.change, undone })),
    );
  });
  const older = entries.slice(FIRST);
  return [h('ol', { class: 'versions' }, entries.slice(0, FIRST)), older.length > 0 && h('details', { class: 'older' }, h('summary', {}, t('olderEvents', { count: older.length })), h('ol', { class: 'versions' }, older))];
}

/** When, who and why. */
function entryHead({ at, who, what, why }: Pick<Change, 'at' | 'who' | 'what' | 'why'>, did: string): VNode {
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
function mapButton(desk: Desk, before: ChangedGeometry, after: ChangedGeometry): VNode | null {
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

/** The list of recent changes, with what each did. */
export function changesScreen(desk: Desk, back: Back): void {
  let [collection, who, since] = ['', '', ''];
  let changes: Change[] | undefined;
  let next: string | undefined;
  // Why there are no changes, or no more of them, and the way to ask again.
  let failure: Child;
  let isRead = false;
  let turn = 0;

  async function load(from?: string): Promise<void> {
    const mine = (turn += 1);
    if (!from) changes = undefined;
    desk.draw();
    const answer = await settled(desk.client.changes({ collection: collection || undefined, who: who.trim() || undefined, since: since ? `${since}T00:00:00+07:00` : undefined, limit: 20, token: from }));
    if (mine !== turn) return;
    if ('error' in answer) {
      changes ??= [];
      failure = failureBox(answer.error, { retry: () => void load(from) });
    } else {
      changes = [...(changes ?? []), ...answer.value.changes];
      next = answer.value.next;
      failure = null;
    }
    isRead = true;
    desk.draw();
  }

  function list(): Child {
    if (!changes) return h('li', {}, loadingLine());
    if (changes.length === 0) return !failure && h('li', { class: 'quiet' }, w('noChanges'));
    return changes.map((change) => h(ChangeEntry, { key: change.id, desk, change, undone: () => void load() }));
  }

  const onchange = () => void load();
  const registers = [...desk.collections.values()].filter(({ langxanh }) => langxanh?.kind !== 'derived');
  desk.show({
    title: w('changes'),
    back,
    onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
    body: () => [
      h(
        'div',
        { class: 'filters', role: 'group', 'aria-label': w('filters') },
        choice('changes-collection', w('collection'), collection, [h('option', { value: '' }, w('allCollections')), registers.map(({ id }) => h('option', { value: id }, titleOf(desk.collections, id)))], (id) => {
          collection = id;
          void load();
        }),
        line('changes-who', w('who'), who, (text) => (who = text), { type: 'search', onchange }),
        line('changes-since', w('since'), since, (day) => (since = day), { type: 'date', onchange }),
      ),
      h('ol', { class: 'versions changes', 'data-ready': isRead ? 'true' : null }, list()),
      h('div', {}, failure || (next && h('button', { type: 'button', onclick: () => void load(next) }, w('olderChanges')))),
    ],
  });
  void load();
}

function ChangeEntry({ desk, change, undone }: { desk: Desk; change: Change; undone(): void }): VNode {
  const [whole, setWhole] = useState<Arrival<Change>>(undefined);
  const unfolding = useUnfolding(() => void settled(desk.client.change(change.id)).then(setWhole));
  const all = change.collections.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
  const did = change.collections.map((part) => `${titleOf(desk.collections, part.collection)}: ${countsText(part)}`).join('; ');
  return h(
    'li',
    { class: 'version', 'data-change': String(change.id) },
    entryHead(change, did),
    h('details', { ontoggle: unfolding }, h('summary', {}, w('whatChanged')), h('div', { class: 'part-content' }, answered(whole, ({ rows = [] }) => rowList(desk, rows, all)))),
    h('div', { class: 'edit-buttons' }, h(UndoButton, { desk, change: change.id, undone })),
  );
}

function countsText(counts: Change['collections'][number]): string {
  const kinds = ['inserted', 'updated', 'deleted'] as const;
  return kinds.flatMap((kind) => (counts[kind] > 0 ? [w(kind, { count: counts[kind] })] : [])).join(', ');
}

/** So many rows of a change are told one by one. */
const ROWS = 50;

/** The rows of a change or proposal, each with its values before and after, and all of their places on the map; `all` is how many there are. */
export function rowList(desk: Desk, rows: ChangedRow[], all = rows.length): Child {
  if (rows.length === 0) return h('p', { class: 'quiet' }, w('nothingChanged'));
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
      rows.slice(0, ROWS).map((row) => {
        const declared = desk.collections.get(row.collection);
        const properties = (row.after ?? row.before)?.properties;
        return h('li', {}, h('p', {}, h('strong', {}, nameOf(declared, properties, row.id)), ` · ${titleOf(desk.collections, row.collection)} · ${operationText(row.operation)}`), changeTable(declared, row.before, row.after));
      }),
    ),
    all > Math.min(rows.length, ROWS) && h('p', { class: 'quiet' }, w('moreRows', { count: all - Math.min(rows.length, ROWS) })),
  ];
}
