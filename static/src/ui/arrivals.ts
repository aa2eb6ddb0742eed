/** Several things that are asked for at once, each of which arrives in its own time. */

import { arrivalOf, type Arrival } from './parts.ts';

export interface Arrivals<T> {
  /** What has arrived of each. */
  of: { [K in keyof T]?: Arrival<T[K]> };
  /** Asks for one anew; what is on its way of it is not wanted any more. */
  again(name: keyof T): void;
  /** Resolves when each has had its answer, or the reason why it has none. */
  all: Promise<unknown>;
}

/** Asks for all; `changed` hears whenever something has arrived, or is asked for anew. */
export function arrivals<T>(asks: { [K in keyof T]: () => Promise<T[K]> }, changed: () => void): Arrivals<T> {
  const of: Arrivals<T>['of'] = {};
  const asked = new Map<keyof T, unknown>();
  async function ask(name: keyof T): Promise<void> {
    const answer = asks[name]();
    asked.set(name, answer);
    const arrival = await arrivalOf(answer);
    if (asked.get(name) !== answer) return;
    of[name] = arrival;
    changed();
  }
  return {
    of,
    again: (name) => {
      delete of[name];
      void ask(name);
      changed();
    },
    all: Promise.all((Object.keys(asks) as (keyof T)[]).map(ask)),
  };
}
