/** The screen of one record: its form, its place, why it is changed, a look at the changes, and saving with what can come between. */

import type { Geometry } from 'geojson';
import type { Item } from '../api.ts';
import { element, h } from '../dom.ts';
import { zoneOf } from '../plan/vn2000.ts';
import { collectionTitle, fieldOf, fieldTitle, valueText } from '../values.ts';
import { loadingLine, signIn } from './account.ts';
import { Refusal, type Saved } from './api.ts';
import { changeTable } from './compared.ts';
import { conflictScreen } from './conflict.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges } from './diff.ts';
import { createInputs, type Inputs } from './fields.ts';
import { fieldOfPointer } from './form.ts';
import { geometryScreen } from './geometry/screen.ts';
import { historyPart } from './history.ts';
import { loadNew, loadRecord, shapesFor, zoneFor, type Loaded } from './load.ts';
import { GEOMETRY } from './merge.ts';
import { photosPart } from './photos.ts';
import { faultsOf } from './rings.ts';
import { drawnOf, geometryOf, sameShape, verticesOf, type Shape } from './shape.ts';
import { failureText, nameOf, newId, saidText } from './text.ts';
import { w } from './words.ts';

/** Where the way back leads, and what is said above the form. */
export interface RecordOptions {
  back?: Back | undefined;
  note?: HTMLElement | undefined;
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
  const top = h('div', { class: 'edit-top' }, options.note);

  const inputs: Inputs = createInputs({ fields, before: item.properties, suggestions: ({ references, name }) => desk.suggestions(references, name), onInput: () => refresh() });
  const message = h('textarea', { id: 'why', rows: 2, maxlength: 1000, 'aria-describedby': 'why-help' });
  const count = h('span', { class: 'quiet', role: 'status' });
  const review = h('button', { type: 'submit', class: 'primary' }, w('review'));
  const placeWords = h('p', { class: 'place-words' });
  const types = shapesFor(collection);
  const editPlace = h('button', { type: 'button', class: 'edit-place', onclick: () => openGeometry() }, '');
  const placeFault = h('p', { class: 'fault', id: 'place-fault' });

  const form = h(
    'form',
    { novalidate: true, onsubmit: (event) => (event.preventDefault(), look()) },
    types.length > 0 &&
      h(
        'section',
        { class: 'edit-geometry', 'aria-labelledby': 'place-title' },
        h('h3', { id: 'place-title' }, w('place')),
        placeWords,
        loaded.isFixed ? h('p', { class: 'quiet' }, w('placeFixed')) : editPlace,
        placeFault,
      ),
    inputs.element,
    derivedRows(loaded),
    h('div', { class: 'edit-field why' }, h('label', { for: 'why', class: 'field-label' }, w('why')), message, h('p', { class: 'quiet', id: 'why-help' }, w('whyHelp'))),
    h('div', { class: 'edit-buttons sticky' }, review, count),
  );
  const body: HTMLElement[] = mayWrite
    ? [top, form]
    : [top, h('p', { class: 'edit-note' }, desk.me ? w('mayNot', { role: w(`role_${desk.me.role}`) }) : w('mayNotSignedOut')), readOnlyRows(loaded)];
  const more = isNew
    ? []
    : [
        photosPart(desk, collection.id, item.id, mayWrite),
        historyPart(desk, collection.id, item.id, () => void recordScreen(desk, collection.id, item.id, options)),
        mayWrite && loaded.rights.remove ? removePart() : null,
      ];

  let finished = false;

