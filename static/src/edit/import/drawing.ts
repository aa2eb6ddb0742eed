/** What the drawing of a 1/500 plan needs to be told: which plan it becomes, and whose. */

import { createRef, type VNode } from 'preact';
import { placeOf, type Site } from '../../sites.ts';
import { h } from '../../ui/h.ts';
import type { DrawingOptions } from '../api.ts';
import { choice, line, tick } from '../controls.ts';
import { w } from '../words.ts';

/** What is entered of a drawing. */
export interface Drawing {
  isDrawing: boolean;
  plan: string;
  site: string;
  name: string;
  unit: string;
  swaps: boolean;
  snap: string;
  /** What must be said was not when the file was to be sent. */
  isLacking: boolean;
}

export const NO_DRAWING: Drawing = { isDrawing: false, plan: '', site: '', name: '', unit: '', swaps: false, snap: '', isLacking: false };

/** What is entered, as the server takes it; undefined where the plan or its site is not named. */
export function drawingOptions({ plan, site, name, unit, swaps, snap }: Drawing): DrawingOptions | undefined {
  if (!plan.trim() || !site) return undefined;
  return {
    plan: plan.trim(),
    site,
    name: name.trim() || undefined,
    unit: (unit || undefined) as DrawingOptions['unit'],
    'swap-xy': swaps ? 'true' : undefined,
    snap: snap.trim().replace(',', '.') || undefined,
  };
}

/** The inputs, of which those that must not be empty can be reached. */
export function drawingInputs(sites: readonly Site[], set: (change: Partial<Drawing>) => void) {
  const [plan, site] = [createRef<HTMLInputElement>(), createRef<HTMLSelectElement>()];
  const lacking = { 'aria-describedby': 'drawing-fault' };
  const siteOptions = [h('option', { value: '' }, w('chooseSite')), ...sites.map(({ key, name, properties }) => h('option', { value: key }, [name, placeOf(properties)].filter(Boolean).join(', ')))];
  const units = [h('option', { value: '' }, w('unitOfFile')), h('option', { value: 'm' }, 'm'), h('option', { value: 'mm' }, 'mm')];
  return {
    /** Leads to the first that must be filled in. */
    focus: (drawing: Drawing) => (drawing.plan.trim() ? site : plan).current?.focus(),
    view: (drawing: Drawing, isOffered: boolean): VNode =>
      h(
        'fieldset',
        { hidden: !isOffered },
        h('legend', {}, w('drawing')),
        tick('import-drawing', w('isDrawing'), drawing.isDrawing, (isDrawing) => set({ isDrawing })),
        h(
          'div',
          { hidden: !drawing.isDrawing },
          line('drawing-plan', w('planId'), drawing.plan, (value) => set({ plan: value }), { ref: plan, ...lacking }),
          choice('drawing-site', w('site'), drawing.site, siteOptions, (value) => set({ site: value }), { ref: site, ...lacking }),
          line('drawing-name', w('planName'), drawing.name, (name) => set({ name })),
          choice('drawing-unit', w('drawingUnit'), drawing.unit, units, (unit) => set({ unit })),
          line('drawing-snap', w('drawingSnap'), drawing.snap, (snap) => set({ snap }), { inputmode: 'decimal', placeholder: '0.01' }),
          tick('drawing-swap', w('drawingSwap'), drawing.swaps, (swaps) => set({ swaps })),
          h('p', { class: 'fault', id: 'drawing-fault', role: 'alert' }, drawing.isLacking && w('drawingMissing')),
        ),
      ),
  };
}
