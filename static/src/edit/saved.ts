/** What is said after saving, with the way to take it back. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { h } from '../ui/h.ts';
import type { Desk } from './desk.ts';
import { failureText } from './text.ts';
import { w } from './words.ts';

/** The line after saving, with the way to take it back: the change that is named, else the newest that this person made of the record. */
export function savedNote(desk: Desk, collection: string, id: string, reopened: (note: VNode) => void, text = w('saved'), known?: number | string): VNode {
  return h(Saved, { desk, collection, id, reopened, text, known });
}

interface SavedGiven {
  desk: Desk;
  collection: string;
  id: string;
  reopened(note: VNode): void;
  text: string;
  known: number | string | undefined;
}

function Saved({ desk, collection, id, reopened, text, known }: SavedGiven): VNode {
  const [state, setState] = useState<'saved' | 'going back' | { error: unknown }>('saved');
  async function takeBack(): Promise<void> {
    const isWanted = desk.ticket();
    setState('going back');
    try {
      const change = known ?? (await desk.client.versions(collection, id)).find(({ who }) => who === desk.me?.name)?.change;
      if (change === undefined) throw new Error('there is no change to take back');
      await desk.client.undo(change);
      void desk.page.changed();
      if (isWanted()) reopened(statusNote(w('undone')));
    } catch (error) {
      setState({ error });
    }
  }
  return h(
    'div',
    { class: 'edit-note saved', role: 'status' },
    typeof state === 'object'
      ? h('p', { class: 'fault', role: 'alert' }, failureText(state.error))
      : [h('p', {}, text), h('button', { type: 'button', class: 'undo', disabled: state === 'going back', onclick: () => void takeBack() }, w('undo'))],
  );
}

/** A line that says what became of what was sent. */
export function statusNote(text: string): VNode {
  return h('p', { class: 'edit-note', role: 'status' }, text);
}
