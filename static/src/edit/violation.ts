/** Recording a violation on the spot: where, what, which site and pictures; kept on the device until the server has it. */

import type { Point as PointGeometry } from 'geojson';
import type { MapMouseEvent } from 'maplibre-gl';
import { render } from 'preact';
import { today } from '../dates.ts';
import { h } from '../dom.ts';
import { formatDistance, t } from '../i18n.ts';
import { metres } from '../plan/numbers.ts';
import { placeOf, type Site } from '../sites.ts';
import { collectionTitle } from '../values.ts';
import { loadingLine, signIn } from './account.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { COLLECTION, deviceShelf, send, type Draft, type Sent } from './drafts.ts';
import { formFields, leadToFirst } from './fields.ts';
import { loadNew, zoneFor } from './load.ts';
import { sitesNear } from './nearby.ts';
import { shrunk } from './photo.ts';
import { recordScreen } from './record.ts';
import { statusNote } from './saved.ts';
import { failureText, newId, whenText } from './text.ts';
import { Typed } from './typed.ts';
import { w } from './words.ts';

/** The fields that are asked for on the spot; everything else can be filled in at a desk. */
const ASKED = ['violation_kind', 'opened_on', 'found_by', 'legal_basis', 'source'] as const;

export const shelf = deviceShelf();

/** Sends what waits on the device, one after the other and in one tab at a time. */
export async function sendAll(desk: Desk): Promise<Map<string, Sent>> {
  const outcome = new Map<string, Sent>();
  const work = async () => {
    for (const draft of await shelf.all()) outcome.set(draft.id, await send(draft, desk.client, shelf, failureText));
  };
  // Two tabs must not send one draft at once; browsers without locks are those of insecure origins.
  if (navigator.locks) await navigator.locks.request('langxanh-drafts', work);
  else await work();
  if ([...outcome.values()].some((sent) => sent === 'done')) void desk.page.changed();
  return outcome;
}

