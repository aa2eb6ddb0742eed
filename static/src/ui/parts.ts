/** Small parts that all screens share: the mark of what is made up, terms, copying, and what is yet to arrive. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { t, type Key } from '../i18n.ts';
import { errorBox } from './errors.ts';
import { h, type Child } from './h.ts';

/** The mark that stands at everything made up. */
export function demoMark(): VNode {
  return h('strong', { class: 'demo-mark' }, t('demoMark'));
}

/** A term and its definition for a `dl`. */
export function row(term: string, ...definition: Child[]): VNode[] {
  return [h('dt', {}, term), h('dd', {}, ...definition)];
}

/** A button that copies the address that there is when it is pressed; `label` says whose address it is where that is not what is shown. */
export function CopyButton({ address, label = t('copyLink') }: { address: () => string; label?: string }): VNode {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address());
      setCopied(true);
    } catch {
      // Browsers give the clipboard to secure origins only; a server on the office network may not be one.
      window.prompt(t('copyLink'), address());
    }
  };
  return h('button', { type: 'button', 'aria-live': 'polite', onclick: () => void copy() }, isCopied ? t('copied') : label);
}

/** What was asked for: undefined while it is on its way, then its value, or why it did not come. */
export type Arrival<T> = { value: T } | { error: unknown } | undefined;

/** The value that has arrived, if it has. */
export function valueOf<T>(arrival: Arrival<T>): T | undefined {
  return arrival && 'value' in arrival ? arrival.value : undefined;
}

/** Shows what has arrived; before that, or where it did not come, it says so, with a button to try again. */
export function arrived<T>(arrival: Arrival<T>, loading: Key, retry: () => void, show: (value: T) => Child): Child {
  if (arrival === undefined) return h('p', { class: 'quiet' }, t(loading));
  return 'error' in arrival ? errorBox(arrival.error, retry) : show(arrival.value);
}

/** Waits for what was asked for; a fault is told to who looks for it in the console. */
export async function arrivalOf<T>(answer: Promise<T>): Promise<NonNullable<Arrival<T>>> {
  try {
    return { value: await answer };
  } catch (error) {
    console.warn(error);
    return { error };
  }
}
