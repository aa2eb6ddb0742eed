/** The time slider: twelve quarters, by hand, by keyboard or running. */

import type { VNode } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { h } from '../ui/h.ts';
import { quarterDayText, quarterText, type Quarter } from './quarters.ts';
import { s } from './words.ts';

/** Where the slider stands. */
interface Time {
  quarters: readonly Quarter[];
  place: number;
  /** Resolves once the quarter is drawn: a running slider waits for that. */
  onMove(place: number): Promise<void>;
}

/** How long a quarter stands while the slider runs, in milliseconds. */
const STEP = 1400;

/** The slider over the quarters. Whoever wants less motion steps by hand; the button to run is not there for them. */
export function Timeline({ quarters, place, onMove }: Time): VNode {
  const [isRunning, setRunning] = useState(false);
  const last = quarters.length - 1;
  // Ends with the draw that says so: an effect would end after the next paint, and might move the slider once more until then.
  useLayoutEffect(() => {
    if (!isRunning) return;
    let isOver = false;
    let waiting: ReturnType<typeof setTimeout>;
    const run = async (next: number) => {
      await onMove(next);
      if (isOver) return;
      if (next === last || matchMedia('(prefers-reduced-motion: reduce)').matches) setRunning(false);
      else waiting = setTimeout(() => void run(next + 1), STEP);
    };
    // From the end it starts over.
    waiting = setTimeout(() => void run(place === last ? 0 : place + 1));
    return () => {
      isOver = true;
      clearTimeout(waiting);
    };
  }, [isRunning]);

  const go = (next: number) => {
    setRunning(false);
    if (next !== place) void onMove(next);
  };
  const text = quarterDayText(quarters[place]!);
  const slid = ({ currentTarget }: Event) => go(Number((currentTarget as HTMLInputElement).value));
  return h(
    'div',
    { class: 'hot-time', role: 'group', 'aria-label': s('time') },
    h(
      'div',
      { class: 'hot-time-row' },
      h('button', { type: 'button', class: 'hot-play', onclick: () => setRunning(!isRunning) }, isRunning ? `❚❚ ${s('pause')}` : `▶ ${s('play')}`),
      h('button', { type: 'button', 'aria-label': s('previous'), disabled: place === 0, onclick: () => go(place - 1) }, '‹'),
      h('output', { for: 'hot-slider', class: 'hot-quarter' }, text),
      h('button', { type: 'button', 'aria-label': s('next'), disabled: place === last, onclick: () => go(place + 1) }, '›'),
    ),
    h('input', { id: 'hot-slider', type: 'range', min: 0, max: last, step: 1, value: place, 'aria-label': s('slider'), 'aria-valuetext': text, oninput: slid }),
    h('div', { class: 'hot-ends', 'aria-hidden': 'true' }, h('span', {}, quarterText(quarters[0]!)), h('span', {}, quarterText(quarters[last]!))),
  );
}
