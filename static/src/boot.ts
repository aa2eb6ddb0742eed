/**
 * What the page loads first: it asks for everything that the first map needs, all at once and while the page's own code is
 * still on its way. On a slow network each thing asked for only after another has come costs a sixth of a second.
 */

import workerUrl from 'virtual:map-worker';
import { askEarly, hearEarly } from './early.ts';

hearEarly();
askEarly(location.hash);
// The map starts its worker by its address: by then the browser has it.
void fetch(workerUrl).catch(() => undefined);
void import('./main.ts');
