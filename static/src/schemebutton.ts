/** The button that turns a page from light to dark. */

import { h } from './dom.ts';
import { t } from './i18n.ts';
import { onScheme, scheme, turnScheme } from './scheme.ts';

/** Turns the page from light to dark and back. */
export function schemeButton(): HTMLElement {
  const button = h('button', { id: 'scheme-button', type: 'button', onclick: turnScheme }, h('span', { class: 'scheme-icon', 'aria-hidden': 'true' }));
  const name = () => {
    const label = t(scheme() === 'dark' ? 'toLight' : 'toDark');
    button.title = label;
    button.setAttribute('aria-label', label);
  };
  onScheme(name);
  name();
  return button;
}
