/** Taking in a file: handed over, read by the server, looked at on the map and in tables, then written whole or not at all. */

import type { Feature, FeatureCollection } from 'geojson';
import type { VNode } from 'preact';
import { element, h } from '../../dom.ts';
import { formatNumber, lang, pick } from '../../i18n.ts';
import { collectionTitle } from '../../values.ts';
import { loadingLine, signIn } from '../account.ts';
import { placeOf, type Site } from '../../sites.ts';
import type { ColumnWhy, DrawingOptions, Import, ImportColumn, ImportMode, RowFault } from '../api.ts';
import { failureBox, type Back, type Desk } from '../desk.ts';
import { fieldsOf, type FormField } from '../form.ts';
import { savedNote } from '../saved.ts';
import { isEnglish, ownText, saidText, titleOf } from '../text.ts';
import { w, type WordKey } from '../words.ts';
import { chosen, columnsIn, constantsOf, ID, mappingOf, matching, missing, PLACE, proposed, sameChoices, type Choices } from './mapping.ts';

const MODES: readonly ImportMode[] = ['append', 'upsert', 'replace'];
/** The encodings that the command line knows, by the same names. */
const ENCODINGS = ['auto', 'UTF-8', 'UTF-16LE', 'windows-1258', 'TCVN3', 'VNI', 'VISCII'];
/** Systems that files from Hanoi are in; others can be typed. */
const SYSTEMS = ['EPSG:5897', 'EPSG:5898', 'EPSG:3405', 'EPSG:32648', 'EPSG:4756', 'EPSG:4326', 'OGC:CRS84'];
const FORMATS = '.zip,.shp,.gpkg,.geojson,.json,.tab,.mif,.dxf,.kml,.kmz,.gml,.gpx,.fgb,.csv,.tsv,.txt,.xlsx,.ods';
/** So many faults stand in the table at once. */
const SHOWN_FAULTS = 200;
const POLL_MS = 400;
/** The collection that stands for the drawings of plans. */
const PLANS = 'plans';

export async function importScreen(desk: Desk, back: Back, dropped?: File): Promise<void> {
  desk.show({ title: w('import'), back, body: [loadingLine()] });
  const isWanted = desk.ticket();
  const collections = await desk.writable();
  if (!isWanted()) return;
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
  const drawing = drawingInputs(desk.page.data().sites);
  collection.addEventListener('change', () => drawing.offer(collection.value === PLANS));
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
    if (/\.dxf$/i.test(next.name) && collections.some(({ id }) => id === PLANS)) {
      collection.value = PLANS;
      drawing.offer(true, true);
    }
  }

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    if (!file) {
      fault.replaceChildren(h('p', { class: 'fault', role: 'alert' }, w('fileMissing')));
      return;
    }
    const plan = drawing.options();
    if (plan === 'missing') return;
    go.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('sendingFile')));
    const isStillHere = desk.ticket();
    try {
      const id = await desk.client.startImport(file, { collection: collection.value, mode: mode.value as ImportMode, crs: crs.value.trim() || undefined, encoding: encoding.value === 'auto' ? undefined : encoding.value, 'id-field': idField.value.trim() || undefined }, plan);
      if (isStillHere()) await followImport(desk, id, { collection: collection.value, filename: file.name, back });
    } catch (error) {
      go.disabled = false;
      fault.replaceChildren(element(failureBox(error, { signIn: () => void signIn(desk) })));
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
        drawing.element,
        h('details', {}, h('summary', {}, w('moreOptions')), row, h('label', { for: 'import-id', class: 'filter' }, h('span', {}, w('idField')), idField)),
        fault,
        h('div', { class: 'edit-buttons' }, go),
      ),
    ],
  });
  setFile(dropped);
}

