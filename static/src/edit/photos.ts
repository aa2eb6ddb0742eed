/** The pictures of a record, and adding to them. */

import type { VNode } from 'preact';
import { useLayoutEffect, useReducer } from 'preact/hooks';
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

/** The pictures of one record: sending them goes on, and is told of, while other screens come and go. */
export class Pictures {
  kept: readonly Attachment[] = [];
  isShown = false;
  isReady = false;
  said = '';
  /** Draws them anew, where they are to be seen. */
  draw: () => void = () => undefined;
  private turn = 0;

  constructor(
    private readonly desk: Desk,
    readonly collection: string,
    readonly id: string,
    readonly mayAdd: boolean,
  ) {}

  private say(said: string): void {
    this.said = said;
    this.draw();
  }

  async load(): Promise<void> {
    const mine = (this.turn += 1);
    try {
      const found = await this.desk.client.attachments(this.collection, this.id);
      if (mine !== this.turn) return;
      this.kept = found;
      this.isShown = found.length > 0 || this.mayAdd;
    } catch (error) {
      if (mine !== this.turn) return;
      // A server without pictures has nothing to say here.
      if (!(error instanceof Refusal)) this.said = failureText(error);
    }
    this.isReady = true;
    this.draw();
  }

  async detach(sha256: string): Promise<void> {
    if (!window.confirm(w('detachSure'))) return;
    try {
      await this.desk.client.detach(this.collection, this.id, sha256);
      this.say('');
    } catch (error) {
      this.say(failureText(error));
    }
    await this.load();
  }

  async add(files: readonly File[]): Promise<void> {
    for (const [index, file] of files.entries()) {
      this.say(w('sendingPhoto', { number: index + 1, total: files.length }));
      try {
        await this.desk.client.attach(this.collection, this.id, await shrunk(file));
      } catch (error) {
        this.say(failureText(error));
        return this.load();
      }
    }
    this.say(files.length > 0 ? w('photosSent', { count: files.length }) : '');
    await this.load();
  }
}

/** A part with the pictures; it stays away where the server keeps none for the record. */
export function PhotosPart({ pictures }: { pictures: Pictures }): VNode {
  const { collection, id, mayAdd, kept, isShown, isReady, said } = pictures;
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  useLayoutEffect(() => {
    pictures.draw = () => redraw(undefined);
    void pictures.load();
    return () => (pictures.draw = () => undefined);
  }, [pictures]);

  function add({ currentTarget: input }: { currentTarget: HTMLInputElement }): void {
    const files = [...(input.files ?? [])];
    input.value = '';
    void pictures.add(files);
  }

  function picture({ sha256, at, who }: Attachment, index: number): VNode {
    const href = photoUrl(collection, id, sha256);
    const label = [w('photoNumber', { number: index + 1 }), at && formatDate(at), who].filter(Boolean).join(', ');
    const drop = mayAdd && h('button', { type: 'button', class: 'small', 'aria-label': w('detachPhoto', { number: index + 1 }), onclick: () => void pictures.detach(sha256) }, w('dropPhoto'));
    return h('li', { key: sha256 }, h('a', { href, target: '_blank', rel: 'noopener' }, h('img', { src: href, alt: label, loading: 'lazy' })), drop);
  }

  return h(
    'details',
    { class: 'part photos-part', open: true, hidden: !isShown, 'data-ready': isReady ? 'true' : null },
    h('summary', {}, h('h3', {}, w('photos')), ' ', h('span', { class: 'brief' }, isShown && kept.length)),
    h('ul', { class: 'photos' }, kept.map(picture)),
    mayAdd &&
      h(
        'p',
        {},
        h('input', { type: 'file', id: 'photo-add', accept: 'image/*', multiple: true, class: 'visually-hidden', onchange: add }),
        h('label', { for: 'photo-add', class: 'button' }, w('addPhotos')),
      ),
    h('p', { role: 'status', class: 'quiet' }, said),
  );
}
