/** Waiting until the server has read a file. */

import { h } from '../../ui/h.ts';
import { failureBox, type Back, type Desk } from '../desk.ts';
import { w } from '../words.ts';
import { outcomeScreen } from './outcome.ts';

const POLL_MS = 400;

/** A file that is taken in. */
export interface Following {
  collection: string;
  filename: string;
  back: Back;
  /** Goes on with another file. */
  anew(): void;
}

/** Waits until the file is read, then shows what would come of it. */
export async function followImport(desk: Desk, id: string, following: Following): Promise<void> {
  const { back, filename } = following;
  const again = () => void followImport(desk, id, following);
  const stopping = new AbortController();
  let progress: number | undefined;
  const view = () => [h('p', { role: 'status' }, w('reading')), h('progress', { max: 1, 'aria-label': w('reading'), value: progress })];
  desk.show({ title: filename, kind: w('import'), back, onClose: () => stopping.abort(), body: view });
  try {
    for (;;) {
      const state = await desk.client.import(id, stopping.signal);
      if (stopping.signal.aborted) return;
      if (state.state !== 'reading') return await outcomeScreen(desk, state, following, again);
      progress = state.progress || progress;
      desk.draw();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    if (stopping.signal.aborted) return;
    desk.show({ title: filename, kind: w('import'), back, body: [failureBox(error, { retry: again })] });
  }
}