/** What the drawing of a 1/500 plan needs to be told: which plan it becomes, and whose. */
function drawingInputs(sites: readonly Site[]) {
  const isDrawing = h('input', { id: 'import-drawing', type: 'checkbox', onchange: () => (more.hidden = !isDrawing.checked) });
  const plan = h('input', { id: 'drawing-plan', type: 'text', autocomplete: 'off', 'aria-describedby': 'drawing-fault' });
  const site = h('select', { id: 'drawing-site', 'aria-describedby': 'drawing-fault' }, h('option', { value: '' }, w('chooseSite')), ...sites.map(({ key, name, properties }) => h('option', { value: key }, [name, placeOf(properties)].filter(Boolean).join(', '))));
  const name = h('input', { id: 'drawing-name', type: 'text', autocomplete: 'off' });
  const unit = h('select', { id: 'drawing-unit' }, h('option', { value: '' }, w('unitOfFile')), h('option', { value: 'm' }, 'm'), h('option', { value: 'mm' }, 'mm'));
  const swap = h('input', { id: 'drawing-swap', type: 'checkbox' });
  const snap = h('input', { id: 'drawing-snap', type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: '0.01' });
  const fault = h('p', { class: 'fault', id: 'drawing-fault', role: 'alert' });
  const row = (label: string, control: HTMLElement) => h('label', { for: control.id, class: 'filter' }, h('span', {}, label), control);
  const more = h('div', { hidden: true }, row(w('planId'), plan), row(w('site'), site), row(w('planName'), name), row(w('drawingUnit'), unit), row(w('drawingSnap'), snap), h('label', { for: swap.id }, swap, w('drawingSwap')), fault);
  const element = h('fieldset', { hidden: true }, h('legend', {}, w('drawing')), h('label', { for: isDrawing.id }, isDrawing, w('isDrawing')), more);
  return {
    element,
    /** Shows the inputs, for a file that is a drawing or may be one. */
    offer: (isPlans: boolean, is = isDrawing.checked) => {
      element.hidden = !isPlans;
      isDrawing.checked = isPlans && is;
      more.hidden = !isDrawing.checked;
    },
    /** What was said; undefined where the file is no drawing, and `missing` where something must still be said. */
    options: (): DrawingOptions | undefined | 'missing' => {
      fault.textContent = '';
      if (!isDrawing.checked) return undefined;
      if (!plan.value.trim() || !site.value) {
        fault.textContent = w('drawingMissing');
        (plan.value.trim() ? site : plan).focus();
        return 'missing';
      }
      return {
        plan: plan.value.trim(),
        site: site.value,
        name: name.value.trim() || undefined,
        unit: (unit.value || undefined) as DrawingOptions['unit'],
        'swap-xy': swap.checked ? 'true' : undefined,
        snap: snap.value.trim().replace(',', '.') || undefined,
      };
    },
  };
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
  back: Back;
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
      if (state.progress) bar.value = state.progress;
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

  const { options } = state;
  const isWanted = desk.ticket();
  const fields = declared ? fieldsOf(declared, await desk.client.schema(following.collection).catch(() => ({ properties: {} }))) : [];
  if (!isWanted()) return;
  const columns = state.columns ?? columnsIn(state.detail);
  const first = proposed(columns);
  let choices: Choices = first;
  const { values: constants, emptied } = constantsOf(options.mapping);
  const constantsBefore = JSON.stringify([...constants]);
  const layers = [...new Set([...(options.layer ? [options.layer] : []), ...(state.layers ?? [])])];
  const layer = h('select', { id: 'import-layer' }, ...layers.map((one) => h('option', { value: one, selected: one === options.layer }, one)));
  const { crs, encoding, row } = readingInputs(options.crs ?? '', options.encoding ?? 'auto');
  const mode = h('select', { id: 'import-mode' }, ...MODES.filter((one) => !options.plan || one !== 'upsert').map((one) => h('option', { value: one, selected: one === options.mode }, w(`mode_${one}`))));
  const reread = h('button', { type: 'button', class: 'reread', onclick: () => void readAgain() }, w('readAgain'));
  const message = h('textarea', { id: 'why', rows: 2, maxlength: 1000 });
  const faulty = state.faulty_rows ?? 0;
  const skip = h('input', { id: 'skip-bad', type: 'checkbox', onchange: () => (commit.disabled = !mayCommit()) });
  const mayCommit = () => state.state === 'ready' && (faulty === 0 || skip.checked);
  const commit = h('button', { type: 'button', class: 'primary commit', disabled: !mayCommit(), onclick: () => void write() }, w('commit'));

  async function readAgain(): Promise<void> {
    reread.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('reading')));
    try {
      await desk.client.remap(state.id, {
        ...((!sameChoices(first, choices) || JSON.stringify([...constants]) !== constantsBefore) && { mapping: mappingOf(first, choices, constants, emptied) }),
        ...(crs.value.trim() !== (options.crs ?? '') && { crs: crs.value.trim() }),
        ...(encoding.value !== (options.encoding ?? 'auto') && { encoding: encoding.value }),
        ...(layers.length > 0 && layer.value !== options.layer && { layer: layer.value }),
        ...(mode.value !== options.mode && { mode: mode.value as ImportMode }),
      });
      again();
    } catch (error) {
      reread.disabled = false;
      fault.replaceChildren(element(failureBox(error)));
    }
  }

  async function write(): Promise<void> {
    const isStillHere = desk.ticket();
    commit.disabled = true;
    fault.replaceChildren(h('p', { class: 'quiet', role: 'status' }, w('saving')));
    try {
      await desk.client.commitImport(state.id, message.value.trim(), skip.checked);
      void desk.page.changed();
      const [now, note] = await Promise.all([desk.client.import(state.id).catch(() => state), committedNote(desk, following)]);
      if (!isStillHere()) return;
      desk.show({ title: filename, kind, back, body: [note, h('dl', { class: 'counts' }, ...countRows(desk, now)), h('div', { class: 'edit-buttons' }, h('button', { type: 'button', onclick: () => void importScreen(desk, back) }, w('otherFile')))] });
    } catch (error) {
      commit.disabled = !mayCommit();
      fault.replaceChildren(element(failureBox(error, { signIn: () => void signIn(desk) })));
    }
  }

  const preview = state.preview ?? { type: 'FeatureCollection' as const, features: [] };
  const map = createPreview(desk, preview);
  const faults = state.faults ?? [];
  const placed = preview.features.filter(({ geometry }) => geometry).length;
  const verdict =
    state.state === 'ready'
      ? faulty === 0
        ? h('p', { class: 'edit-note', role: 'status' }, w('dryRun'))
        : h('p', { class: 'error-box', role: 'alert' }, w('importFaulty', { count: faulty }))
      : h('div', { class: 'error-box', role: 'alert' }, h('p', {}, w(state.state === 'failed' ? 'importFailed' : 'importRefused')), h('p', {}, saidText(state.detail)));
  desk.show({
    title: filename,
    kind,
    back,
    onClose: () => desk.sketch()?.setRows({ type: 'FeatureCollection', features: [] }),
    body: [
      verdict,
      h('dl', { class: 'counts' }, ...countRows(desk, state)),
      ...notesOf(state),
      placed > 0 && h('p', { class: 'quiet' }, w('previewed', { count: placed })),
      faults.length > 0 && faultPart(faults, state.more_faults ?? 0, fields, (number) => map.show(number), map.has),
      h(
        'details',
        { class: 'part', open: true },
        h('summary', {}, h('h3', {}, w('howRead'))),
        layers.length > 0 && h('label', { for: 'import-layer', class: 'filter' }, h('span', {}, w('layer')), layer),
        row,
        h('label', { for: 'import-mode', class: 'filter' }, h('span', {}, w('mode')), mode),
        columns.length > 0 && mappingTable(columns, fields, constants, () => choices, (next) => (choices = next)),
        h('div', { class: 'edit-buttons' }, reread),
      ),
      faulty > 0 && h('label', { for: 'skip-bad' }, skip, w('skipBad', { count: faulty })),
      state.state === 'ready' && h('div', { class: 'edit-field why' }, h('label', { for: 'why', class: 'field-label' }, w('why')), message),
      fault,
      h('div', { class: 'edit-buttons sticky' }, state.state === 'ready' && commit, h('button', { type: 'button', onclick: () => void discard() }, w('discard'))),
    ],
  });
  map.draw();
}

