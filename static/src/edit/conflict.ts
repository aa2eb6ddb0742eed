/** Two people changed one record: both values side by side, and a choice for each field that both changed. */

import type { VNode } from 'preact';
import type { Collection, Item } from '../api.ts';
import { h } from '../ui/h.ts';
import { collectionTitle, fieldOf, fieldTitle, valueText } from '../values.ts';
import type { Desk } from './desk.ts';
import { geometryChanges } from './diff.ts';
import type { Loaded } from './load.ts';
import { GEOMETRY, isDecided, meetingsOf, resolved, type Meeting } from './merge.ts';
import { drawnOf, geometryOf, type Shape } from './shape.ts';
import { w } from './words.ts';

export interface Conflict {
  title: string;
  collection: Collection;
  /** The fields that can be edited. */
  names: string[];
  base: { item: Item; shape: Shape | undefined };
  mine: { values: Record<string, unknown>; shape: Shape | undefined; placeChanged: boolean };
  theirs: Loaded;
  back(): void;
  /** What is kept of mine on top of theirs. */
  decided(values: Record<string, unknown>, keepPlace: boolean): void;
}

export function conflictScreen(desk: Desk, { title, collection, names, base, mine, theirs, back, decided }: Conflict): void {
  const place = (shape: Shape | undefined, item: Item) => JSON.stringify(shape ? geometryOf(shape) : item.geometry);
  const meetings = meetingsOf(
    { ...base.item.properties, [GEOMETRY]: place(base.shape, base.item) },
    { ...mine.values, ...(mine.placeChanged && { [GEOMETRY]: place(mine.shape, base.item) }) },
    { ...theirs.item.properties, [GEOMETRY]: place(theirs.shape, theirs.item) },
    [...names, GEOMETRY],
  );
  const choice = new Map<string, 'mine' | 'theirs'>();

  function finish(): void {
    const { [GEOMETRY]: keptPlace, ...values } = resolved(meetings, choice);
    decided(values, keptPlace !== undefined);
  }

  const nameOf = (name: string) => (name === GEOMETRY ? w('place') : fieldTitle(collection, name));
  const textOf = ({ name }: Meeting, value: unknown, own: string) => (name === GEOMETRY ? own : valueText(fieldOf(collection, name), value));

  function choose(name: string, side: 'mine' | 'theirs'): void {
    choice.set(name, side);
    desk.draw();
  }

  function chooser(meeting: Meeting): VNode {
    const { name } = meeting;
    const option = (side: 'mine' | 'theirs', value: unknown, label: string) => {
      const input = h('input', { type: 'radio', name: `choice-${name}`, value: side, checked: choice.get(name) === side, onchange: () => choose(name, side) });
      return h('label', { class: 'side' }, input, h('span', {}, h('span', { class: 'quiet' }, label), h('strong', {}, textOf(meeting, value, side === 'mine' ? w('placeMine') : w('placeTheirs')))));
    };
    return h(
      'fieldset',
      { class: 'meeting', 'data-field': name },
      h('legend', {}, nameOf(name)),
      h('p', { class: 'quiet' }, w('before', { value: textOf(meeting, meeting.base, w('placeOld')) })),
      h('div', { class: 'sides' }, option('theirs', meeting.theirs, w('theirs')), option('mine', meeting.mine, w('mine'))),
    );
  }

  const both = meetings.filter(({ kind }) => kind === 'both');
  const list = (kinds: Meeting['kind'][], heading: string, side: 'mine' | 'theirs') => {
    const members = meetings.filter(({ kind }) => kinds.includes(kind));
    if (members.length === 0) return null;
    return h('section', {}, h('h3', {}, heading), h('ul', {}, ...members.map((meeting) => h('li', {}, `${nameOf(meeting.name)}: `, textOf(meeting, meeting[side], side === 'mine' ? w('placeMine') : w('placeTheirs'))))));
  };

  desk.show({
    title: w('conflictTitle'),
    kind: `${collectionTitle(collection)} · ${title}`,
    back: { label: w('backToForm'), go: back, keeps: true },
    isDirty: () => true,
    onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
    body: () => [
      h('p', { class: 'error-box', role: 'alert' }, both.length > 0 ? w('conflictHelp') : w('conflictNone')),
      both.map(chooser),
      both.some(({ name }) => name === GEOMETRY) && h('p', { class: 'quiet' }, w('conflictMap')),
      list(['mine'], w('keptMine'), 'mine'),
      list(['theirs', 'same'], w('keptTheirs'), 'theirs'),
      h('div', { class: 'edit-buttons' }, h('button', { type: 'button', class: 'primary', disabled: !isDecided(meetings, choice), onclick: finish }, w('conflictGo')), h('button', { type: 'button', onclick: back }, w('backToForm'))),
    ],
  });
  if (meetings.some(({ name }) => name === GEOMETRY)) {
    const [their, my] = [theirs.item.geometry, mine.shape ? drawnOf(mine.shape) : null];
    desk.sketch()?.setDiff(geometryChanges(their, my));
    desk.sketch()?.frame(their, my);
  }
}