  function show(): void {
    desk.show({ title, kind, back: options.back, body: [...body, ...more], isDirty, onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)) });
    drawPlace();
    refresh();
  }

  function placeChanged(): boolean {
    return !sameShape(shape, baseShape);
  }
  function isDirty(): boolean {
    const { values, faults } = inputs.changes();
    return placeChanged() || faults.size > 0 || Object.keys(values).length > 0;
  }

  function refresh(): void {
    const { values, faults } = inputs.changes();
    const changed = Object.keys(values).length + faults.size + (placeChanged() ? 1 : 0);
    count.textContent = isNew ? '' : changed === 0 ? w('nothingChanged') : w('changedCount', { count: changed });
    review.disabled = !isNew && changed === 0;
    placeWords.textContent = placeText(shape, placeChanged());
    editPlace.textContent = shape ? w('editPlace') : w('setPlace');
  }

  /** Shows the place on the map, and where it was if it was moved. */
  function drawPlace(): void {
    const sketch = desk.sketch();
    const [before, after] = [baseShape ? drawnOf(baseShape) : item.geometry, shape ? drawnOf(shape) : loaded.isFixed ? item.geometry : null];
    sketch?.setDiff(geometryChanges(before, after));
    sketch?.frame(before, after);
  }

  function openGeometry(): void {
    geometryScreen(desk, {
      title,
      collection,
      crs: loaded.crs,
      zone: zoneFor(collection, desk.collections),
      shape,
      types,
      itself: isNew ? undefined : item.id,
      done: (next) => {
        shape = next;
        placeFault.textContent = '';
        show();
        editPlace.focus();
      },
      cancel: () => {
        show();
        editPlace.focus();
      },
    });
  }

  /** The texts of faults by field; those that belong to no field stand above the form. */
  function showFaults(faults: Map<string, string>, others: string[] = []): void {
    placeFault.textContent = faults.get(GEOMETRY) ?? '';
    const loose = inputs.showFaults(faults).filter((name) => name !== GEOMETRY);
    const all = [...others, ...loose.map((name) => `${fieldTitle(collection, name)}: ${faults.get(name)}`)];
    top.replaceChildren(h('div', { class: 'error-box', role: 'alert' }, h('p', {}, w('mendFirst', { count: faults.size + others.length })), all.length > 0 && h('ul', {}, ...all.map((text) => h('li', {}, text)))));
    if (all.length > 0 || faults.has(GEOMETRY)) top.scrollIntoView({ block: 'nearest' });
  }

  /** What would be sent, before it is sent. */
  function look(): void {
    top.replaceChildren();
    const { values, faults } = inputs.changes();
    const told = new Map([...faults].map(([name, key]) => [name, w(key)]));
    if (isNew) for (const field of fields) if (field.required && !field.readOnly && !(field.name in values) && (item.properties[field.name] ?? null) === null) told.set(field.name, w('faultRequired'));
    if (shape && placeChanged() && faultsOf(shape).length > 0) told.set(GEOMETRY, w('placeFaults'));
    if (told.size > 0) return showFaults(told);
    const after: Item = { ...item, properties: { ...item.properties, ...values }, geometry: placeChanged() ? (shape ? drawnOf(shape) : null) : item.geometry };
    const save = h('button', { type: 'button', class: 'primary', onclick: () => void send(values) }, desk.me?.proposes ? w('propose') : w('save'));
    const fault = h('div', {});
    const goBack = () => {
      show();
      review.focus();
    };

    async function send(values: Record<string, unknown>): Promise<void> {
      const isWanted = desk.ticket();
      save.disabled = true;
      fault.replaceChildren(h('p', { role: 'status', class: 'quiet' }, w('saving')));
      try {
        finish(await write(values), isWanted);
      } catch (error) {
        if (!isWanted()) return;
        save.disabled = false;
        fault.replaceChildren();
        if (error instanceof Refusal && error.status === 412 && !isNew) return void meet(values);
        if (error instanceof Refusal && error.status === 422 && error.problem.errors?.length) {
          goBack();
          return refuse(error);
        }
        fault.replaceChildren(element(failureBox(error, { signIn: () => void signIn(desk).then((done) => done && fault.replaceChildren()) })));
      }
    }

    desk.show({
      title: w('reviewTitle'),
      kind: `${kind} · ${title}`,
      back: { label: w('backToForm'), go: goBack, keeps: true },
      isDirty: () => !finished,
      onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
      body: [
        changeTable(collection, isNew ? null : item, after) ?? h('p', {}, w('nothingChanged')),
        placeChanged() && h('p', { class: 'quiet' }, w('diffLegend')),
        h('dl', {}, h('dt', {}, w('why')), h('dd', {}, message.value.trim() || w('noWhy'))),
        desk.me?.proposes && h('p', { class: 'edit-note' }, w('willPropose')),
        fault,
        h('div', { class: 'edit-buttons' }, save, h('button', { type: 'button', onclick: goBack }, w('backToForm'))),
      ],
    });
    drawPlace();
  }

  async function write(values: Record<string, unknown>): Promise<Saved> {
    const options = { message: message.value.trim() || undefined, crs: loaded.crs };
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
    const reopen = (note: HTMLElement) => void recordScreen(desk, collection.id, item.id, { ...options, note });
    if (saved.state === 'proposed') {
      const note = h('p', { class: 'edit-note', role: 'status' }, w('proposed'));
      // A new record that waits for an approver is not there to be shown.
      if (isNew) desk.show({ title, kind, back: options.back, body: [note] });
      else reopen(note);
      return;
    }
    reopen(savedNote(desk, collection.id, item.id, reopen));
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
        names: fields.filter(({ readOnly }) => !readOnly).map(({ name }) => name),
        base: { item, shape: baseShape },
        mine: { values, shape, placeChanged: placeChanged() },
        theirs,
        back: () => (show(), review.focus()),
        decided: (kept, keepPlace) => {
          item = theirs.item;
          etag = theirs.etag;
          baseShape = theirs.shape;
          if (!keepPlace) shape = theirs.shape;
          inputs.rebase(item.properties);
          inputs.set({ ...item.properties, ...kept });
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

  function removePart(): HTMLElement {
    const why = h('textarea', { id: 'why-remove', rows: 2, maxlength: 1000 });
    const fault = h('div', {});
    const button = h('button', { type: 'button', class: 'danger', onclick: () => void go() }, w('removeYes'));
    async function go(): Promise<void> {
      const isWanted = desk.ticket();
      button.disabled = true;
      try {
        const saved = await desk.client.remove(collection.id, item.id, { etag, message: why.value.trim() || undefined });
        if (saved.state === 'saved') void desk.page.changed();
        if (!isWanted()) return;
        const note = saved.state === 'saved' ? savedNote(desk, collection.id, item.id, () => void recordScreen(desk, collection.id, item.id, options), w('removed')) : h('p', { class: 'edit-note', role: 'status' }, w('proposed'));
        desk.show({ title, kind, back: options.back, body: [note] });
      } catch (error) {
        button.disabled = false;
        fault.replaceChildren(error instanceof Refusal && error.status === 412 ? h('p', { class: 'fault', role: 'alert' }, w('removeChanged')) : element(failureBox(error)));
      }
    }
    return h('details', { class: 'part remove' }, h('summary', {}, h('h3', {}, w('remove'))), h('div', { class: 'edit-field' }, h('p', {}, w('removeHelp')), h('label', { for: 'why-remove', class: 'field-label' }, w('why')), why, fault, h('div', { class: 'edit-buttons' }, button)));
  }

  function placeText(current: Shape | undefined, changed: boolean): string {
    if (loaded.isFixed) return '';
    if (!current) return w('noPlace');
    const vertices = verticesOf(current).length;
    const zone = zoneOf(loaded.crs);
    return [w(`shape_${current.kind}`), current.kind !== 'Point' && w('vertexCount', { count: vertices }), zone && w('storedIn', { epsg: zone.epsg }), changed && w('placeChanged')].filter(Boolean).join(' · ');
  }

  show();
}

/** The line after saving, with the way to take it back: the change that is named, else the newest that this person made of the record. */
export function savedNote(desk: Desk, collection: string, id: string, reopened: (note: HTMLElement) => void, text = w('saved'), known?: number | string): HTMLElement {
  const undo = h('button', { type: 'button', class: 'undo', onclick: () => void takeBack() }, w('undo'));
  const note = h('div', { class: 'edit-note saved', role: 'status' }, h('p', {}, text), undo);
  async function takeBack(): Promise<void> {
    const isWanted = desk.ticket();
    undo.disabled = true;
    try {
      const change = known ?? (await desk.client.versions(collection, id)).find(({ who }) => who === desk.me?.name)?.change;
      if (change === undefined) throw new Error('there is no change to take back');
      await desk.client.undo(change);
      void desk.page.changed();
      if (isWanted()) reopened(h('p', { class: 'edit-note', role: 'status' }, w('undone')));
    } catch (error) {
      note.replaceChildren(h('p', { class: 'fault', role: 'alert' }, failureText(error)));
    }
  }
  return note;
}

function derivedRows({ fields, item, collection, isNew }: Loaded): HTMLElement | null {
  const derived = fields.filter(({ readOnly, name }) => readOnly && (item.properties[name] ?? null) !== null);
  if (isNew || derived.length === 0) return null;
  return h('details', { class: 'part' }, h('summary', {}, h('h3', {}, w('derived'))), h('p', { class: 'quiet' }, w('derivedHelp')), h('dl', {}, ...derived.flatMap(({ name }) => [h('dt', {}, fieldTitle(collection, name)), h('dd', {}, valueText(fieldOf(collection, name), item.properties[name]))])));
}

function readOnlyRows({ fields, item, collection }: Loaded): HTMLElement {
  return h('dl', {}, ...fields.flatMap(({ name, title }) => [h('dt', {}, title), h('dd', {}, valueText(fieldOf(collection, name), item.properties[name]))]));
}
