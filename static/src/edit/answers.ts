/** How the desk shows what it has asked the server for. */

import { useRef } from 'preact/hooks';
import type { Child } from '../ui/h.ts';
import type { Arrival } from '../ui/parts.ts';
import { loadingLine } from './account.ts';
import { failureBox } from './desk.ts';

/** Waits for what was asked for; whoever shows why it did not come tells the console too. */
export async function settled<T>(answer: Promise<T>): Promise<NonNullable<Arrival<T>>> {
  try {
    return { value: await answer };
  } catch (error) {
    return { error };
  }
}

/** Shows what has arrived; before that, or where it did not come, it says so. */
export function answered<T>(arrival: Arrival<T>, show: (value: T) => Child, retry?: () => void): Child {
  if (arrival === undefined) return loadingLine();
  return 'error' in arrival ? failureBox(arrival.error, { retry }) : show(arrival.value);
}

/** Listens to a fold: what is in it is read when it is first unfolded. */
export function useUnfolding(load: () => void): (event: { currentTarget: HTMLDetailsElement }) => void {
  const wasOpen = useRef(false);
  return ({ currentTarget }) => {
    if (!currentTarget.open || wasOpen.current) return;
    wasOpen.current = true;
    load();
  };
}
