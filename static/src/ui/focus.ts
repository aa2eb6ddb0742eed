/** Keeps the focus in a part of the page whose elements come, go and change places. */

import { useLayoutEffect } from 'preact/hooks';

/**
 * Gives the focus back to what has it within the element where a draw only moves it, which in some browsers takes the focus
 * from it; where the draw takes it away, `instead` puts the focus elsewhere.
 */
export function useKeptFocus(within: { current: HTMLElement | null }, instead: () => void): void {
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && within.current?.contains(focused) ? focused : undefined;
  useLayoutEffect(() => {
    if (!held || document.activeElement === held) return;
    if (held.isConnected) held.focus({ preventScroll: true });
    else instead();
  });
}
