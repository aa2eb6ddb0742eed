/** Recording a violation on the spot: where, what, which site and pictures; kept on the device until the server has it. */

import { createRef } from 'preact';
import { today } from '../../dates.ts';
import { h } from '../../ui/h.ts';
import { collectionTitle } from '../../values.ts';
import { loadingLine } from '../account.ts';
import { whyField } from '../controls.ts';
import { failureBox, type Back, type Desk } from '../desk.ts';
import { COLLECTION, type Draft } from '../drafts.ts';
import { formFields, leadToFirst } from '../fields.ts';
import { loadNew, zoneFor, type Loaded } from '../load.ts';
import { sitesNear, type Near } from '../nearby.ts';
import { recordScreen } from '../record.ts';
import { statusNote } from '../saved.ts';
import { newId } from '../text.ts';
import { Typed } from '../typed.ts';
import { w, type WordKey } from '../words.ts';
import { Photos } from './photos.ts';
import { deviceSpot, middleSpot, spotText, takeFromMap, type Spot } from './place.ts';
import { sendAll, shelf } from './sending.ts';
import { SiteChoice } from './sitechoice.ts';

/** The fields that are asked for on the spot; everything else can be filled in at a desk. */
const ASKED = ['violation_kind', 'opened_on', 'found_by', 'legal_basis', 'source'] as const;

export async function violationScreen(desk: Desk, back: Back): Promise<void> {
  const collection = desk.collections.get(COLLECTION);
  if (!collection) return;
  const frame = { title: w('newViolation'), kind: collectionTitle(collection), back };
  desk.show({ ...frame, body: [loadingLine()] });
  const isWanted = desk.ticket();
  const starting: Record<string, unknown> = { opened_on: today(), found_by: desk.me?.name ?? null, source: w('onTheSpot') };
  try {
    const loaded = await loadNew(desk.client, collection, newId('vio'), starting);
    if (isWanted()) formScreen(desk, frame, loaded);
  } catch (error) {
    if (isWanted()) desk.show({ ...frame, body: [failureBox(error, { retry: () => void violationScreen(desk, back) })] });
  }
}

