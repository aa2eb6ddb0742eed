/** An address as a QR code, drawn by the page itself. */

import type { VNode } from 'preact';
import qrcode from 'qrcode-generator';
import { h } from '../ui/h.ts';
import { p } from './words.ts';

/** Modules of free ground around a code, as ISO/IEC 18004 wants them. */
const QUIET = 4;

/** The code as rows of dark and light modules, without the free ground. Level M survives a crease in the paper. */
export function modulesOf(text: string): boolean[][] {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const size = code.getModuleCount();
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => code.isDark(row, column)));
}

/** One path for all dark modules, each run of them a bar: whole numbers, so that print has no seams. */
export function pathOf(modules: boolean[][]): string {
  const bars: string[] = [];
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      bars.push(`M${from + QUIET} ${y + QUIET}h${x - from + 1}v1h-${x - from + 1}z`);
    }
  });
  return bars.join('');
}

/** The code as a picture, dark on white in every colour scheme: scanners want it so. */
export function qrElement(address: string): VNode {
  const modules = modulesOf(address);
  const size = modules.length + 2 * QUIET;
  return h(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, class: 'qr', role: 'img', 'aria-label': p('qr', { address }), 'shape-rendering': 'crispEdges' },
    h('rect', { width: size, height: size, fill: '#ffffff' }),
    h('path', { d: pathOf(modules), fill: '#000000' }),
  );
}
