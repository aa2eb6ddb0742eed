/** What the heads of panels share: the lines that stand on paper alone, the jumps to parts, and folding. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { today } from '../dates.ts';
import { formatDate, t } from '../i18n.ts';
import { h } from '../ui.ts';

/** The lines above everything on paper: what it is, of which service, and when and where it was printed. */
export function PaperHead({ what }: { what: string }): VNode {
  const [printed, setPrinted] = useState('');
  return h(
    'div',
    { class: 'paper-head', 'data-paper': 'true', onpaper: () => setPrinted(t('printedOn', { date: formatDate(today()), address: location.href })) },
    h('p', {}, h('strong', {}, what), ' · ', `${t('title')}, ${t('subtitle')}`),
    h('p', {}, printed),
  );
}

/** Unfolds a part of the panel and leads to it. */
export function showPart(part: HTMLDetailsElement): void {
  part.open = true;
  part.scrollIntoView({ block: 'start' });
  part.querySelector('summary')?.focus({ preventScroll: true });
}

/** The jumps to parts of a panel: the id of each and what the jump is called. */
export function jumps(parts: [id: string, name: string][]): VNode {
  const jump = (id: string) => {
    const part = document.getElementById(id);
    if (part instanceof HTMLDetailsElement) showPart(part);
  };
  return h('nav', { class: 'jumps', 'aria-label': t('jumps') }, ...parts.map(([id, name]) => h('button', { type: 'button', onclick: () => jump(id) }, name)));
}

/** Folds the panel down to its head and back; `body` is the id of what is folded away. */
export function foldButton(name: string, body: string, isFolded: boolean, fold: (isFolded: boolean) => void): VNode {
  return h('button', { type: 'button', class: `tool ${name}`, 'aria-expanded': String(!isFolded), 'aria-controls': body, onclick: () => fold(!isFolded) }, t(isFolded ? 'unfold' : 'fold'));
}
