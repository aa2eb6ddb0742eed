/** Taking in a file: handed over, read by the server, looked at on the map and in tables, then written whole or not at all. */

import type { Feature, FeatureCollection } from 'geojson';
import { h } from '../../dom.ts';
import { formatNumber } from '../../i18n.ts';
import { collectionTitle } from '../../values.ts';
import { loadingLine, signIn } from '../account.ts';
import type { Import, ImportMode, RowFault } from '../api.ts';
import { failureBox, type Desk } from '../desk.ts';
import { fieldsOf, type FormField } from '../form.ts';
import { savedNote } from '../record.ts';
import { ownText } from '../text.ts';
import { w } from '../words.ts';
import { chosen, ID, mappingOf, matching, missing, proposed, sameChoices, type Choices } from './mapping.ts';

const MODES: readonly ImportMode[] = ['append', 'upsert', 'replace'];
/** The encodings that the command line knows, by the same names. */
const ENCODINGS = ['auto', 'UTF-8', 'UTF-16LE', 'windows-1258', 'TCVN3', 'VNI', 'VISCII'];
/** Systems that files from Hanoi are in; others can be typed. */
const SYSTEMS = ['EPSG:5897', 'EPSG:5898', 'EPSG:3405', 'EPSG:32648', 'EPSG:4756', 'EPSG:4326', 'OGC:CRS84'];
const FORMATS = '.zip,.shp,.gpkg,.geojson,.json,.tab,.mif,.dxf,.kml,.kmz,.gml,.gpx,.fgb,.csv,.tsv,.txt,.xlsx,.ods';
/** So many faults stand in the table at once. */
const SHOWN_FAULTS = 200;
const POLL_MS = 400;

export async function importScreen(desk: Desk, back: { label: string; go: () => void }, dropped?: File): Promise<void> {
  desk.show({ title: w('import'), back, body: [loadingLine()] });
  const collections = await desk.writable();
  if (collections.length === 0) {
    desk.show({ title: w('import'), back, body: [h('p', { class: 'edit-note' }, w('importNothing'))] });
    return;
  }
  let file = dropped;
  const input = h('input', { id: 'import-file', type: 'file', accept: FORMATS, class: 'visually-hidden', onchange: () => setFile(input.files?.[0]) });
  const name = h('p', { class: 'file-name', role: 'status' });
  const collection = h('select', { id: 'import-collection' }, ...collections.map((one) => h('option', { value: one.id }, collectionTitle(one))));
  const mode = h('select', { id: 'import-mode', onchange: () => (modeHelp.textContent = w(`mode_${mode.value as ImportMode}Help`)) }, ...MODES.map((one) => h('option', { value: one }, w(`mode_${one}`))));
  const modeHelp = h('p', { class: 'quiet' }, w('mode_appendHelp'));
  const idField = h('input', { id: 'import-id', type: 'text', autocomplete: 'off' });
  const { crs, encoding, row } = readingInputs('', 'auto');
  const fault = h('div', {});
  const go = h('button', { type: 'submit', class: 'primary' }, w('readFile'));
  const drop = h(
    'div',
    {
      class: 'drop-zone',
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => {
        event.preventDefault();
        event.stopPropagation();
        setFile((event as DragEvent).dataTransfer?.files[0]);
      },
    },
    input,
    h('label', { for: 'import-file', class: 'button' }, w('chooseFile')),
    h('p', { class: 'quiet' }, w('dropHere')),
    name,
  );

  function setFile(next: File | undefined): void {
    if (!next) return;
    file = next;
    name.textContent = `${next.name} · ${formatNumber(Math.ceil(next.size / 1024))} KB`;
    // A drawing is a plan until somebody says otherwise.
    if (/\.dxf$/i.test(next.name) && collections.some(({ id }) => id === 'plans')) collection.value = 'plans';
  }

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    if (!file) {
      fault.replaceChildren(h('p', { class: 'fault', role: 'alert' }, w('fileMissing')));
      return;
    }
    go.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('sendingFile')));
    try {
      const id = await desk.client.startImport(file, { collection: collection.value, mode: mode.value as ImportMode, crs: crs.value.trim() || undefined, encoding: encoding.value === 'auto' ? undefined : encoding.value, 'id-field': idField.value.trim() || undefined });
      await followImport(desk, id, { collection: collection.value, filename: file.name, back });
    } catch (error) {
      go.disabled = false;
      fault.replaceChildren(failureBox(error, { signIn: () => void signIn(desk) }));
    }
  }

  desk.show({
    title: w('import'),
    back,
    body: [
      h('p', { class: 'quiet' }, w('importHelp')),
      h(
        'form',
        { novalidate: true, class: 'import-form', onsubmit: (event) => void start(event) },
        drop,
        h('label', { for: 'import-collection', class: 'filter' }, h('span', {}, w('collection')), collection),
        h('label', { for: 'import-mode', class: 'filter' }, h('span', {}, w('mode')), mode),
        modeHelp,
        h('details', {}, h('summary', {}, w('moreOptions')), row, h('label', { for: 'import-id', class: 'filter' }, h('span', {}, w('idField')), idField)),
        fault,
        h('div', { class: 'edit-buttons' }, go),
      ),
    ],
  });
  setFile(dropped);
}

