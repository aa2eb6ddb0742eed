/** Violations that are not sent yet: kept on the device until the server has them, and made there once however often they are sent. */

import type { Geometry } from 'geojson';
import { Refusal, type Client } from './api.ts';
import { isOffline } from './text.ts';

/** A picture that waits to be sent. */
export interface DraftPhoto {
  blob: Blob;
  sent: boolean;
}

/** A violation as it was seen. */
export interface Draft {
  /** The id that it will have: made here. */
  id: string;
  /** When it was written, as ISO text. */
  at: string;
  geometry: Geometry | null;
  properties: Record<string, unknown>;
  message: string;
  photos: DraftPhoto[];
  /** Still to be sent, sent but for its pictures, or waiting for an approver, before whose word pictures find no record. */
  state: 'waiting' | 'made' | 'proposed';
  /** It was sent at least once, and the answer may have been lost. */
  tried: boolean;
  /** Why the server refused it; without one it only waits for a network. */
  refused?: string;
}

/** Where drafts are kept. */
export interface Shelf {
  all(): Promise<Draft[]>;
  put(draft: Draft): Promise<void>;
  remove(id: string): Promise<void>;
}

export const COLLECTION = 'violations';

/** How sending ended: all is with the server, it waits for an approver, for a network, or for a person to mend it. */
export type Sent = 'done' | 'proposed' | 'waiting' | 'refused';

/**
 * Sends a draft as far as it goes and writes down each step, so that it goes on from there. `refusal` puts the server's reasons
 * into words.
 */
export async function send(draft: Draft, client: Pick<Client, 'create' | 'attach' | 'proposals' | 'proposal'>, shelf: Shelf, refusal: (error: unknown) => string): Promise<Sent> {
  const { id, geometry, properties, message, photos } = draft;
  delete draft.refused;
  try {
    if (draft.state === 'waiting') {
      // A proposal has no id that could be taken twice: one whose answer was lost is looked for.
      const isProposed = draft.tried && (await proposedIds()).has(id);
      draft.tried = true;
      await shelf.put(draft);
      draft.state = isProposed ? 'proposed' : await make();
      await shelf.put(draft);
    }
    for (const photo of photos) {
      if (photo.sent) continue;
      await client.attach(COLLECTION, id, photo.blob);
      photo.sent = true;
      draft.state = 'made';
      await shelf.put(draft);
    }
  } catch (error) {
    if (draft.state === 'proposed' && error instanceof Refusal && error.status === 404) return 'proposed';
    if (!isOffline(error)) draft.refused = refusal(error);
    await shelf.put(draft);
    return isOffline(error) ? 'waiting' : 'refused';
  }
  const isDone = photos.every(({ sent }) => sent);
  if (isDone) await shelf.remove(id);
  return draft.state === 'proposed' ? 'proposed' : 'done';

  async function proposedIds(): Promise<Set<string>> {
    const open = await Promise.all((await client.proposals()).map((one) => client.proposal(one.id)));
    return new Set(open.flatMap(({ edits }) => edits.map((edit) => edit.id)));
  }

  async function make(): Promise<Draft['state']> {
    try {
      const saved = await client.create(COLLECTION, { type: 'Feature', id, geometry, properties }, { message: message || undefined });
      return saved.state === 'proposed' ? 'proposed' : 'made';
    } catch (error) {
      // The id is taken, and nobody else makes such ids: it has arrived before.
      if (error instanceof Refusal && error.status === 412) return 'made';
      throw error;
    }
  }
}

/** The shelf of this device; where the browser keeps nothing, drafts last as long as the page. */
export function deviceShelf(): Shelf {
  const held = new Map<string, Draft>();
  const opened = new Promise<IDBDatabase | undefined>((resolve) => {
    try {
      const request = indexedDB.open('langxanh', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  async function ask<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    const database = await opened;
    if (!database) return undefined;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('drafts', mode);
      const request = act(transaction.objectStore('drafts'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('the draft was not kept'));
    });
  }
  return {
    all: async () => {
      const kept = (await ask('readonly', (store) => store.getAll())) as Draft[] | undefined;
      // What is held is newer, or was not kept.
      return [...new Map([...(kept ?? []), ...held.values()].map((draft) => [draft.id, draft])).values()].sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    put: async (draft) => {
      held.set(draft.id, draft);
      try {
        await ask('readwrite', (store) => store.put(draft));
        if (await opened) held.delete(draft.id);
      } catch (error) {
        // A full device keeps nothing: it can be sent all the same.
        console.warn(error);
      }
    },
    remove: async (id) => {
      held.delete(id);
      await ask('readwrite', (store) => store.delete(id));
    },
  };
}
