/** Handing over a file: which it is, where its rows go and how they are read. */

import type { Collection } from '../../api.ts';
import { formatNumber } from '../../i18n.ts';
import { h } from '../../ui/h.ts';
import { collectionTitle } from '../../values.ts';
import { loadingLine, signIn } from '../account.ts';
import type { ImportMode } from '../api.ts';
import { choice, line } from '../controls.ts';
import type { Back, Desk } from '../desk.ts';
import { w } from '../words.ts';
import { drawingInputs, drawingOptions, NO_DRAWING, type Drawing } from './drawing.ts';
import { modeChoice, MODES, readingInputs, type Reading } from './inputs.ts';
import { progressBox, type Progress } from './progress.ts';
import { followImport } from './reading.ts';

const FORMATS = '.zip,.shp,.gpkg,.geojson,.json,.tab,.mif,.dxf,.kml,.kmz,.gml,.gpx,.fgb,.csv,.tsv,.txt,.xlsx,.ods';
/** The collection that stands for the drawings of plans. */
const PLANS = 'plans';

export async function importScreen(desk: Desk, back: Back, dropped?: File): Promise<void> {
  desk.show({ title: w('import'), back, body: [loadingLine()] });
  const isWanted = desk.ticket();
  const collections = await desk.writable();
  if (!isWanted()) return;
  if (collections.length > 0) startScreen(desk, back, collections, dropped);
  else desk.show({ title: w('import'), back, body: [h('p', { class: 'edit-note' }, w('importNothing'))] });
}

/** What is entered. */
interface Entry extends Reading {
  file: File | undefined;
  collection: string;
  mode: ImportMode;
  idField: string;
  drawing: Drawing;
}

function startScreen(desk: Desk, back: Back, collections: Collection[], dropped: File | undefined): void {
  let entry: Entry = { file: undefined, collection: collections[0]!.id, mode: 'append', crs: '', encoding: 'auto', idField: '', drawing: NO_DRAWING };
  let progress: Progress;
  let isSending = false;
  const drawing = drawingInputs(desk.page.data().sites, setDrawing);

  function set(change: Partial<Entry>): void {
    entry = { ...entry, ...change };
    desk.draw();
  }

  function setDrawing(change: Partial<Drawing>): void {
    set({ drawing: { ...entry.drawing, ...change } });
  }

  function setFile(file: File | undefined): void {
    if (!file) return;
    // A drawing is a plan until somebody says otherwise.
    const isPlan = /\.dxf$/i.test(file.name) && collections.some(({ id }) => id === PLANS);
    set({ file, ...(isPlan && { collection: PLANS, drawing: { ...entry.drawing, isDrawing: true } }) });
  }

  function setCollection(collection: string): void {
    set({ collection, drawing: { ...entry.drawing, isDrawing: entry.drawing.isDrawing && collection === PLANS } });
  }

  function tell(now: Progress, sends = false): void {
    progress = now;
    isSending = sends;
    desk.draw();
  }

  async function send(): Promise<void> {
    const { file, collection, mode, crs, encoding, idField } = entry;
    if (!file) return tell({ lack: 'fileMissing' });
    const plan = entry.drawing.isDrawing ? drawingOptions(entry.drawing) : undefined;
    const isLacking = entry.drawing.isDrawing && !plan;
    setDrawing({ isLacking });
    if (isLacking) return drawing.focus(entry.drawing);
    tell({ wait: 'sendingFile' }, true);
    const isStillHere = desk.ticket();
    try {
      const id = await desk.client.startImport(file, { collection, mode, crs: crs.trim() || undefined, encoding: encoding === 'auto' ? undefined : encoding, 'id-field': idField.trim() || undefined }, plan);
      if (isStillHere()) await followImport(desk, id, { collection, filename: file.name, back, anew: () => void importScreen(desk, back) });
    } catch (error) {
      tell({ error, signIn: () => void signIn(desk) });
    }
  }

  const dropZone = () =>
    h(
      'div',
      {
        class: 'drop-zone',
        ondragover: (event) => event.preventDefault(),
        ondrop: (event) => {
          event.preventDefault();
          event.stopPropagation();
          setFile(event.dataTransfer?.files[0]);
        },
      },
      h('input', { id: 'import-file', type: 'file', accept: FORMATS, class: 'visually-hidden', onchange: ({ currentTarget }) => setFile(currentTarget.files[0]) }),
      h('label', { for: 'import-file', class: 'button' }, w('chooseFile')),
      h('p', { class: 'quiet' }, w('dropHere')),
      h('p', { class: 'file-name', role: 'status' }, entry.file && `${entry.file.name} · ${formatNumber(Math.ceil(entry.file.size / 1024))} KB`),
    );

  const view = () => [
    h('p', { class: 'quiet' }, w('importHelp')),
    h(
      'form',
      { novalidate: true, class: 'import-form', onsubmit: (event) => (event.preventDefault(), void send()) },
      dropZone(),
      choice('import-collection', w('collection'), entry.collection, collections.map((one) => h('option', { value: one.id }, collectionTitle(one))), setCollection),
      modeChoice(entry.mode, MODES, (mode) => set({ mode })),
      h('p', { class: 'quiet' }, w(`mode_${entry.mode}Help`)),
      drawing.view(entry.drawing, entry.collection === PLANS),
      h('details', {}, h('summary', {}, w('moreOptions')), readingInputs(entry, set), line('import-id', w('idField'), entry.idField, (idField) => set({ idField }))),
      progressBox(progress),
      h('div', { class: 'edit-buttons' }, h('button', { type: 'submit', class: 'primary', disabled: isSending }, w('readFile'))),
    ),
  ];

  desk.show({ title: w('import'), back, body: view });
  setFile(dropped);
}
