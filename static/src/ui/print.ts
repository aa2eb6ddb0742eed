/** What a page does when it goes to the printer: unfolds what is folded, and says when and where it was printed. */

import { useState } from 'preact/hooks';
import { today } from '../dates.ts';
import { formatDate, t } from '../i18n.ts';

/**
 * Unfolds what the host has folded away for as long as it is being printed: it belongs on the paper. Elements
 * marked `data-paper` hear of it by an event `paper`, in time to draw what is for paper alone.
 */
export function unfoldForPrint(host: HTMLElement): void {
  let folded: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    folded = [...host.querySelectorAll<HTMLDetailsElement>('details:not([open], .screen-only)')];
    for (const details of folded) details.open = true;
    callForPaper(host);
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
}

/**
 * Prints by a button of the page. Preact and the charts draw once a script has ended, and while one prints none ends: what is
 * for paper is drawn before.
 */
export function printPage(): void {
  callForPaper(document);
  setTimeout(() => window.print());
}

function callForPaper(within: ParentNode): void {
  for (const element of within.querySelectorAll('[data-paper]')) element.dispatchEvent(new Event('paper'));
}

/** The sentence that says when and from which address it was printed, empty before that, and what hears the event `paper`. */
export function usePrinted(address: () => string): [said: string, onpaper: () => void] {
  const [said, say] = useState('');
  return [said, () => say(t('printedOn', { date: formatDate(today()), address: address() }))];
}