/** The inputs for system and encoding, before and after the first reading. */
function readingInputs(crsValue: string, encodingValue: string) {
  const crs = h('input', { id: 'import-crs', type: 'text', list: 'import-systems', autocomplete: 'off', placeholder: w('crsOfFile'), value: crsValue });
  const encoding = h('select', { id: 'import-encoding' }, ...ENCODINGS.map((one) => h('option', { value: one, selected: one === encodingValue }, one === 'auto' ? w('encodingAuto') : one)));
  const row = h(
    'div',
    {},
    h('label', { for: 'import-crs', class: 'filter' }, h('span', {}, w('crs')), crs),
    h('datalist', { id: 'import-systems' }, ...SYSTEMS.map((one) => h('option', { value: one }))),
    h('label', { for: 'import-encoding', class: 'filter' }, h('span', {}, w('encoding')), encoding),
  );
  return { crs, encoding, row };
}

interface Following {
  collection: string;
  filename: string;
  back: { label: string; go: () => void };
}

/** Waits until the file is read, then shows what would come of it. */
async function followImport(desk: Desk, id: string, following: Following): Promise<void> {
  const { back, filename } = following;
  const bar = h('progress', { max: 1, 'aria-label': w('reading') });
  const said = h('p', { role: 'status' }, w('reading'));
  const stopping = new AbortController();
  desk.show({ title: filename, kind: w('import'), back, onClose: () => stopping.abort(), body: [said, bar] });
  try {
    for (;;) {
      const state = await desk.client.import(id, stopping.signal);
      if (stopping.signal.aborted) return;
      if (state.state !== 'reading') return showImport(desk, state, following);
      const share = typeof state.progress === 'number' ? state.progress : state.progress ? state.progress.done / Math.max(1, state.progress.total) : undefined;
      if (share !== undefined) bar.value = share;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    if (stopping.signal.aborted) return;
    desk.show({ title: filename, kind: w('import'), back, body: [failureBox(error, { retry: () => void followImport(desk, id, following) })] });
  }
}

/** What would come of the file: counts, remarks, how its columns are read, its faults and its rows on the map. */
async function showImport(desk: Desk, state: Import, following: Following): Promise<void> {
  const { back, filename } = following;
  const declared = desk.collections.get(following.collection);
  const kind = [w('import'), declared && collectionTitle(declared)].filter(Boolean).join(' · ');
  const fault = h('div', {});
  const again = () => void followImport(desk, state.id, following);

  async function discard(): Promise<void> {
    try {
      await desk.client.discardImport(state.id);
    } catch (error) {
      console.warn(error);
    }
    void importScreen(desk, back);
  }

  if (state.state === 'failed') {
    desk.show({ title: filename, kind, back, body: [h('div', { class: 'error-box', role: 'alert' }, h('p', {}, w('importFailed')), h('p', {}, ownText(state.error)), ...notesOf(state)), h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => void discard() }, w('otherFile')))] });
    return;
  }
  const fields = declared ? fieldsOf(declared, await desk.client.schema(following.collection).catch(() => ({ properties: {} }))) : [];
  const columns = state.columns ?? [];
  const first = proposed(columns);
  let choices: Choices = first;
  const layers = (state.layers ?? []).map((layer) => (typeof layer === 'string' ? layer : layer.name));
  const layer = h('select', { id: 'import-layer' }, ...layers.map((one) => h('option', { value: one, selected: one === state.layer }, one)));
  const { crs, encoding, row } = readingInputs(state.crs ?? '', state.encoding ?? 'auto');
  const mode = h('select', { id: 'import-mode' }, ...MODES.map((one) => h('option', { value: one, selected: one === state.mode }, w(`mode_${one}`))));
  const reread = h('button', { type: 'button', class: 'reread', onclick: () => void readAgain() }, w('readAgain'));
  const message = h('textarea', { id: 'why', rows: 2, maxlength: 1000 });
  const commit = h('button', { type: 'button', class: 'primary commit', disabled: state.state !== 'ready', onclick: () => void write() }, desk.me?.proposes ? w('propose') : w('commit'));

  async function readAgain(): Promise<void> {
    reread.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('reading')));
    try {
      await desk.client.remap(state.id, {
        ...(!sameChoices(first, choices) && { mapping: mappingOf(choices) }),
        ...(crs.value.trim() !== (state.crs ?? '') && { crs: crs.value.trim() }),
        ...(encoding.value !== (state.encoding ?? 'auto') && { encoding: encoding.value }),
        ...(layers.length > 1 && layer.value !== state.layer && { layer: layer.value }),
        ...(mode.value !== state.mode && { mode: mode.value as ImportMode }),
      });
      again();
    } catch (error) {
      reread.disabled = false;
      fault.replaceChildren(failureBox(error));
    }
  }

  async function write(): Promise<void> {
    commit.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('saving')));
    try {
      await desk.client.commitImport(state.id, message.value.trim());
      void desk.page.changed();
      const now = await desk.client.import(state.id).catch(() => state);
      desk.show({ title: filename, kind, back, body: [await committedNote(desk, now, following), h('dl', { class: 'counts' }, ...countRows(now)), h('div', { class: 'edit-buttons' }, h('button', { type: 'button', onclick: () => void importScreen(desk, back) }, w('otherFile')))] });
    } catch (error) {
      commit.disabled = false;
      fault.replaceChildren(failureBox(error, { signIn: () => void signIn(desk) }));
    }
  }

  const preview = state.preview ?? { type: 'FeatureCollection' as const, features: [] };
  const map = createPreview(desk, preview);
  const faults = state.faults ?? [];
  desk.show({
    title: filename,
    kind,
    back,
    isDirty: () => false,
    onClose: () => desk.sketch()?.setRows({ type: 'FeatureCollection', features: [] }),
    body: [
      state.state === 'refused' ? h('p', { class: 'error-box', role: 'alert' }, w('importRefused')) : h('p', { class: 'edit-note', role: 'status' }, w('dryRun')),
      h('dl', { class: 'counts' }, ...countRows(state)),
      ...notesOf(state),
      preview.features.length > 0 && h('p', { class: 'quiet' }, w('previewed', { count: preview.features.length })),
      faults.length > 0 && faultPart(faults, state.more_faults ?? 0, fields, (number) => map.show(number), map.has),
      h(
        'details',
        { class: 'part', open: true },
        h('summary', {}, h('h3', {}, w('howRead'))),
        layers.length > 1 && h('label', { for: 'import-layer', class: 'filter' }, h('span', {}, w('layer')), layer),
        row,
        h('label', { for: 'import-mode', class: 'filter' }, h('span', {}, w('mode')), mode),
        columns.length > 0 && mappingTable(columns, fields, () => choices, (next) => (choices = next)),
        h('div', { class: 'edit-buttons' }, reread),
      ),
      h('div', { class: 'edit-field why' }, h('label', { for: 'why', class: 'field-label' }, w('why')), message),
      fault,
      h('div', { class: 'edit-buttons sticky' }, commit, h('button', { type: 'button', onclick: () => void discard() }, w('discard'))),
    ],
  });
  map.draw();
}

