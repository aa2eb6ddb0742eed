/** Taking a change back, from wherever it is listed. */

import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { h } from '../ui/h.ts';
import { Refusal } from './api.ts';
import type { Desk } from './desk.ts';
import { failureText, titleOf } from './text.ts';
import { w } from './words.ts';

export interface UndoGiven {
  desk: Desk;
  change: number | string;
  undone(): void;
}

/** Takes a change back, after a question why; only for who may write at all. The server decides whether it still can be. */
export function UndoButton({ desk, change, undone }: UndoGiven): VNode | null {
  const [state, setState] = useState<'idle' | 'asking' | 'busy' | { error: unknown }>('idle');
  const why = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (state === 'asking') why.current?.focus();
  }, [state]);
  if (!desk.me || desk.me.role === 'viewer') return null;

  async function take(): Promise<void> {
    setState('busy');
    try {
      await desk.client.undo(change, why.current?.value.trim() || undefined);
      setState('idle');
      void desk.page.changed();
      undone();
    } catch (error) {
      setState({ error });
    }
  }
  const isAsking = state === 'asking' || state === 'busy';
  return h(
    'div',
    { class: 'undo-holder' },
    typeof state === 'object' && h('p', { class: 'fault', role: 'alert' }, faultText(desk, state.error)),
    isAsking
      ? [
          h('input', { type: 'text', maxlength: 1000, 'aria-label': w('why'), placeholder: w('why'), ref: why }),
          h('button', { type: 'button', class: 'primary', disabled: state === 'busy', onclick: () => void take() }, w('undoYes')),
        ]
      : h('button', { type: 'button', class: 'undo', onclick: () => setState('asking') }, w('undoThis')),
  );
}

/** Why it cannot be taken back, and by which rows. */
function faultText(desk: Desk, error: unknown): string {
  const rows = error instanceof Refusal && error.status === 409 ? (error.problem.rows ?? []) : [];
  return [failureText(error), rows.map(({ collection, id }) => `${titleOf(desk.collections, collection)} ${id}`).join(', ')].join(' ');
}
