/** The button that turns a page from light to dark. */

import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n.ts';
import { onScheme, scheme, turnScheme } from '../scheme.ts';
import { h } from './h.ts';

/** Turns the page from light to dark and back. */
export function SchemeButton(): VNode {
  const [now, setNow] = useState(scheme);
  useEffect(() => onScheme(() => setNow(scheme())), []);
  const label = t(now === 'dark' ? 'toLight' : 'toDark');
  return h('button', { id: 'scheme-button', type: 'button', title: label, 'aria-label': label, onclick: turnScheme }, h('span', { class: 'scheme-icon', 'aria-hidden': 'true' }));
}
