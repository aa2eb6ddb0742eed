/** How it stands with what was asked of the server, above the buttons that ask. */

import type { VNode } from 'preact';
import { h } from '../../ui/h.ts';
import { failureBox } from '../desk.ts';
import { w, type WordKey } from '../words.ts';

/** It is on its way, something must be done first, or it did not work. */
export type Progress = { wait: WordKey } | { lack: WordKey } | { error: unknown; signIn?: () => void } | undefined;

export function progressBox(progress: Progress): VNode {
  return h(
    'div',
    {},
    progress &&
      ('wait' in progress
        ? h('p', { class: 'quiet', role: 'status' }, w(progress.wait))
        : 'lack' in progress
          ? h('p', { class: 'fault', role: 'alert' }, w(progress.lack))
          : failureBox(progress.error, progress.signIn ? { signIn: progress.signIn } : {})),
  );
}
