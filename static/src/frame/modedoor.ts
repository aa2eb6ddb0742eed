/** What the ways into the modes share: a mode takes the panel, is loaded when it is first opened, and gives the panel back. */

import { emptyPanel, sayInPanel } from '../panel/host.ts';
import { errorBox } from '../ui/errors.ts';
import { h } from '../ui/h.ts';

/** A mode that is open; `ready` resolves once it is drawn. */
export interface Mode {
  close(): void;
  ready: Promise<void>;
}

export interface ModeDoor {
  /**
   * Opens the mode as `wanted`, by what it is opened with; what is open as wanted already stays as it is. While the code is
   * on its way the panel says `opening`. `load` resolves to what opens the mode in the emptied panel.
   */
  open(wanted: string, opening: string, load: () => Promise<() => Mode>): Promise<void>;
  close(): void;
  /** The mode that is open shows something else by itself. */
  shows(wanted: string): void;
}

/** The door, closed. */
export function modeDoor(panel: HTMLElement): ModeDoor {
  let mode: Mode | undefined;
  let shown = '';
  // Counts openings and closings, so that one that comes late does not replace its successor.
  let turn = 0;

  function close(): void {
    turn += 1;
    mode?.close();
    mode = undefined;
    shown = '';
  }

  async function open(wanted: string, opening: string, load: () => Promise<() => Mode>): Promise<void> {
    if (mode && shown === wanted) return;
    close();
    const mine = turn;
    sayInPanel(panel, h('p', { class: 'panel-body', role: 'status' }, opening));
    try {
      const start = await load();
      if (mine !== turn) return;
      emptyPanel(panel);
      mode = start();
      shown = wanted;
      await mode.ready;
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      sayInPanel(panel, h('div', { class: 'panel-body' }, errorBox(error, () => void open(wanted, opening, load))));
    }
  }

  return { open, close, shows: (wanted) => (shown = wanted) };
}
