/** The parts of the panel: each under its heading, with a word on what is in it, and folded as the reader left it. */

import type { VNode } from 'preact';
import { t, type Key } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';

/** The parts of the panel, by the names that their elements and the jumps to them go by. */
export type PartName = 'quarters' | 'effluent' | 'works' | 'events' | 'about' | 'source' | 'edits';

/** Parts that the reader has folded or unfolded stay so from site to site. */
const isOpen = new Map<PartName, boolean>([
  ['works', false],
  ['edits', false],
]);

interface Part {
  name: PartName;
  title: Key;
  /** Stands beside the heading, so that it says something folded too. */
  brief?: Child;
  content: Child;
  /** Whether what was asked for is there, or why it is not. */
  isReady?: boolean;
  class?: string;
  /** Hears that the part was unfolded. */
  onOpen?: () => void;
}

/** A part of the panel. */
export function part({ name, title, brief, content, isReady, class: more, onOpen }: Part): VNode {
  return h(
    'details',
    { class: more ? `part ${more}` : 'part', id: `part-${name}`, open: isOpen.get(name) ?? true, ontoggle: onOpen && (({ currentTarget }: Event) => (currentTarget as HTMLDetailsElement).open && onOpen()) },
    // What paper unfolds is none of the reader's doing.
    h('summary', { onclick: ({ currentTarget }: Event) => isOpen.set(name, !((currentTarget as HTMLElement).parentElement as HTMLDetailsElement).open) }, h('h3', {}, t(title)), ' ', h('span', { class: 'brief' }, brief)),
    h('div', { class: 'part-content', 'data-ready': isReady ? 'true' : null }, content),
  );
}