/** What is said after writing, with the way to take all of it back: the change is the newest that this person made of the collection. */
async function committedNote(desk: Desk, { collection, back }: Following): Promise<VNode | HTMLElement> {
  const newest = await desk.client.changes({ collection, who: desk.me?.name, limit: 1 }).then(({ changes }) => changes[0], () => undefined);
  if (!newest) return h('p', { class: 'edit-note', role: 'status' }, w('committed'));
  return savedNote(desk, collection, '', (note) => desk.show({ title: w('import'), back, body: [note] }), w('committed'), newest.id);
}

function countRows({ collections }: Desk, { rows, counts, faulty_rows: faulty }: Import): HTMLElement[] {
  const read: [string, number | null | undefined][] = typeof rows === 'object' && rows !== null ? Object.entries(rows).map(([id, count]) => [titleOf(collections, id), count]) : [[w('count_read'), rows]];
  const numbers: [string, number | null | undefined][] = [
    ...read,
    [w('count_inserted'), counts?.inserted],
    [w('count_updated'), counts?.updated],
    [w('count_unchanged'), counts?.unchanged],
    [w('count_deleted'), counts?.deleted],
    [w('count_faulty'), faulty],
  ];
  return numbers.flatMap(([name, number]) => (typeof number === 'number' ? [h('dt', {}, name), h('dd', {}, formatNumber(number))] : []));
}

