/** The place of the panel, in which one part of the page after another draws. */

import { render, type VNode } from 'preact';

/** Shows what stands in the panel alone: that something is on its way, or why it did not come. */
export function sayInPanel(panel: HTMLElement, said: VNode): void {
  emptyPanel(panel);
  panel.hidden = false;
  render(said, panel);
}

/** Empties the panel for whoever draws there next. */
export function emptyPanel(panel: HTMLElement): void {
  render(null, panel);
}