function formScreen(desk: Desk, frame: { title: string; kind: string; back: Back }, { collection, fields, item }: Loaded): void {
  const { back } = frame;
  const starting = item.properties;
  const zone = zoneFor(collection, desk.collections);
  const { sites } = desk.page.data();
  const map = desk.page.map();
  let spot: Spot | undefined;
  let near: Near[] | undefined;
  let site = '';
  let why = '';
  let isLocating = false;
  let isSending = false;
  let isKept = false;
  /** What is missing or went wrong, by where it is told. */
  let told: { place?: WordKey; site?: WordKey; refused?: string } = {};
  const form = new Typed(fields, starting, ASKED);
  const draw = () => desk.draw();
  const photos = new Photos(draw);
  const [gps, siteSelect] = [createRef<HTMLButtonElement>(), createRef<HTMLSelectElement>()];

  function setSpot(next: Spot): void {
    spot = next;
    near = sitesNear(next.point.coordinates, sites);
    // Only a boundary around the place decides; nearness alone is for a person to judge.
    site ||= near[0]?.metres === 0 ? near[0].site.key : '';
    told = { ...told, place: undefined };
    desk.sketch()?.setRows({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: next.point, properties: { chosen: true } }] });
    draw();
  }

  async function locate(): Promise<void> {
    const isHere = desk.ticket();
    told = { ...told, place: undefined };
    isLocating = true;
    draw();
    const found = await deviceSpot();
    if (!isHere()) return;
    isLocating = false;
    if (typeof found === 'string') {
      told = { ...told, place: found };
      return draw();
    }
    setSpot(found);
    desk.sketch()?.frame(found.point);
  }

  async function keepAndSend(): Promise<void> {
    const { values, faults } = form.changes();
    const wrong = new Map([...faults].map(([name, key]) => [name, w(key)]));
    if (!('violation_kind' in values)) wrong.set('violation_kind', w('faultRequired'));
    form.blame(wrong);
    told = { place: spot ? told.place : 'placeMissing', site: site ? undefined : 'faultRequired' };
    draw();
    if (wrong.size > 0) leadToFirst(form, wrong);
    else if (!spot) gps.current?.focus();
    else if (!site) siteSelect.current?.focus();
    if (wrong.size > 0 || !spot || !site) return;
    const at = spot;
    const isStillHere = desk.ticket();
    isSending = true;
    draw();
    // A picture that was just taken goes with it, whatever the person does meanwhile.
    await photos.settled();
    const draft = draftOf(values, at);
    await shelf.put(draft);
    const sent = (await sendAll(desk)).get(draft.id) ?? 'waiting';
    if (!isStillHere()) return;
    if (sent === 'refused') {
      const kept = (await shelf.all()).find((one) => one.id === draft.id);
      told = { refused: kept?.refused ?? w('failOther', { status: '' }) };
      isSending = false;
      return draw();
    }
    isKept = true;
    const note = statusNote(sent === 'done' ? w('violationSent') : sent === 'proposed' ? w('proposed') : w('violationWaits'));
    if (sent === 'done') void recordScreen(desk, COLLECTION, draft.id, { back, note });
    else desk.show({ ...frame, body: [note, h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => void violationScreen(desk, back) }, w('another')))] });
  }

  function draftOf(values: Record<string, unknown>, { point, precision }: Spot): Draft {
    const [register, ...rest] = site.split('/');
    const all: Record<string, unknown> = {
      ...starting,
      ...values,
      site_collection: register,
      site_id: rest.join('/'),
      status: 'detected',
      source_date: today(),
      is_demo: false,
      position_precision_m: precision ?? null,
    };
    const has = (name: string) => fields.some((field) => field.name === name);
    const properties = Object.fromEntries(Object.entries(all).filter(([name, value]) => has(name) && value !== null));
    return { id: item.id, at: new Date().toISOString(), geometry: point, properties, message: why.trim(), photos: photos.taken.map(({ blob }) => ({ blob, sent: false })), state: 'waiting', tried: false };
  }

  const where = () =>
    h(
      'section',
      { 'aria-labelledby': 'where-title' },
      h('h3', { id: 'where-title' }, w('where')),
      h('p', { class: 'place-words', role: 'status' }, isLocating ? w('locating') : spot ? spotText(spot, zone) : w('noPlace')),
      h(
        'div',
        { class: 'edit-buttons' },
        h('button', { type: 'button', class: 'gps', ref: gps, disabled: isLocating, onclick: () => void locate() }, w('useGps')),
        map && h('button', { type: 'button', class: 'use-centre', onclick: () => setSpot(middleSpot(map)) }, w('useCentre')),
      ),
      h('p', { class: 'quiet' }, map ? w('tapMap') : w('noMapNumbers')),
      h('p', { class: 'fault', role: 'alert' }, told.place && w(told.place)),
      h(SiteChoice, { sites, near, chosen: site, fault: told.site ? w(told.site) : '', select: siteSelect, choose }),
    );

  function choose(key: string): void {
    site = key;
    told = { ...told, site: undefined };
    draw();
  }

  const view = () =>
    h(
      'form',
      { novalidate: true, class: 'violation', onsubmit: (event) => (event.preventDefault(), void keepAndSend()) },
      where(),
      photos.view(),
      formFields({ form, onInput: draw }),
      whyField(w('whatSeen'), why, (text) => (why = text), { rows: 3 }),
      desk.me?.proposes && h('p', { class: 'edit-note' }, w('willPropose')),
      h('div', {}, isSending ? h('p', { role: 'status', class: 'quiet' }, w('saving')) : told.refused !== undefined && h('p', { class: 'error-box', role: 'alert' }, told.refused)),
      h('div', { class: 'edit-buttons sticky' }, h('button', { type: 'submit', class: 'primary', disabled: isSending }, w('sendViolation'))),
    );

  desk.show({ ...frame, isDirty: () => !isKept && (spot !== undefined || photos.taken.length > 0 || why !== ''), onClose: stop, body: view });
  const stopTaking = map && takeFromMap(map, setSpot);

  function stop(): void {
    stopTaking?.();
    desk.sketch()?.setRows({ type: 'FeatureCollection', features: [] });
    photos.close();
  }
}
