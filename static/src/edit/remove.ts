/** Taking a record off the register, with the reason why. */

import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { h } from '../ui/h.ts';
import { Refusal, type Saved } from './api.ts';
import { failureBox, type Desk } from './desk.ts';
import { w } from './words.ts';

export interface RemoveGiven {
  desk: Desk;
  remove(message: string | undefined): Promise<Saved>;
  /** It is gone, or proposed to be, and nothing else lies on the desk by now. */
  removed(saved: Saved): void;
}

/** The part of a record's form by which it is removed. */
export function RemovePart({ desk, remove, removed }: RemoveGiven): VNode {
  const why = useRef<HTMLTextAreaElement>(null);
  const [state, setState] = useState<'idle' | 'busy' | { error: unknown }>('idle');
  async function go(): Promise<void> {
    const isWanted = desk.ticket();
    setState('busy');
    try {
      const saved = await remove(why.current?.value.trim() || undefined);
      if (saved.state === 'saved') void desk.page.changed();
      if (isWanted()) removed(saved);
    } catch (error) {
      setState({ error });
    }
  }
  return h(
    'details',
    { class: 'part remove' },
    h('summary', {}, h('h3', {}, w('remove'))),
    h(
      'div',
      { class: 'edit-field' },
      h('p', {}, w('removeHelp')),
      h('label', { for: 'why-remove', class: 'field-label' }, w('why')),
      h('textarea', { id: 'why-remove', rows: 2, maxlength: 1000, ref: why }),
      h('div', {}, typeof state === 'object' && faultOf(state.error)),
      h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'danger', disabled: state === 'busy', onclick: () => void go() }, w('removeYes'))),
    ),
  );
}

function faultOf(error: unknown): VNode {
  return error instanceof Refusal && error.status === 412 ? h('p', { class: 'fault', role: 'alert' }, w('removeChanged')) : failureBox(error);
}
