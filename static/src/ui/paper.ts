/** A picture of the map for paper: a canvas of WebGL alone prints empty. */

import type { Map as MapLibre } from 'maplibre-gl';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { h } from './h.ts';

interface Given {
  map: MapLibre;
  /** What of it can be seen. */
  seen: HTMLElement;
  /** What it shows, for who cannot see it. */
  label: string;
  /** What stands beneath it; asked for when the page goes to the printer. */
  caption(): string;
  /** Draws what lies over the map, in a context of so many pixels for each of the screen's. */
  over?: (context: CanvasRenderingContext2D, ratio: number) => void;
}

/** The part of the map that can be seen, copied when the page goes to the printer. */
export function PaperMap({ map, seen, label, caption, over }: Given): VNode {
  const picture = useRef<HTMLCanvasElement>(null);
  // As large as it was seen: on paper the map itself has no size.
  const size = useRef({ width: 0, height: 0 });
  const [words, say] = useState(caption);
  useLayoutEffect(() => {
    const measured = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) size.current = entry.contentRect;
    });
    measured.observe(seen);
    return () => measured.disconnect();
  }, [seen]);
  const copy = () => {
    say(caption());
    const canvas = picture.current!;
    const ratio = map.getPixelRatio();
    [canvas.width, canvas.height] = [size.current.width * ratio, size.current.height * ratio];
    const context = canvas.getContext('2d');
    map.redraw();
    context?.drawImage(map.getCanvas(), 0, 0);
    if (context) over?.(context, ratio);
  };
  return h('figure', { class: 'paper-map', 'data-paper': true, onpaper: copy }, h('canvas', { ref: picture, role: 'img', 'aria-label': label }), h('figcaption', {}, words));
}