export async function violationScreen(desk: Desk, back: Back): Promise<void> {
  const collection = desk.collections.get(COLLECTION);
  if (!collection) return;
  const kind = collectionTitle(collection);
  desk.show({ title: w('newViolation'), kind, back, body: [loadingLine()] });
  const isWanted = desk.ticket();
  const starting: Record<string, unknown> = { opened_on: today(), found_by: desk.me?.name ?? null, source: w('onTheSpot') };
  const id = newId('vio');
  let loaded;
  try {
    loaded = await loadNew(desk.client, collection, id, starting);
    if (!isWanted()) return;
  } catch (error) {
    if (!isWanted()) return;
    desk.show({ title: w('newViolation'), kind, back, body: [failureBox(error, { retry: () => void violationScreen(desk, back) })] });
    return;
  }
  const { fields } = loaded;
  const zone = zoneFor(collection, desk.collections);
  let place: PointGeometry | undefined;
  let precision: number | undefined;
  const photos: { blob: Blob; url: string }[] = [];
  let isKept = false;

  const placeText = h('p', { class: 'place-words', role: 'status' }, w('noPlace'));
  const placeFault = h('p', { class: 'fault', role: 'alert' });
  const gps = h('button', { type: 'button', class: 'gps', onclick: () => locate() }, w('useGps'));
  const site = h('select', { id: 'violation-site', 'aria-required': 'true', 'aria-describedby': 'site-help site-fault', onchange: () => (siteFault.textContent = '') });
  const siteFault = h('p', { class: 'fault', id: 'site-fault', role: 'alert' });
  const siteHelp = h('p', { class: 'quiet', id: 'site-help' }, w('siteHelp'));
  const inputs = new Typed(fields, starting, ASKED);
  const inputsHost = h('div', {});
  const drawInputs = () => render(formFields({ form: inputs, onInput: drawInputs }), inputsHost);
  drawInputs();
  const why = h('textarea', { id: 'why', rows: 3, maxlength: 1000 });
  const grid = h('ul', { class: 'photos' });
  const photoSaid = h('p', { class: 'quiet', role: 'status' });
  const camera = h('input', { type: 'file', id: 'violation-photo', accept: 'image/*', capture: 'environment', multiple: true, class: 'visually-hidden', onchange: () => void addPhotos() });
  const fault = h('div', {});
  const keepButton = h('button', { type: 'submit', class: 'primary' }, w('sendViolation'));

  const map = desk.page.map();
  const form = h(
    'form',
    { novalidate: true, class: 'violation', onsubmit: (event) => (event.preventDefault(), void keepAndSend()) },
    h(
      'section',
      { 'aria-labelledby': 'where-title' },
      h('h3', { id: 'where-title' }, w('where')),
      placeText,
      h('div', { class: 'edit-buttons' }, gps, map && h('button', { type: 'button', class: 'use-centre', onclick: () => setCentre() }, w('useCentre'))),
      h('p', { class: 'quiet' }, map ? w('tapMap') : w('noMapNumbers')),
      placeFault,
      h('div', { class: 'edit-field' }, h('label', { for: 'violation-site', class: 'field-label' }, w('site'), h('span', { class: 'required' }, ` (${w('required')})`)), site, siteHelp, siteFault),
    ),
    h('section', { 'aria-labelledby': 'photo-title' }, h('h3', { id: 'photo-title' }, w('photos')), grid, camera, h('label', { for: 'violation-photo', class: 'button' }, w('takePhoto')), photoSaid),
    inputsHost,
    h('div', { class: 'edit-field why' }, h('label', { for: 'why', class: 'field-label' }, w('whatSeen')), why),
    desk.me?.proposes && h('p', { class: 'edit-note' }, w('willPropose')),
    fault,
    h('div', { class: 'edit-buttons sticky' }, keepButton),
  );

  desk.show({ title: w('newViolation'), kind, back, isDirty: () => !isKept && (place !== undefined || photos.length > 0 || why.value !== ''), onClose: stop, body: [form] });
  suggest(undefined);
  map?.setSilent(true);
  const onClick = (event: MapMouseEvent) => setPlace(event.lngLat.toArray(), undefined);
  map?.library.on('click', onClick);
  const canvas = map?.library.getCanvas();
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    setCentre();
  };
  canvas?.addEventListener('keydown', onKey);

  function stop(): void {
    map?.library.off('click', onClick);
    canvas?.removeEventListener('keydown', onKey);
    map?.setSilent(false);
    desk.sketch()?.setRows({ type: 'FeatureCollection', features: [] });
    for (const { url } of photos) URL.revokeObjectURL(url);
  }

  function locate(): void {
    placeFault.textContent = '';
    if (!navigator.geolocation || !window.isSecureContext) {
      placeFault.textContent = w('gpsInsecure');
      return;
    }
    placeText.textContent = w('locating');
    gps.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        gps.disabled = false;
        setPlace([coords.longitude, coords.latitude], Math.ceil(coords.accuracy));
        desk.sketch()?.frame(place);
      },
      ({ code }) => {
        gps.disabled = false;
        placeText.textContent = place ? placeText.textContent : w('noPlace');
        placeFault.textContent = w(code === 1 ? 'gpsDenied' : 'gpsFailed');
      },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 },
    );
  }

  function setCentre(): void {
    if (map) setPlace(map.middle(), undefined);
  }

  function setPlace([lon, lat]: [number, number], accuracy: number | undefined): void {
    place = { type: 'Point', coordinates: [lon, lat].map((degrees) => Math.round(degrees * 1e7) / 1e7) };
    precision = accuracy;
    placeFault.textContent = '';
    const plane = zone?.toPlane([lon, lat]);
    placeText.textContent = [plane ? `${w('northing')} ${metres(plane[1])}, ${w('easting')} ${metres(plane[0])}` : `${lat}, ${lon}`, accuracy !== undefined && w('gpsAccuracy', { distance: formatDistance(accuracy) })].filter(Boolean).join(' · ');
    desk.sketch()?.setRows({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: place, properties: { chosen: true } }] });
    suggest([lon, lat]);
  }

  /** Fills the choice of sites: those around the place first, then all. */
  function suggest(at: [number, number] | undefined): void {
    const near = at ? sitesNear(at, desk.page.data().sites) : [];
    const before = site.value;
    const option = ({ key, name, collection: register }: Site, words: string) => h('option', { value: key }, `${name} (${[t(register), words].filter(Boolean).join(', ')})`);
    const isNear = new Set(near.map(({ site: { key } }) => key));
    site.replaceChildren(
      h('option', { value: '' }, w('chooseSite')),
      ...(near.length > 0 ? [h('optgroup', { label: w('sitesNear') }, ...near.map(({ site: one, metres: away }) => option(one, away > 0 ? formatDistance(away) : w('within'))))] : []),
      h('optgroup', { label: w('sitesAll') }, ...desk.page.data().sites.filter(({ key }) => !isNear.has(key)).map((one) => option(one, placeOf(one.properties)))),
    );
    // Only a boundary around the place decides; nearness alone is for a person to judge.
    site.value = before || (near[0]?.metres === 0 ? near[0].site.key : '');
    if (at) siteHelp.textContent = near.length > 0 ? w('siteNear', { count: near.length }) : w('siteNone');
  }

  async function addPhotos(): Promise<void> {
    const files = [...(camera.files ?? [])];
    camera.value = '';
    for (const file of files) {
      photoSaid.textContent = w('shrinking');
      try {
        const blob = await shrunk(file);
        const photo = { blob, url: URL.createObjectURL(blob) };
        photos.push(photo);
        photoSaid.textContent = w('photosKept', { count: photos.length });
        const entry = h('li', {}, h('img', { src: photo.url, alt: w('photoNumber', { number: photos.length }) }), h('button', { type: 'button', class: 'small', onclick: () => drop() }, w('dropPhoto')));
        const drop = () => {
          URL.revokeObjectURL(photo.url);
          photos.splice(photos.indexOf(photo), 1);
          entry.remove();
          photoSaid.textContent = w('photosKept', { count: photos.length });
        };
        grid.append(entry);
      } catch (error) {
        console.warn(error);
        photoSaid.textContent = w('photoUnreadable', { name: file.name });
      }
    }
  }

  async function keepAndSend(): Promise<void> {
    fault.replaceChildren();
    const { values, faults } = inputs.changes();
    const told = new Map([...faults].map(([name, key]) => [name, w(key)]));
    if (!('violation_kind' in values)) told.set('violation_kind', w('faultRequired'));
    if (told.size > 0) {
      inputs.blame(told);
      drawInputs();
      leadToFirst(inputs, told);
    }
    if (!place) {
      placeFault.textContent = w('placeMissing');
      if (told.size === 0) gps.focus();
    }
    if (!site.value) {
      siteFault.textContent = w('faultRequired');
      if (told.size === 0 && place) site.focus();
    }
    if (told.size > 0 || !place || !site.value) return;
    const [register, ...rest] = site.value.split('/');
    const has = (name: string) => fields.some((field) => field.name === name);
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
    const properties = Object.fromEntries(Object.entries(all).filter(([name, value]) => has(name) && value !== null));
    const draft: Draft = { id, at: new Date().toISOString(), geometry: place, properties, message: why.value.trim(), photos: photos.map(({ blob }) => ({ blob, sent: false })), state: 'waiting', tried: false };
    keepButton.disabled = true;
    try {
      await shelf.put(draft);
    } catch (error) {
      console.warn(error);
    }
    fault.replaceChildren(h('p', { role: 'status', class: 'quiet' }, w('saving')));
    const isStillHere = desk.ticket();
    const sent = (await sendAll(desk)).get(id) ?? 'waiting';
    if (!isStillHere()) return;
    if (sent === 'refused') {
      keepButton.disabled = false;
      const kept = (await shelf.all()).find((one) => one.id === id);
      fault.replaceChildren(h('p', { class: 'error-box', role: 'alert' }, kept?.refused ?? w('failOther', { status: '' })));
      return;
    }
    isKept = true;
    const note = statusNote(sent === 'done' ? w('violationSent') : sent === 'proposed' ? w('proposed') : w('violationWaits'));
    if (sent === 'done') void recordScreen(desk, COLLECTION, id, { back, note });
    else desk.show({ title: w('newViolation'), kind, back, body: [note, h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => void violationScreen(desk, back) }, w('another')))] });
  }
}