async function committedNote(desk: Desk, state: Import, { collection, back }: Following): Promise<HTMLElement> {
  const change = state.change;
  const text = desk.me?.proposes ? w('proposed') : w('committed');
  if (change === undefined || change === null) return h('p', { class: 'edit-note', role: 'status' }, text);
  return savedNote(desk, collection, '', (note) => desk.show({ title: w('import'), back, body: [note] }), text, change);
}

function countRows({ counts }: Import): HTMLElement[] {
  const known = ['read', 'inserted', 'updated', 'unchanged', 'deleted', 'skipped'] as const;
  return known.flatMap((name) => (counts?.[name] === undefined ? [] : [h('dt', {}, w(`count_${name}`)), h('dd', {}, formatNumber(counts[name]))]));
}

function notesOf({ notes }: Import): HTMLElement[] {
  if (!notes?.length) return [];
  return [h('details', { class: 'part notes', open: notes.length < 6 }, h('summary', {}, h('h3', {}, w('importNotes')), ' ', h('span', { class: 'brief' }, String(notes.length))), h('ul', {}, ...notes.map((note) => h('li', {}, ownText(note)))))];
}

/** The columns of the file, each with the field it goes into. */
function mappingTable(columns: Import['columns'] & object, fields: FormField[], choices: () => Choices, set: (next: Choices) => void): HTMLElement {
  const targets = fields.filter(({ readOnly }) => !readOnly);
  const lack = h('p', { class: 'fault', role: 'status' });
  const selects = new Map<string, HTMLSelectElement>();
  const tell = () => {
    const lacking = missing(fields, choices());
    lack.textContent = lacking.length > 0 ? w('mappingLacks', { fields: lacking.map(({ title }) => title).join(', ') }) : '';
    for (const [source, select] of selects) select.value = choices().get(source) ?? '';
  };
  const rows = columns.map(({ source, why, examples }, i) => {
    const select = h(
      'select',
      { id: `map-${i}`, 'aria-label': w('columnInto', { column: source }), onchange: () => (set(chosen(choices(), source, select.value || null)), tell()) },
      h('option', { value: '' }, w('leaveOut')),
      h('option', { value: ID }, w('featureId')),
      ...targets.map(({ name, title, required }) => h('option', { value: name }, required ? `${title} *` : title)),
    );
    selects.set(source, select);
    // A table of the user's own takes what the file has.
    const own = choices().get(source);
    if (own && own !== ID && !targets.some(({ name }) => name === own)) select.append(h('option', { value: own }, own));
    const hint = [examples?.slice(0, 3).join(', '), ownText(why)].filter(Boolean).join(' · ');
    return h('tr', {}, h('th', { scope: 'row' }, source, hint && h('span', { class: 'quiet' }, ` ${hint}`)), h('td', {}, select));
  });
  tell();
  return h('div', {}, h('table', { class: 'mapping' }, h('caption', {}, w('mappingTable')), h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, w('column')), h('th', { scope: 'col' }, w('field')))), h('tbody', {}, ...rows)), lack);
}

