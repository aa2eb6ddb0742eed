/** The pictures of a record, and adding to them. */

import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverUrl } from '../api.ts';
import { formatDate } from '../i18n.ts';
import { h } from '../ui/h.ts';
import { Refusal, type Attachment } from './api.ts';
import type { Desk } from './desk.ts';
import { shrunk } from './photo.ts';
import { failureText } from './text.ts';
import { w } from './words.ts';

/** The address of a picture. */
function photoUrl(collection: string, id: string, sha256: string): string {
  return serverUrl(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}/attachments/${encodeURIComponent(sha256)}`).href;
}

/** A part with the pictures; it stays away where the server keeps none for the record. */
export function PhotosPart({ desk, collection, id, mayAdd }: { desk: Desk; collection: string; id: string; mayAdd: boolean }): VNode {
  const [pictures, setPictures] = useState<Attachment[]>([]);
  const [isShown, setShown] = useState(false);
  const [isReady, setReady] = useState(false);
  const [said, say] = useState('');

  async function load(): Promise<void> {
    try {
      const found = await desk.client.attachments(collection, id);
      setPictures(found);
      setShown(found.length > 0 || mayAdd);
    } catch (error) {
      // A server without pictures has nothing to say here.
      if (!(error instanceof Refusal)) say(failureText(error));
    }
    setReady(true);
  }
  useEffect(() => void load(), []);

  async function detach(sha256: string): Promise<void> {
    if (!window.confirm(w('detachSure'))) return;
    try {
      await desk.client.detach(collection, id, sha256);
      say('');
    } catch (error) {
      say(failureText(error));
    }
    await load();
  }

  async function add(input: HTMLInputElement): Promise<void> {
    const files = [...(input.files ?? [])];
    input.value = '';
    for (const [index, file] of files.entries()) {
      say(w('sendingPhoto', { number: index + 1, total: files.length }));
      try {
        await desk.client.attach(collection, id, await shrunk(file));
      } catch (error) {
        say(failureText(error));
        await load();
        return;
      }
    }
    say(files.length > 0 ? w('photosSent', { count: files.length }) : '');
    await load();
  }

  function picture({ sha256, at, who }: Attachment, index: number): VNode {
    const href = photoUrl(collection, id, sha256);
    const label = [w('photoNumber', { number: index + 1 }), at && formatDate(at), who].filter(Boolean).join(', ');
    const drop = mayAdd && h('button', { type: 'button', class: 'small', 'aria-label': w('detachPhoto', { number: index + 1 }), onclick: () => void detach(sha256) }, w('dropPhoto'));
    return h('li', { key: sha256 }, h('a', { href, target: '_blank', rel: 'noopener' }, h('img', { src: href, alt: label, loading: 'lazy' })), drop);
  }

  return h(
    'details',
    { class: 'part photos-part', open: true, hidden: !isShown, 'data-ready': isReady ? 'true' : null },
    h('summary', {}, h('h3', {}, w('photos')), ' ', h('span', { class: 'brief' }, isShown && pictures.length)),
    h('ul', { class: 'photos' }, pictures.map(picture)),
    mayAdd &&
      h(
        'p',
        {},
        h('input', { type: 'file', id: 'photo-add', accept: 'image/*', multiple: true, class: 'visually-hidden', onchange: ({ currentTarget }) => void add(currentTarget) }),
        h('label', { for: 'photo-add', class: 'button' }, w('addPhotos')),
      ),
    h('p', { role: 'status', class: 'quiet' }, said),
  );
}