/** The drafts that wait on this device, with the way to send or drop each. Null where there are none. */
export async function waitingList(desk: Desk): Promise<HTMLElement | null> {
  const drafts = await shelf.all().catch(() => []);
  if (drafts.length === 0) return null;
  const element = h('section', { class: 'edit-note waiting', 'aria-labelledby': 'waiting-title' });
  const said = h('p', { role: 'status' });
  const again = h('button', { type: 'button', class: 'primary', onclick: () => void go() }, w('sendNow'));
  async function go(): Promise<void> {
    again.disabled = true;
    said.textContent = w('saving');
    const outcome = await sendAll(desk);
    const left = [...outcome.values()].filter((sent) => sent !== 'done').length;
    await fill();
    said.textContent = left === 0 ? w('allSent') : w('stillWaiting', { count: left });
    again.disabled = false;
  }
  async function fill(): Promise<void> {
    const all = await shelf.all();
    const fieldsOf = (draft: Draft) => [whenText(draft.at), w('photoCount', { count: draft.photos.length }), draft.state === 'proposed' && w('waits'), draft.refused].filter(Boolean).join(' · ');
    element.replaceChildren(
      h('h3', { id: 'waiting-title' }, w('waitingTitle', { count: all.length })),
      h('ul', {}, ...all.map((draft) => h('li', {}, fieldsOf(draft), ' ', h('button', { type: 'button', class: 'small', onclick: () => void drop(draft) }, w('dropDraft'))))),
      all.length > 0 && desk.me ? again : h('span', {}),
      desk.me ? said : h('button', { type: 'button', onclick: () => void signIn(desk) }, w('signIn')),
    );
  }
  async function drop(draft: Draft): Promise<void> {
    if (!window.confirm(w('dropDraftSure'))) return;
    await shelf.remove(draft.id);
    await fill();
  }
  await fill();
  return element;
}
