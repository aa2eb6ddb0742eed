/** The pictures of a record, and adding to them. */

import { serverUrl } from '../api.ts';
import { h } from '../dom.ts';
import { formatDate } from '../i18n.ts';
import { Refusal, type Attachment } from './api.ts';
import type { Desk } from './desk.ts';
import { shrunk } from './photo.ts';
import { failureText } from './text.ts';
import { w } from './words.ts';

/** The address of a picture. */
export function photoUrl(collection: string, id: string, sha256: string): string {
  return serverUrl(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}/attachments/${encodeURIComponent(sha256)}`).href;
}

/** A part with the pictures; it stays away where the server keeps none for the record. */
export function photosPart(desk: Desk, collection: string, id: string, mayAdd: boolean): HTMLElement {
  const count = h('span', { class: 'brief' });
  const grid = h('ul', { class: 'photos' });
  const said = h('p', { role: 'status', class: 'quiet' });
  const input = h('input', { type: 'file', id: 'photo-add', accept: 'image/*', multiple: true, class: 'visually-hidden', onchange: () => void add() });
  const adder = mayAdd && h('p', {}, input, h('label', { for: 'photo-add', class: 'button' }, w('addPhotos')));
  const element = h('details', { class: 'part photos-part', open: true, hidden: true }, h('summary', {}, h('h3', {}, w('photos')), ' ', count), grid, adder, said);

  async function load(): Promise<void> {
    try {
      const pictures = await desk.client.attachments(collection, id);
      count.textContent = String(pictures.length);
      grid.replaceChildren(...pictures.map(picture));
      element.hidden = pictures.length === 0 && !mayAdd;
    } catch (error) {
      // A server without pictures has nothing to say here.
      if (!(error instanceof Refusal)) said.textContent = failureText(error);
    }
    element.dataset.ready = 'true';
  }

  function picture({ sha256, at, who }: Attachment, index: number): HTMLElement {
    const href = photoUrl(collection, id, sha256);
    const label = [w('photoNumber', { number: index + 1 }), at && formatDate(at), who].filter(Boolean).join(', ');
    const drop = mayAdd && h('button', { type: 'button', class: 'small', 'aria-label': w('detachPhoto', { number: index + 1 }), onclick: () => void detach(sha256) }, w('dropPhoto'));
    return h('li', {}, h('a', { href, target: '_blank', rel: 'noopener' }, h('img', { src: href, alt: label, loading: 'lazy' })), drop);
  }

  async function detach(sha256: string): Promise<void> {
    if (!window.confirm(w('detachSure'))) return;
    try {
      await desk.client.detach(collection, id, sha256);
      said.textContent = '';
    } catch (error) {
      said.textContent = failureText(error);
    }
    await load();
  }

  async function add(): Promise<void> {
    const files = [...(input.files ?? [])];
    input.value = '';
    for (const [index, file] of files.entries()) {
      said.textContent = w('sendingPhoto', { number: index + 1, total: files.length });
      try {
        await desk.client.attach(collection, id, await shrunk(file));
      } catch (error) {
        said.textContent = failureText(error);
        await load();
        return;
      }
    }
    said.textContent = files.length > 0 ? w('photosSent', { count: files.length }) : '';
    await load();
  }

  void load();
  return element;
}
