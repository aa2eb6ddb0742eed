/** The line that says where the reader points, in VN-2000 to the millimetre and in WGS 84. */

import type { Ref, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { copyText, degrees, meridianText, metres } from '../survey/numbers.ts';
import type { Spot } from '../survey/tracker.ts';
import type { Zone } from '../survey/vn2000.ts';
import { h } from '../ui/h.ts';
import { p } from './words.ts';

/** What is read out; `lot` is what the place lies in, or empty. */
export interface Reading {
  zone: Zone | undefined;
  spot: Spot;
  lot: string;
  box: Ref<HTMLElement>;
}

/** The read-out. What stands under the cross is also spoken, once the map has come to rest. */
export function Readout({ zone, spot, lot, box }: Reading): VNode {
  const { point, lonLat, surveyed, from } = spot;
  const [spoken, setSpoken] = useState('');
  const [north, east] = point ? [metres(point[1]), metres(point[0])] : ['–', '–'];
  const kind = surveyed ? p('surveyed') : p(from);
  useEffect(() => {
    if (from !== 'centre') return;
    const waiting = setTimeout(() => setSpoken(`${kind}: ${p('northing')} ${north}, ${p('easting')} ${east}${lot && `, ${lot}`}`), 700);
    return () => clearTimeout(waiting);
  }, [spot, lot]);
  return h(
    'div',
    { class: 'plan-readout', role: 'group', 'aria-label': p('coordinates'), ref: box },
    h('span', { class: 'zone' }, zone ? p('zone', { meridian: meridianText(zone.meridian) }) : p('noZone')),
    h('span', { class: 'pair' }, h('span', {}, `${p('northing')} `, h('output', {}, north)), ' ', h('span', {}, `${p('easting')} `, h('output', {}, east))),
    h('span', { class: surveyed ? 'tag surveyed' : 'tag', title: p(surveyed ? 'surveyedHelp' : 'pointerHelp') }, kind),
    h(CopyNumbers, { spot }),
    h('span', { class: 'lot' }, lot),
    h('span', { class: 'wgs' }, 'WGS 84 ', h('output', { class: 'wgs' }, p('latLon', { lat: degrees(lonLat[1]), lon: degrees(lonLat[0]) }))),
    h('span', { class: 'visually-hidden', role: 'status' }, spoken),
  );
}

/** A button that copies the numbers of a place as surveyors write them. */
function CopyNumbers({ spot: { point } }: { spot: Spot }): VNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const waiting = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(waiting);
  }, [isCopied]);
  const copy = async () => {
    if (!point) return;
    const text = copyText(point);
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Browsers give the clipboard to secure origins only; a server on the office network may not be one.
      window.prompt(p('copy'), text);
    }
  };
  return h('button', { type: 'button', class: 'small', onclick: () => void copy() }, p(isCopied ? 'copied' : 'copy'));
}
