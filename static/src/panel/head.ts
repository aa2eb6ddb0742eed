/** What the heads of panels share: the lines that stand on paper alone, the jumps to parts, and folding. */

import { today } from '../dates.ts';
import { h } from '../dom.ts';
import { formatDate, t } from '../i18n.ts';

/** The lines above everything on paper: what it is, of which service, and when and where it was printed. */
export function paperHead(what: string): HTMLElement {
  const printed = h('p', {});
  const paper = h('div', { class: 'paper-head', 'data-paper': true }, h('p', {}, h('strong', {}, what), ' · ', `${t('title')}, ${t('subtitle')}`), printed);
  paper.addEventListener('paper', () => (printed.textContent = t('printedOn', { date: formatDate(today()), address: location.href })));
  return paper;
}

/** Unfolds a part of the panel and leads to it. */
export function showPart(part: HTMLDetailsElement): void {
  part.open = true;
  part.scrollIntoView({ block: 'start' });
  part.querySelector('summary')?.focus({ preventScroll: true });
}

/** The jumps to parts of a panel: the id of each and what the jump is called. */
export function jumps(parts: [id: string, name: string][]): HTMLElement {
  const jump = (id: string) => {
    const part = document.getElementById(id);
    if (part instanceof HTMLDetailsElement) showPart(part);
  };
  return h('nav', { class: 'jumps', 'aria-label': t('jumps') }, ...parts.map(([id, name]) => h('button', { type: 'button', onclick: () => jump(id) }, name)));
}

/** Folds the panel down to its head and back; `body` is the id of what is folded away. */
export function foldButton(name: string, body: string): HTMLElement {
  const fold = (event: Event) => {
    const button = event.currentTarget as HTMLElement;
    const isFolded = button.closest('#panel')?.classList.toggle('folded') ?? false;
    button.textContent = isFolded ? t('unfold') : t('fold');
    button.setAttribute('aria-expanded', String(!isFolded));
  };
  return h('button', { type: 'button', class: `tool ${name}`, 'aria-expanded': 'true', 'aria-controls': body, onclick: fold }, t('fold'));
}
