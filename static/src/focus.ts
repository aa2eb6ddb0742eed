/** Keeps the focus in a part of the page whose elements come and go. */

import { useLayoutEffect } from 'preact/hooks';

/** Where a draw takes away what has the focus within the element, or moves it so that it loses the focus, `instead` puts it elsewhere. */
export function useKeptFocus(within: { current: HTMLElement | null }, instead: (lost: HTMLElement) => void): void {
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && focused !== within.current && within.current?.contains(focused) ? focused : undefined;
  useLayoutEffect(() => {
    if (held && document.activeElement !== held) instead(held);
  });
}
