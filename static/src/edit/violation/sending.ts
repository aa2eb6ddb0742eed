/** Sends the violations that wait on this device. */

import type { Desk } from '../desk.ts';
import { deviceShelf, send, type Sent } from '../drafts.ts';
import { failureText } from '../text.ts';

/** What waits on this device. */
export const shelf = deviceShelf();

/** Sends what waits on the device, one after the other and in one tab at a time. */
export async function sendAll(desk: Desk): Promise<Map<string, Sent>> {
  const outcome = new Map<string, Sent>();
  const work = async () => {
    for (const draft of await shelf.all()) outcome.set(draft.id, await send(draft, desk.client, shelf, failureText));
  };
  // Two tabs must not send one draft at once; browsers without locks are those of insecure origins.
  if (navigator.locks) await navigator.locks.request('langxanh-drafts', work);
  else await work();
  if ([...outcome.values()].some((sent) => sent === 'done')) void desk.page.changed();
  return outcome;
}
