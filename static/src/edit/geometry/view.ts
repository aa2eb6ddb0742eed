/** The screen on which a place is drawn, as it stands in the panel and over the map. */

import type { Ref, VNode } from 'preact';
import { h, type Child } from '../../ui/h.ts';
import { faultsOf } from '../rings.ts';
import { withHole, withPart, type Shape, type ShapeKind } from '../shape.ts';
import { w } from '../words.ts';
import { statusText } from './readout.ts';
import { vertexBox, type VertexBoxGiven } from './vertexbox.ts';

/** What the screen needs to know, and what it asks for. */
export interface PlaceGiven extends VertexBoxGiven {
  /** Empty shapes of the types that are allowed. */
  types: Shape[];
  /** Places go onto what is near. */
  isSnapping: boolean;
  /** The last place, for who does not see the map. */
  said: string;
  setSnapping(isSnapping: boolean): void;
  setKind(kind: ShapeKind): void;
  begin(shape: Shape): void;
  finish(): void;
  addCentre(): void;
  undo(): void;
  redo(): void;
  done(): void;
  cancel(): void;
}

export function placeView(given: PlaceGiven): Child {
  const { work, system, isOnMap } = given;
  const { shape, isDrawing } = work;
  const all = faultsOf(shape);
  const told = all.filter(({ kind }) => !(isDrawing && (kind === 'few' || kind === 'empty')));
  return [
    isOnMap ? h('p', { class: 'quiet' }, isDrawing ? (shape.kind === 'Point' ? w('hintPoint') : w('hintDraw')) : w('hintEdit')) : h('p', { class: 'edit-note' }, w('noMapNumbers')),
    kindChoice(given),
    tools(given),
    h('p', { class: 'shape-status', role: 'status' }, statusText(system, shape)),
    h('ul', { class: 'shape-faults' }, told.map(({ kind, path }) => h('li', {}, w(`shapeFault_${kind}`, { number: path.vertex + 1 })))),
    vertexBox(given),
    h(
      'div',
      { class: 'edit-buttons sticky' },
      h('button', { type: 'button', class: 'primary done', disabled: all.some(({ kind }) => kind !== 'empty'), onclick: given.done }, w('placeDone')),
      h('button', { type: 'button', onclick: given.cancel }, w('cancel')),
    ),
    h('p', { class: 'visually-hidden', role: 'status' }, given.said),
  ];
}

function kindChoice({ work: { shape }, types, setKind }: PlaceGiven): Child {
  return (
    types.length > 1 &&
    h(
      'label',
      { class: 'filter' },
      h('span', {}, w('shapeKind')),
      h('select', { value: shape.kind, onchange: ({ currentTarget: { value } }) => setKind(value) }, types.map(({ kind }) => h('option', { value: kind }, w(`shape_${kind}`)))),
    )
  );
}

function tools({ work, isOnMap, isSnapping, ...given }: PlaceGiven): VNode {
  const { shape, isDrawing } = work;
  const isEmpty = shape.parts.length === 0;
  const mayDraw = isDrawing ? shape.kind !== 'Point' && !isEmpty : shape.multi;
  return h(
    'div',
    { class: 'edit-buttons', role: 'group', 'aria-label': w('drawTools') },
    h('button', { type: 'button', class: 'draw', hidden: !mayDraw, onclick: () => (isDrawing ? given.finish() : given.begin(withPart(shape))) }, isDrawing ? w('endDrawing') : w('addPart')),
    h('button', { type: 'button', hidden: isDrawing || shape.kind !== 'Polygon' || isEmpty, onclick: () => given.begin(withHole(shape)) }, w('addHole')),
    isOnMap && h('button', { type: 'button', class: 'add-centre', hidden: !isDrawing && shape.kind !== 'Point', onclick: given.addCentre }, w('addCentre')),
    h('button', { type: 'button', class: 'step-back', disabled: work.past.length === 0, onclick: given.undo }, w('undoStep')),
    h('button', { type: 'button', class: 'step-on', disabled: work.future.length === 0, onclick: given.redo }, w('redoStep')),
    isOnMap && h('label', {}, h('input', { type: 'checkbox', checked: isSnapping, onchange: ({ currentTarget: { checked } }) => given.setSnapping(checked) }), w('snap')),
  );
}

/** The part of the map that the panel leaves free, with the mark of its middle where that is aimed with. */
export function aimView({ area, isAiming }: { area: Ref<HTMLElement>; isAiming: boolean }): VNode {
  return h('div', { ref: area, class: 'map-area edit-area', 'data-cross': isAiming ? '' : null }, h('div', { class: 'edit-cross', 'aria-hidden': 'true' }));
}
