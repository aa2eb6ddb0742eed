/** What would come of a file: it is looked at on the map and in tables, read in another way, and written whole or not at all. */

import type { VNode } from 'preact';
import { h } from '../../ui/h.ts';
import { collectionTitle } from '../../values.ts';
import { signIn } from '../account.ts';
import type { Import, ImportMode } from '../api.ts';
import { choice, tick, whyField } from '../controls.ts';
import type { Desk } from '../desk.ts';
import { fieldsOf, type FormField } from '../form.ts';
import { savedNote, statusNote } from '../saved.ts';
import { saidText } from '../text.ts';
import { w } from '../words.ts';
import { countList, notesOf } from './counts.ts';
import { FaultPart } from './faults.ts';
import { modeChoice, MODES, readingInputs, type Reading } from './inputs.ts';
import { columnsIn, constantsOf, mappingOf, proposed, sameChoices } from './mapping.ts';
import { mappingTable, type Mapped } from './mappingtable.ts';
import { createPreview } from './preview.ts';
import { progressBox, type Progress } from './progress.ts';
import type { Following } from './reading.ts';

/** What is entered. */
interface Entry extends Reading, Mapped {
  layer: string | undefined;
  mode: ImportMode;
  message: string;
  /** Rows with a fault are left out. */
  skips: boolean;
}

/** Shows it; `again` waits for another reading. */
export async function outcomeScreen(desk: Desk, state: Import, following: Following, again: () => void): Promise<void> {
  const declared = desk.collections.get(following.collection);
  const isWanted = desk.ticket();
  const fields = declared ? fieldsOf(declared, await desk.client.schema(following.collection).catch(() => ({ properties: {} }))) : [];
  if (isWanted()) showOutcome(desk, state, following, fields, again);
}

function showOutcome(desk: Desk, state: Import, following: Following, fields: FormField[], again: () => void): void {
  const { options } = state;
  const { back, filename } = following;
  const declared = desk.collections.get(following.collection);
  const kind = [w('import'), declared && collectionTitle(declared)].filter(Boolean).join(' · ');
  const columns = state.columns ?? columnsIn(state.detail);
  const { values: constants, emptied } = constantsOf(options.mapping);
  const layers = [...new Set([...(options.layer ? [options.layer] : []), ...(state.layers ?? [])])];
  const first: Entry = { choices: proposed(columns), constants, crs: options.crs ?? '', encoding: options.encoding ?? 'auto', layer: options.layer ?? layers[0], mode: options.mode, message: '', skips: false };
  let entry = first;
  let progress: Progress;
  let isBusy = false;
  const isReady = state.state === 'ready';
  const faulty = state.faulty_rows ?? 0;
  const faults = state.faults ?? [];
  const preview = createPreview(desk, state.preview ?? { type: 'FeatureCollection', features: [] });
  const mapping = mappingTable(columns, fields, set);

  function set(change: Partial<Entry>): void {
    entry = { ...entry, ...change };
    desk.draw();
  }

  function tell(now: Progress, busy = false): void {
    progress = now;
    isBusy = busy;
    desk.draw();
  }

  async function readAgain(): Promise<void> {
    const { choices, constants, crs, encoding, layer, mode } = entry;
    const isStillHere = desk.ticket();
    tell({ wait: 'reading' }, true);
    try {
      const isMapped = !sameChoices(first.choices, choices) || JSON.stringify([...constants]) !== JSON.stringify([...first.constants]);
      await desk.client.remap(state.id, {
        ...(isMapped && { mapping: mappingOf(first.choices, choices, constants, emptied) }),
        ...(crs.trim() !== first.crs && { crs: crs.trim() }),
        ...(encoding !== first.encoding && { encoding }),
        ...(layer !== undefined && layer !== options.layer && { layer }),
        ...(mode !== first.mode && { mode }),
      });
      if (isStillHere()) again();
    } catch (error) {
      tell({ error });
    }
  }

  async function write(): Promise<void> {
    const isStillHere = desk.ticket();
    tell({ wait: 'saving' }, true);
    try {
      await desk.client.commitImport(state.id, entry.message.trim(), entry.skips);
      void desk.page.changed();
      const [now, note] = await Promise.all([desk.client.import(state.id).catch(() => state), committedNote(desk, following)]);
      if (!isStillHere()) return;
      const other = h('div', { class: 'edit-buttons' }, h('button', { type: 'button', onclick: following.anew }, w('otherFile')));
      desk.show({ title: filename, kind, back, body: [note, countList(desk.collections, now), other] });
    } catch (error) {
      tell({ error, signIn: () => void signIn(desk) });
    }
  }

  async function discard(): Promise<void> {
    const isStillHere = desk.ticket();
    try {
      await desk.client.discardImport(state.id);
    } catch (error) {
      console.warn(error);
    }
    if (isStillHere()) following.anew();
  }

  const howRead = () =>
    h(
      'details',
      { class: 'part', open: true },
      h('summary', {}, h('h3', {}, w('howRead'))),
      layers.length > 0 && choice('import-layer', w('layer'), entry.layer!, layers.map((one) => h('option', { value: one }, one)), (layer) => set({ layer })),
      readingInputs(entry, set),
      modeChoice(entry.mode, MODES.filter((one) => !options.plan || one !== 'upsert'), (mode) => set({ mode })),
      columns.length > 0 && mapping(entry),
      h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'reread', disabled: isBusy, onclick: () => void readAgain() }, w('readAgain'))),
    );

  const view = () => [
    verdict(state, faulty),
    countList(desk.collections, state),
    notesOf(state),
    preview.count > 0 && h('p', { class: 'quiet' }, w('previewed', { count: preview.count })),
    faults.length > 0 && h(FaultPart, { faults, more: state.more_faults ?? 0, fields, show: preview.show, has: preview.has }),
    howRead(),
    faulty > 0 && tick('skip-bad', w('skipBad', { count: faulty }), entry.skips, (skips) => set({ skips })),
    isReady && whyField(w('why'), entry.message, (message) => set({ message })),
    progressBox(progress),
    h(
      'div',
      { class: 'edit-buttons sticky' },
      isReady && h('button', { type: 'button', class: 'primary commit', disabled: isBusy || (faulty > 0 && !entry.skips), onclick: () => void write() }, w('commit')),
      h('button', { type: 'button', onclick: () => void discard() }, w('discard')),
    ),
  ];

  desk.show({ title: filename, kind, back, onClose: preview.clear, body: view });
  preview.draw();
}

/** Whether it can be written, in words. */
function verdict({ state, detail }: Import, faulty: number): VNode {
  if (state !== 'ready') return h('div', { class: 'error-box', role: 'alert' }, h('p', {}, w(state === 'failed' ? 'importFailed' : 'importRefused')), h('p', {}, saidText(detail)));
  return faulty === 0 ? statusNote(w('dryRun')) : h('p', { class: 'error-box', role: 'alert' }, w('importFaulty', { count: faulty }));
}

/** What is said after writing, with the way to take all of it back: the change is the newest that this person made of the collection. */
async function committedNote(desk: Desk, { collection, back }: Following): Promise<VNode> {
  const newest = await desk.client.changes({ collection, who: desk.me?.name, limit: 1 }).then(({ changes }) => changes[0], () => undefined);
  if (!newest) return statusNote(w('committed'));
  return savedNote(desk, collection, '', (note) => desk.show({ title: w('import'), back, body: [note] }), w('committed'), newest.id);
}
