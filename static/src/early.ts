/** Data that were asked for before the code that wants them was there. Each answer is taken once: who asks again asks anew. */

/** The collections that the first map is drawn from. */
const FIRST = ['clusters', 'craft_villages', 'admin_units', 'waterways', 'treatment_stations', 'plans'];

const asked = new Map<string, Promise<Response>>();

/** How answers of the server are asked for. */
export const ACCEPT = { Accept: 'application/geo+json, application/json' };

/** Asks for what the page at this fragment starts with. */
export function askEarly(fragment: string): void {
  const day = /(?:^#?|&)as-of=(\d{4}-\d{2}-\d{2})(?:&|$)/.exec(fragment)?.[1];
  const ask = (path: string) => {
    const { href } = new URL(path, new URL('./', document.baseURI));
    const answer = fetch(href, { headers: ACCEPT });
    // Nobody may come for it; then its failure is nobody's.
    answer.catch(() => undefined);
    asked.set(href, answer);
  };
  ask('collections?f=json');
  for (const id of FIRST) ask(`collections/${id}/items?f=json&limit=10000${day ? `&as-of=${day}` : ''}`);
}

/** What the service worker says of an answer: it came by the network (undefined), is a copy of a time, or is missing (null). */
type Taken = string | null | undefined;

const said: Taken[] = [];
let hearer = (taken: Taken): void => void said.push(taken);

/** Hears the service worker from the start: what it says of the first answers comes before there is anywhere to show it. */
export function hearEarly(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ taken?: string | null } | null>) => hearer(data?.taken));
}

/** Tells from now on, and of what was heard before. */
export function hear(listener: (taken: Taken) => void): void {
  hearer = listener;
  for (const taken of said.splice(0)) listener(taken);
}

/** The answer that was asked for early, or undefined. */
export function takeEarly(href: string): Promise<Response> | undefined {
  const answer = asked.get(href);
  asked.delete(href);
  return answer;
}
