/** The screen of one record: its form, its place, why it is changed, a look at the changes, and saving with what can come between. */

import type { Geometry } from 'geojson';
import { createRef } from 'preact';
import type { Item } from '../api.ts';
import { h, type Child } from '../ui/h.ts';
import { collectionTitle, fieldTitle } from '../values.ts';
import { loadingLine, signIn } from './account.ts';
import { Refusal, type Saved } from './api.ts';
import { changeTable } from './compared.ts';
import { conflictScreen } from './conflict.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges } from './diff.ts';
import { leadToFirst } from './fields.ts';
import { fieldOfPointer } from './form.ts';
import { geometryScreen } from './geometry/screen.ts';
import { HistoryPart } from './history.ts';
import { loadNew, loadRecord, shapesFor, zoneFor, type Loaded } from './load.ts';
import { GEOMETRY } from './merge.ts';
import { PhotosPart, Pictures } from './photos.ts';
import { readOnlyRows, recordForm } from './recordform.ts';
import { RemovePart } from './remove.ts';
import { faultsOf } from './rings.ts';
import { savedNote, statusNote } from './saved.ts';
import { drawnOf, geometryOf, sameShape, type Shape } from './shape.ts';
import { nameOf, newId, saidText } from './text.ts';
import { Typed } from './typed.ts';
import { w } from './words.ts';

/** Where the way back leads, and what is said above the form. */
export interface RecordOptions {
  back?: Back | undefined;
  note?: Child;
}

/** Opens a record of the register. */
export async function recordScreen(desk: Desk, collectionId: string, id: string, options: RecordOptions = {}): Promise<void> {
  const collection = desk.collections.get(collectionId);
  if (!collection) return;
  desk.show({ title: id, kind: collectionTitle(collection), back: options.back, body: [loadingLine()] });
  const isWanted = desk.ticket();
  const open = () => void recordScreen(desk, collectionId, id, options);
  try {
    const loaded = await loadRecord(desk.client, collection, id);
    if (isWanted()) formScreen(desk, loaded, options);
  } catch (error) {
    if (!isWanted()) return;
    desk.show({ title: id, kind: collectionTitle(collection), back: options.back, body: [failureBox(error, { retry: open, signIn: () => void signIn(desk).then((done) => done && open()) })] });
  }
}

/** Opens the form of a record that is to be made. */
export async function newScreen(desk: Desk, collectionId: string, properties: Record<string, unknown> = {}, options: RecordOptions = {}): Promise<void> {
  const collection = desk.collections.get(collectionId);
  if (!collection) return;
  desk.show({ title: w('newRecord'), kind: collectionTitle(collection), back: options.back, body: [loadingLine()] });
  const isWanted = desk.ticket();
  try {
    const loaded = await loadNew(desk.client, collection, newId(collectionId.slice(0, 3)), properties);
    if (isWanted()) formScreen(desk, loaded, options);
  } catch (error) {
    if (!isWanted()) return;
    desk.show({ title: w('newRecord'), kind: collectionTitle(collection), back: options.back, body: [failureBox(error, { retry: () => void newScreen(desk, collectionId, properties, options) })] });
  }
}

