/**
 * What the page loads first: it asks for everything that the first map needs, all at once and while the page's own code is
 * still on its way, and shows the drawing of the city that came with the page. On a slow network each thing asked for only
 * after another has come costs a sixth of a second.
 */

import workerUrl from 'virtual:map-worker';
import 'maplibre-gl/dist/maplibre-gl.css';
import './style.css';
import { askEarly, hearEarly } from './early.ts';
import { showFirst } from './first.ts';
import { startScheme } from './scheme.ts';

hearEarly();
askEarly(location.hash);
// The map starts its worker by its address: by then the browser has it.
void fetch(workerUrl).catch(() => undefined);
// Drawn while all of that is on its way.
startScheme();
showFirst(location.hash);
void import('./main.ts');
