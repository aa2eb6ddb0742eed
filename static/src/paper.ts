/** A picture of the map for paper: a canvas of WebGL alone prints empty. */

import type { Map as MapLibre } from 'maplibre-gl';
import { h } from './dom.ts';

/** What stands with the picture. */
export interface PaperOptions {
  /** What it shows, for who cannot see it. */
  label: string;
  /** What stands beneath it; asked for when the page goes to the printer. */
  caption(): string;
  /** Draws what lies over the map, in a context of so many pixels for each of the screen's. */
  over?: (context: CanvasRenderingContext2D, ratio: number) => void;
}

/** The part of the map that can be seen, copied when the page goes to the printer. */
export function paperMap(map: MapLibre, seen: HTMLElement, { label, caption, over }: PaperOptions): HTMLElement {
  const picture = h('canvas', { role: 'img', 'aria-label': label });
  const words = h('figcaption', {}, caption());
  const figure = h('figure', { class: 'paper-map', 'data-paper': true }, picture, words);
  // As large as it was seen: on paper the map itself has no size.
  let size = { width: 0, height: 0 };
  const measured = new ResizeObserver(([entry]) => {
    if (entry && entry.contentRect.width > 0) size = entry.contentRect;
  });
  measured.observe(seen);
  figure.addEventListener('paper', () => {
    words.textContent = caption();
    const ratio = map.getPixelRatio();
    [picture.width, picture.height] = [size.width * ratio, size.height * ratio];
    const context = picture.getContext('2d');
    map.redraw();
    context?.drawImage(map.getCanvas(), 0, 0);
    if (context) over?.(context, ratio);
  });
  return figure;
}
