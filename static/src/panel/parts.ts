/** What the parts of the panel share: their frame, how they load, and the marks in them. */

import { element, h } from '../dom.ts';
import { errorBox } from '../errors.ts';
import { t, type Key } from '../i18n.ts';

/** The mark that stands at everything made up. */
export function demoMark(): HTMLElement {
  return h('strong', { class: 'demo-mark' }, t('demoMark'));
}

/** A term and its definition for a `dl`. */
export function row(term: string, ...definition: (Node | string)[]): HTMLElement[] {
  return [h('dt', {}, term), h('dd', {}, ...definition)];
}

/** A button that copies the address that there is when it is pressed. */
export function copyButton(address: () => string): HTMLElement {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address());
      button.textContent = t('copied');
    } catch {
      // Browsers give the clipboard to secure origins only; a server on the office network may not be one.
      window.prompt(t('copyLink'), address());
    }
  };
  const button = h('button', { type: 'button', 'aria-live': 'polite', onclick: () => void copy() }, t('copyLink'));
  return button;
}

/** The parts of the panel, by the names that their elements and the jumps to them go by. */
export type PartName = 'quarters' | 'effluent' | 'works' | 'events' | 'about' | 'source' | 'edits';

/** Parts that the reader has folded or unfolded stay so from site to site. */
const isOpen = new Map<PartName, boolean>([
  ['works', false],
  ['edits', false],
]);

/** A part of the panel that can be folded: its heading, a word on what is in it, and its content. */
export interface Part {
  element: HTMLDetailsElement;
  /** Stands beside the heading, so that it says something folded too. */
  brief: HTMLElement;
  content: HTMLElement;
}

/** An empty part under its heading. */
export function part(name: PartName, title: Key): Part {
  const brief = h('span', { class: 'brief' });
  const content = h('div', { class: 'part-content' });
  const element = h('details', { class: 'part', id: `part-${name}`, open: isOpen.get(name) ?? true }, h('summary', {}, h('h3', {}, t(title)), ' ', brief), content);
  // What paper unfolds is none of the reader's doing.
  element.querySelector('summary')?.addEventListener('click', () => isOpen.set(name, !element.open));
  return { element, brief, content };
}

/** Fills the target when its data arrive; until then and where they do not it says so, with a button to try again. */
export async function fill<T>(target: HTMLElement, loading: Key, load: () => Promise<T>, show: (value: T) => (Node | string)[] | Promise<(Node | string)[]>): Promise<void> {
  target.replaceChildren(h('p', { class: 'quiet' }, t(loading)));
  try {
    target.replaceChildren(...(await show(await load())));
  } catch (error) {
    console.warn(error);
    target.replaceChildren(element(errorBox(error, () => void fill(target, loading, load, show))));
  }
  target.dataset.ready = 'true';
}
