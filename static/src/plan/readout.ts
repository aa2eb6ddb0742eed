/** The line that says where the reader points, in VN-2000 to the millimetre and in WGS 84. */

import { h } from '../dom.ts';
import { copyText, degrees, meridianText, metres } from './numbers.ts';
import type { Spot } from './tracker.ts';
import type { Zone } from './vn2000.ts';
import { p } from './words.ts';

export interface Readout {
  element: HTMLElement;
  /** `lot` is what the place lies in, or empty. */
  show(spot: Spot, lot: string): void;
}

/** An empty read-out. What stands under the cross is also spoken, once the map has come to rest. */
export function createReadout(zone: Zone | undefined): Readout {
  let spot: Spot | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const [north, east, wgs] = [h('output', {}), h('output', {}), h('output', { class: 'wgs' })];
  const kind = h('span', { class: 'tag' });
  const lot = h('span', { class: 'lot' });
  const spoken = h('span', { class: 'visually-hidden', role: 'status' });
  const copy = h('button', { type: 'button', class: 'small', onclick: () => void copyNumbers() }, p('copy'));
  const element = h(
    'div',
    { class: 'plan-readout', role: 'group', 'aria-label': p('coordinates') },
    h('span', { class: 'zone' }, zone ? p('zone', { meridian: meridianText(zone.meridian) }) : p('noZone')),
    h('span', { class: 'pair' }, h('span', {}, `${p('northing')} `, north), ' ', h('span', {}, `${p('easting')} `, east)),
    kind,
    copy,
    lot,
    h('span', { class: 'wgs' }, 'WGS 84 ', wgs),
    spoken,
  );

  async function copyNumbers(): Promise<void> {
    if (!spot?.point) return;
    const text = copyText(spot.point);
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = p('copied');
      setTimeout(() => (copy.textContent = p('copy')), 1500);
    } catch {
      // Browsers give the clipboard to secure origins only; a server on the office network may not be one.
      window.prompt(p('copy'), text);
    }
  }

  function show(next: Spot, inLot: string): void {
    spot = next;
    const { point, lonLat, surveyed, from } = next;
    north.textContent = point ? metres(point[1]) : '–';
    east.textContent = point ? metres(point[0]) : '–';
    wgs.textContent = p('latLon', { lat: degrees(lonLat[1]), lon: degrees(lonLat[0]) });
    kind.textContent = surveyed ? p('surveyed') : p(from);
    kind.title = surveyed ? p('surveyedHelp') : p('pointerHelp');
    kind.classList.toggle('surveyed', surveyed);
    lot.textContent = inLot;
    clearTimeout(waiting);
    if (from === 'centre') waiting = setTimeout(() => (spoken.textContent = `${kind.textContent}: ${p('northing')} ${north.textContent}, ${p('easting')} ${east.textContent}${inLot && `, ${inLot}`}`), 700);
  }
  return { element, show };
}
