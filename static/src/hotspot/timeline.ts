/** The time slider: twelve quarters, by hand, by keyboard or running. */

import { h } from '../dom.ts';
import { quarterDayText, quarterText, type Quarter } from './quarters.ts';
import { s } from './words.ts';

export interface Timeline {
  element: HTMLElement;
  /** Moves the slider without asking for the quarter. */
  set(place: number): void;
  stop(): void;
}

/** How long a quarter stands while the slider runs, in milliseconds. */
const STEP = 1400;

/**
 * The slider over the quarters, standing at `place`. `onMove` resolves once the quarter is drawn: a running slider
 * waits for that. Whoever wants less motion steps by hand; the button to run is not there for them.
 */
export function createTimeline(quarters: readonly Quarter[], place: number, onMove: (place: number) => Promise<void>): Timeline {
  const last = quarters.length - 1;
  let at = place;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;

  const label = h('output', { for: 'hot-slider', class: 'hot-quarter' });
  const slider = h('input', { id: 'hot-slider', type: 'range', min: 0, max: last, step: 1, value: place, 'aria-label': s('slider'), oninput: () => go(Number(slider.value)) });
  const step = (by: number, sign: string) => h('button', { type: 'button', 'aria-label': by < 0 ? s('previous') : s('next'), onclick: () => go(at + by) }, sign);
  const [back, on] = [step(-1, '‹'), step(1, '›')];
  const play = h('button', { type: 'button', class: 'hot-play', onclick: () => (isRunning ? stop() : run()) });
  const ends = h('div', { class: 'hot-ends', 'aria-hidden': 'true' }, h('span', {}, quarterText(quarters[0]!)), h('span', {}, quarterText(quarters[last]!)));
  const element = h('div', { class: 'hot-time', role: 'group', 'aria-label': s('time') }, h('div', { class: 'hot-time-row' }, play, back, label, on), slider, ends);

  function set(next: number): void {
    at = Math.min(last, Math.max(0, next));
    slider.value = String(at);
    const text = quarterDayText(quarters[at]!);
    slider.setAttribute('aria-valuetext', text);
    label.textContent = text;
    back.toggleAttribute('disabled', at === 0);
    on.toggleAttribute('disabled', at === last);
  }

  function go(next: number): void {
    stop();
    if (next === at) return;
    set(next);
    void onMove(at);
  }

  function run(): void {
    isRunning = true;
    draw();
    // From the end it starts over.
    void tick(at === last ? 0 : at + 1);
  }

  async function tick(next: number): Promise<void> {
    set(next);
    await onMove(at);
    if (!isRunning) return;
    if (at === last || matchMedia('(prefers-reduced-motion: reduce)').matches) return stop();
    waiting = setTimeout(() => void tick(at + 1), STEP);
  }

  function stop(): void {
    clearTimeout(waiting);
    isRunning = false;
    draw();
  }

  function draw(): void {
    play.textContent = isRunning ? `❚❚ ${s('pause')}` : `▶ ${s('play')}`;
  }

  set(place);
  draw();
  return { element, set, stop };
}