function notesOf({ notes }: Import): HTMLElement[] {
  if (!notes?.length) return [];
  const own = notes.map((note) => ownText(note));
  return [h('details', { class: 'part notes', open: notes.length < 6 }, h('summary', {}, h('h3', {}, w('importNotes')), ' ', h('span', { class: 'brief' }, String(notes.length))), lang === 'vi' && own.some(isEnglish) && h('p', { class: 'quiet' }, w('importNotesEnglish')), h('ul', {}, ...own.map((note) => h('li', { lang: isEnglish(note) ? 'en' : null }, note))))];
}

/** Why the server reads a column as it does. */
const WHY: Record<ColumnWhy, WordKey> = { id: 'whyId', place: 'whyPlace', mapping: 'whyMapping', name: 'whyName', 'short-name': 'whyShortName', title: 'whyTitle', made: 'whyMade', unused: 'whyUnused' };

/** The columns of the file, each with the field it goes into, and fields that have one value in all rows. */
function mappingTable(columns: ImportColumn[], fields: FormField[], constants: Map<string, string>, choices: () => Choices, set: (next: Choices) => void): HTMLElement {
  const targets = fields.filter(({ readOnly }) => !readOnly);
  const lack = h('p', { class: 'fault', role: 'status' });
  const selects = new Map<string, HTMLSelectElement>();
  const tell = () => {
    const lacking = missing(fields, choices(), constants);
    lack.textContent = lacking.length > 0 ? w('mappingLacks', { fields: lacking.map(({ title }) => title).join(', ') }) : '';
    for (const [source, select] of selects) select.value = choices().get(source) ?? '';
  };
  const rows = columns.map(({ source, field, why }, i) => {
    const isPlace = field === PLACE;
    const select = h(
      'select',
      { id: `map-${i}`, disabled: isPlace, 'aria-label': w('columnInto', { column: source }), onchange: () => (set(chosen(choices(), source, select.value || null)), tell()) },
      h('option', { value: '' }, w('leaveOut')),
      h('option', { value: ID }, w('featureId')),
      isPlace && h('option', { value: PLACE }, w('place')),
      ...targets.map(({ name, title, required }) => h('option', { value: name }, required ? `${title} *` : title)),
    );
    selects.set(source, select);
    // A table of the user's own takes what the file has.
    if (field && field !== ID && !isPlace && !targets.some(({ name }) => name === field)) select.append(h('option', { value: field }, field));
    return h('tr', {}, h('th', { scope: 'row' }, source, h('span', { class: 'quiet' }, w(WHY[why]))), h('td', {}, select));
  });

  const values = h('tbody', {});
  const another = h('select', { id: 'constant-field', onchange: () => addConstant() });
  function addConstant(): void {
    if (another.value) constants.set(another.value, '');
    fillConstants();
    values.querySelector<HTMLElement>('tr:last-child :is(input, select)')?.focus();
  }
  function fillConstants(): void {
    values.replaceChildren(
      ...[...constants].map(([name, value]) => {
        const field = targets.find((one) => one.name === name);
        const label = field?.title ?? name;
        const take = (event: Event) => void constants.set(name, (event.currentTarget as HTMLInputElement).value);
        const control = field?.codes.length
          ? h('select', { 'aria-label': label, onchange: take }, h('option', { value: '' }, '–'), ...field.codes.map(({ code, title }) => h('option', { value: code, selected: code === value }, pick(title) || code)))
          : h('input', { type: field?.type === 'date' ? 'date' : 'text', 'aria-label': label, autocomplete: 'off', value, oninput: take });
        const drop = h('button', { type: 'button', class: 'small', 'aria-label': w('dropConstant', { field: label }), onclick: () => (constants.delete(name), fillConstants()) }, '✕');
        return h('tr', {}, h('th', { scope: 'row' }, label), h('td', {}, h('div', { class: 'edit-control' }, control, drop)));
      }),
    );
    another.replaceChildren(h('option', { value: '' }, w('addConstant')), ...targets.filter(({ name }) => !constants.has(name)).map(({ name, title, required }) => h('option', { value: name }, required ? `${title} *` : title)));
    tell();
  }
  fillConstants();
  return h(
    'div',
    {},
    h('table', { class: 'mapping' }, h('caption', {}, w('mappingTable')), h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, w('column')), h('th', { scope: 'col' }, w('field')))), h('tbody', {}, ...rows)),
    h('table', { class: 'mapping constants' }, h('caption', {}, w('constantsTable')), values),
    h('label', { for: 'constant-field', class: 'filter' }, h('span', {}, w('constant')), another),
    lack,
  );
}