function formScreen(desk: Desk, loaded: Loaded, options: RecordOptions): void {
  const { collection, fields, isNew } = loaded;
  let { item, etag } = loaded;
  let shape: Shape | undefined = loaded.shape;
  let baseShape = shape;
  const kind = collectionTitle(collection);
  const title = isNew ? w('newRecord') : nameOf(collection, item.properties, item.id);
  const mayWrite = isNew ? loaded.rights.create : loaded.rights.update;
  const typed = new Typed(fields, item.properties);
  let why = '';
  // What is said above the form, and beside its place.
  let above: Child = options.note;
  let placeFault = '';
  // Each time that faults are told they are read out anew.
  let toldTimes = 0;
  const [top, placeButton, reviewButton] = [createRef<HTMLElement>(), createRef<HTMLButtonElement>(), createRef<HTMLButtonElement>()];
  let finished = false;

  // When a change was taken back, what was typed since goes only with a word.
  const reopen = (note?: Child) => void (desk.mayLeave() && recordScreen(desk, collection.id, item.id, { ...options, note: note ?? options.note }));
  // Made once, so that typing into the form draws nothing of them.
  const more = !isNew && [
    h(PhotosPart, { pictures: new Pictures(desk, collection.id, item.id, mayWrite) }),
    h(HistoryPart, { desk, collection: collection.id, id: item.id, undone: reopen }),
    mayWrite && loaded.rights.remove && h(RemovePart, { desk, remove: (message) => desk.client.remove(collection.id, item.id, { etag, message }), removed }),
  ];

  function body(): Child {
    const { values, faults } = typed.changes();
    return [
      h('div', { class: 'edit-top', ref: top }, above),
      mayWrite
        ? recordForm({
            loaded,
            typed,
            shape,
            placeChanged: placeChanged(),
            placeFault,
            changed: Object.keys(values).length + faults.size + (placeChanged() ? 1 : 0),
            why,
            placeButton,
            reviewButton,
            suggestions: ({ references, name }) => desk.suggestions(references, name),
            onInput: () => desk.draw(),
            onWhy: (text) => (why = text),
            onPlace: openGeometry,
            onReview: look,
          })
        : [h('p', { class: 'edit-note' }, desk.me ? w('mayNot', { role: w(`role_${desk.me.role}`) }) : w('mayNotSignedOut')), readOnlyRows(loaded)],
      more,
    ];
  }

  function show(): void {
    desk.show({ title, kind, back: options.back, body, isDirty, onClose: clearMap });
    drawPlace();
  }

  function placeChanged(): boolean {
    return !sameShape(shape, baseShape);
  }
  function isDirty(): boolean {
    const { values, faults } = typed.changes();
    return placeChanged() || faults.size > 0 || Object.keys(values).length > 0;
  }

  /** Shows the place on the map, and where it was if it was moved. */
  function drawPlace(): void {
    const sketch = desk.sketch();
    const [before, after] = [baseShape ? drawnOf(baseShape) : item.geometry, shape ? drawnOf(shape) : loaded.isFixed ? item.geometry : null];
    sketch?.setDiff(geometryChanges(before, after));
    sketch?.frame(before, after);
  }
  function clearMap(): void {
    desk.sketch()?.setDiff(geometryChanges(null, null));
  }

  function openGeometry(): void {
    const cancel = () => {
      show();
      placeButton.current?.focus();
    };
    geometryScreen(desk, {
      title,
      collection,
      crs: loaded.crs,
      zone: zoneFor(collection, desk.collections),
      shape,
      types: shapesFor(collection),
      itself: isNew ? undefined : item.id,
      isDirty,
      done: (next) => {
        shape = next;
        placeFault = '';
        cancel();
      },
      cancel,
    });
  }

  /** The texts of faults by field; those that belong to no field stand above the form. */
  function showFaults(faults: Map<string, string>, others: string[] = []): void {
    placeFault = faults.get(GEOMETRY) ?? '';
    const loose = typed.blame(faults).filter((name) => name !== GEOMETRY);
    const all = [...others, ...loose.map((name) => `${fieldTitle(collection, name)}: ${faults.get(name)}`)];
    above = h('div', { key: (toldTimes += 1), class: 'error-box', role: 'alert' }, h('p', {}, w('mendFirst', { count: faults.size + others.length })), all.length > 0 && h('ul', {}, ...all.map((text) => h('li', {}, text))));
    desk.draw();
    leadToFirst(typed, faults);
    if (all.length > 0 || faults.has(GEOMETRY)) top.current?.scrollIntoView({ block: 'nearest' });
  }

  /** What would be sent, before it is sent. */
  function look(): void {
    above = null;
    const { values, faults } = typed.changes();
    const told = new Map([...faults].map(([name, key]) => [name, w(key)]));
    if (isNew) for (const { name, required } of typed.fields) if (required && !(name in values) && (item.properties[name] ?? null) === null) told.set(name, w('faultRequired'));
    if (shape && placeChanged() && faultsOf(shape).length > 0) told.set(GEOMETRY, w('placeFaults'));
    if (told.size > 0) return showFaults(told);
    const after: Item = { ...item, properties: { ...item.properties, ...values }, geometry: placeChanged() ? (shape ? drawnOf(shape) : null) : item.geometry };
    let said: Child;
    let isBusy = false;
    const say = (text: Child, busy = false) => {
      [said, isBusy] = [text, busy];
      desk.draw();
    };
    const goBack = () => {
      show();
      reviewButton.current?.focus();
    };

    async function send(): Promise<void> {
      const isWanted = desk.ticket();
      say(h('p', { role: 'status', class: 'quiet' }, w('saving')), true);
      try {
        finish(await write(values), isWanted);
      } catch (error) {
        if (!isWanted()) return;
        say(null);
        if (error instanceof Refusal && error.status === 412 && !isNew) return void meet(values);
        if (error instanceof Refusal && error.status === 422 && error.problem.errors?.length) {
          goBack();
          return refuse(error);
        }
        say(failureBox(error, { signIn: () => void signIn(desk).then((done) => done && say(null)) }));
      }
    }

    desk.show({
      title: w('reviewTitle'),
      kind: `${kind} · ${title}`,
      back: { label: w('backToForm'), go: goBack, keeps: true },
      isDirty: () => !finished,
      onClose: clearMap,
      body: () => [
        changeTable(collection, isNew ? null : item, after) ?? h('p', {}, w('nothingChanged')),
        placeChanged() && h('p', { class: 'quiet' }, w('diffLegend')),
        h('dl', {}, h('dt', {}, w('why')), h('dd', {}, why.trim() || w('noWhy'))),
        desk.me?.proposes && h('p', { class: 'edit-note' }, w('willPropose')),
        h('div', {}, said),
        h(
          'div',
          { class: 'edit-buttons' },
          h('button', { type: 'button', class: 'primary', disabled: isBusy, onclick: () => void send() }, desk.me?.proposes ? w('propose') : w('save')),
          h('button', { type: 'button', onclick: goBack }, w('backToForm')),
        ),
      ],
    });
    drawPlace();
  }

  async function write(values: Record<string, unknown>): Promise<Saved> {
    const options = { message: why.trim() || undefined, crs: loaded.crs };
    const geometry: Geometry | null | undefined = placeChanged() || isNew ? (shape ? geometryOf(shape) : null) : undefined;
    if (isNew) {
      const properties = Object.fromEntries(Object.entries({ ...item.properties, ...values }).filter(([, value]) => value !== null));
      try {
        return await desk.client.create(collection.id, { type: 'Feature', id: item.id, geometry: geometry ?? null, properties }, options);
      } catch (error) {
        // The id is this form's own: it was sent before, and the answer was lost.
        if (error instanceof Refusal && error.status === 412) return { state: 'saved', id: item.id, etag: error.problem.etag };
        throw error;
      }
    }
    return desk.client.update(collection.id, item.id, { ...(Object.keys(values).length > 0 && { properties: values }), ...(geometry !== undefined && { geometry }) }, { ...options, etag });
  }

  function refuse(error: Refusal): void {
    const faults = new Map<string, string>();
    const others: string[] = [];
    for (const { pointer, detail } of error.problem.errors ?? []) {
      const name = fieldOfPointer(pointer);
      const text = saidText(detail);
      if (name === undefined) others.push(text);
      else faults.set(name, [faults.get(name), text].filter(Boolean).join(' '));
    }
    showFaults(faults, others);
  }

  function finish(saved: Saved, isWanted: () => boolean): void {
    finished = true;
    if (saved.state === 'saved') void desk.page.changed();
    if (!isWanted()) return;
    if (saved.state === 'saved') return reopen(savedNote(desk, collection.id, item.id, reopen));
    // A new record that waits for an approver is not there to be shown.
    if (isNew) desk.show({ title, kind, back: options.back, body: [statusNote(w('proposed'))] });
    else reopen(statusNote(w('proposed')));
  }

  function removed(saved: Saved): void {
    const note = saved.state === 'saved' ? savedNote(desk, collection.id, item.id, () => reopen(), w('removed')) : statusNote(w('proposed'));
    desk.show({ title, kind, back: options.back, body: [note] });
  }

  /** Somebody changed the record meanwhile: the person decides field by field, and looks at the outcome again. */
  async function meet(values: Record<string, unknown>): Promise<void> {
    const isWanted = desk.ticket();
    try {
      const theirs = await loadRecord(desk.client, collection, item.id);
      if (!isWanted()) return;
      conflictScreen(desk, {
        title,
        collection,
        names: typed.fields.map(({ name }) => name),
        base: { item, shape: baseShape },
        mine: { values, shape, placeChanged: placeChanged() },
        theirs,
        back: () => (show(), reviewButton.current?.focus()),
        decided: (kept, keepPlace) => {
          item = theirs.item;
          etag = theirs.etag;
          baseShape = theirs.shape;
          if (!keepPlace) shape = theirs.shape;
          typed.rebase(item.properties);
          typed.set({ ...item.properties, ...kept });
          if (isDirty()) look();
          else show();
        },
      });
    } catch (error) {
      if (!isWanted()) return;
      const gone = error instanceof Refusal && (error.status === 404 || error.status === 410);
      desk.show({ title, kind, back: { label: w('backToForm'), go: show, keeps: true }, isDirty: () => true, body: [gone ? h('p', { class: 'error-box', role: 'alert' }, w('goneMeanwhile')) : failureBox(error, { retry: () => void meet(values) })] });
    }
  }

  show();
}
