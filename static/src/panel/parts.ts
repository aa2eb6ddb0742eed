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