/** The faults of the file: they can be filtered, and those whose rows have a place lead to it. */
function faultPart(faults: RowFault[], more: number, fields: FormField[], show: (row: number) => void, has: (row: number) => boolean): HTMLElement {
  const titles = new Map(fields.map(({ name, title }) => [name, title]));
  const body = h('tbody', {});
  const said = h('p', { class: 'quiet', role: 'status' });
  const words = h('input', { id: 'fault-words', type: 'search', autocomplete: 'off', oninput: () => fill() });
  function fill(): void {
    const wanted = matching(faults.map((one) => ({ ...one, reason: ownText(one.reason) })), words.value);
    const shown = wanted.slice(0, SHOWN_FAULTS);
    body.replaceChildren(
      ...shown.map(({ row, field, reason }) =>
        h('tr', {}, h('th', { scope: 'row' }, has(row) ? h('button', { type: 'button', class: 'small', 'aria-label': w('rowOnMap', { row }), onclick: () => show(row) }, String(row)) : String(row)), h('td', {}, field ? (titles.get(field) ?? field) : '–'), h('td', {}, reason)),
      ),
    );
    said.textContent = w('faultsShown', { shown: shown.length, count: wanted.length + (words.value ? 0 : more) });
  }
  fill();
  return h(
    'details',
    { class: 'part import-faults', open: true },
    h('summary', {}, h('h3', {}, w('faults')), ' ', h('span', { class: 'brief' }, formatNumber(faults.length + more))),
    h('label', { for: 'fault-words', class: 'filter' }, h('span', {}, w('filterFaults')), words),
    said,
    h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': w('faults') }, h('table', { class: 'compared' }, h('caption', { class: 'visually-hidden' }, w('faults')), h('thead', {}, h('tr', {}, ...[w('row'), w('field'), w('reason')].map((title) => h('th', { scope: 'col' }, title)))), body)),
  );
}

/** The first rows of the file on the map. */
function createPreview(desk: Desk, preview: FeatureCollection) {
  const rowOf = ({ properties, id }: Feature) => Number(properties?.row ?? properties?._row ?? id);
  const draw = (row?: number) => {
    const features = preview.features.map((feature) => ({ ...feature, properties: { chosen: row !== undefined && rowOf(feature) === row } }));
    desk.sketch()?.setRows({ type: 'FeatureCollection', features });
  };
  return {
    has: (row: number) => preview.features.some((feature) => rowOf(feature) === row && feature.geometry),
    draw: () => {
      draw();
      desk.sketch()?.frame(...preview.features.map(({ geometry }) => geometry));
    },
    show: (row: number) => {
      draw(row);
      desk.sketch()?.frame(...preview.features.filter((feature) => rowOf(feature) === row).map(({ geometry }) => geometry));
    },
  };
}
