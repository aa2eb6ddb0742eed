/** What the heads of panels share: the lines that stand on paper alone, the jumps to parts, and folding. */

import type { VNode } from 'preact';
import { t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { usePrinted } from '../ui/print.ts';

/** The lines above everything on paper: what it is, of which service, and when and where it was printed. */
export function paperHead(what: string): VNode {
  return h(PaperHead, { what, service: `${t('title')}, ${t('subtitle')}` });
}

/** The lines above everything on paper, with more about what is on it. */
export function PaperHead({ what, service, about }: { what: string; service: string; about?: Child }): VNode {
  const [printed, onpaper] = usePrinted(() => location.href);
  return h('div', { class: 'paper-head', 'data-paper': true, onpaper }, h('p', {}, h('strong', {}, what), ' · ', service), about, h('p', {}, printed));
}

/** Unfolds a part of the panel and leads to it. */
export function showPart(id: string): void {
  const part = document.getElementById(id);
  if (!(part instanceof HTMLDetailsElement)) return;
  part.open = true;
  part.scrollIntoView({ block: 'start' });
  part.querySelector('summary')?.focus({ preventScroll: true });
}

/** The jumps to parts of a panel: the id of each and what the jump is called. */
export function jumps(parts: [id: string, name: string][], jump: (id: string) => void = showPart): VNode {
  return h('nav', { class: 'jumps', 'aria-label': t('jumps') }, parts.map(([id, name]) => h('button', { type: 'button', onclick: () => jump(id) }, name)));
}

/** Folds the panel down to its head and back; `body` is the id of what is folded away. */
export function foldButton(name: string, body: string, isFolded: boolean, fold: (isFolded: boolean) => void): VNode {
  return h('button', { type: 'button', class: `tool ${name}`, 'aria-expanded': !isFolded, 'aria-controls': body, onclick: () => fold(!isFolded) }, t(isFolded ? 'unfold' : 'fold'));
}
