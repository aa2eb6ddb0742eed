/** The inputs that say how a file is read, before its first reading and after it. */

import type { VNode } from 'preact';
import { h } from '../../ui/h.ts';
import type { ImportMode } from '../api.ts';
import { choice, line } from '../controls.ts';
import { w } from '../words.ts';

/** What happens to the features that are there; the careful one first. */
export const MODES: readonly ImportMode[] = ['append', 'upsert', 'replace'];
/** The encodings that the command line knows, by the same names. */
const ENCODINGS = ['auto', 'UTF-8', 'UTF-16LE', 'windows-1258', 'TCVN3', 'VNI', 'VISCII'];
/** Systems that files from Hanoi are in; others can be typed. */
const SYSTEMS = ['EPSG:5897', 'EPSG:5898', 'EPSG:3405', 'EPSG:32648', 'EPSG:4756', 'EPSG:4326', 'OGC:CRS84'];

/** How the text of a file and its places are read. */
export interface Reading {
  crs: string;
  encoding: string;
}

/** The choice of what happens to the features that are there. */
export function modeChoice(mode: ImportMode, modes: readonly ImportMode[], set: (mode: ImportMode) => void): VNode {
  const options = modes.map((one) => h('option', { value: one }, w(`mode_${one}`)));
  return choice('import-mode', w('mode'), mode, options, (value) => set(value as ImportMode));
}

/** The inputs for system and encoding. */
export function readingInputs({ crs, encoding }: Reading, set: (change: Partial<Reading>) => void): VNode {
  const encodings = ENCODINGS.map((one) => h('option', { value: one }, one === 'auto' ? w('encodingAuto') : one));
  return h(
    'div',
    {},
    line('import-crs', w('crs'), crs, (value) => set({ crs: value }), { list: 'import-systems', placeholder: w('crsOfFile') }),
    h('datalist', { id: 'import-systems' }, SYSTEMS.map((one) => h('option', { value: one }))),
    choice('import-encoding', w('encoding'), encoding, encodings, (value) => set({ encoding: value })),
  );
}
