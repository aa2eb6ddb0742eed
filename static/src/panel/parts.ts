/** The small parts of panels that are not drawn with Preact yet. */

import { h } from '../dom.ts';
import { t } from '../i18n.ts';

/** The mark that stands at everything made up. */
export function demoMark(): HTMLElement {
  return h('strong', { class: 'demo-mark' }, t('demoMark'));
}

/** A term and its definition for a `dl`. */
export function row(term: string, ...definition: (Node | string)[]): HTMLElement[] {
  return [h('dt', {}, term), h('dd', {}, ...definition)];
}