/** The faults of the file: they can be filtered, and those whose rows have a place lead to it. */
function faultPart(faults: RowFault[], more: number, fields: FormField[], show: (row: number) => void, has: (row: number) => boolean): HTMLElement {
  const titles = new Map(fields.map(({ name, title }) => [name, title]));
  const body = h('tbody', {});
  const said = h('p', { class: 'quiet', role: 'status' });
  const words = h('input', { id: 'fault-words', type: 'search', autocomplete: 'off', oninput: () => fill() });
  function fill(): void {
    const wanted = matching(faults.map((one) => ({ ...one, detail: saidText(one.detail) })), words.value);
    const shown = wanted.slice(0, SHOWN_FAULTS);
    body.replaceChildren(
      ...shown.map(({ row, field, detail }) =>
        h('tr', {}, h('th', { scope: 'row' }, has(row) ? h('button', { type: 'button', class: 'small', 'aria-label': w('rowOnMap', { row }), onclick: () => show(row) }, String(row)) : String(row)), h('td', {}, field ? (titles.get(field) ?? field) : '–'), h('td', {}, detail)),
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
    h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': w('faults') }, h('table', { class: 'compared faults-table' }, h('caption', { class: 'visually-hidden' }, w('faults')), h('thead', {}, h('tr', {}, ...[w('row'), w('field'), w('reason')].map((title) => h('th', { scope: 'col' }, title)))), body)),
  );
}

/** The first rows of the file on the map. */
function createPreview(desk: Desk, preview: FeatureCollection) {
  const rowOf = (feature: Feature) => (feature as Feature & { row?: number }).row;
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
