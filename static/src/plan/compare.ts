/** Two versions of a plan: what was added, removed, changed its use or moved, as a list and on the map. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { VNode } from 'preact';
import type { Collection, Item } from '../api.ts';
import { formatNumber } from '../i18n.ts';
import { rounded, grouped } from '../survey/numbers.ts';
import { h } from '../ui/h.ts';
import { fieldOf, fieldTitle, valueText } from '../values.ts';
import type { Plan } from './data.ts';
import { CHANGE_KINDS, changeColor, type ChangeKind } from './layers.ts';
import type { Comparison, LotChange } from './review.ts';
import { p } from './words.ts';

/** One lot that differs. */
export interface Change {
  kind: ChangeKind;
  /** What the lot is called. */
  name: string;
  /** What changed, in words. */
  detail: string;
  geometry: Geometry | null;
}

/** The changes in the order of the list; `lots` declares the columns of the lot table. A lot that changed in several ways is listed by the weightiest: use, then border. */
export function changesOf({ added, removed, changed }: Comparison, plan: Plan, before: Map<string, Item>, lots: Collection | undefined): Change[] {
  const after = new Map(plan.parcels.map((part) => [part.id, part]));
  const nameIn = (properties: Record<string, unknown> | undefined, id: string) => String(properties?.lot_symbol ?? id);
  const areaText = (area: unknown) => (typeof area === 'number' && area > 0 ? `${grouped(area, 1)} m²` : '');
  return [
    ...added.map((id): Change => {
      const lot = after.get(id);
      return { kind: 'added', name: nameIn(lot?.properties, id), detail: areaText(lot?.size), geometry: lot?.drawn ?? null };
    }),
    ...removed.map((id): Change => {
      const lot = before.get(id);
      return { kind: 'removed', name: nameIn(lot?.properties, id), detail: areaText(lot?.properties.area_m2), geometry: lot?.geometry ?? null };
    }),
    ...changed.map((change): Change => {
      const lot = after.get(change.after);
      return { kind: kindOf(change), name: nameIn(lot?.properties, change.after), detail: detailOf(change, lots), geometry: lot?.drawn ?? null };
    }),
  ];
}

function kindOf({ land_use, moved_m }: LotChange): ChangeKind {
  if (land_use) return 'use';
  return typeof moved_m === 'number' ? 'moved' : 'values';
}

function detailOf({ land_use: use, moved_m: moved, area_m2: [before, after], values = {} }: LotChange, lots: Collection | undefined): string {
  const value = (name: string, number: number | null | undefined) => valueText(fieldOf(lots, name), number);
  const parts = [
    use && `${use[0] ?? p('noUse')} → ${use[1] ?? p('noUse')}`,
    typeof moved === 'number' && p('moved', { distance: rounded(moved) }),
    typeof before === 'number' && typeof after === 'number' && Math.abs(after - before) >= 0.05 && `${grouped(before, 1)} → ${grouped(after, 1)} m²`,
    ...Object.entries(values).map(([name, [was, is]]) => `${fieldTitle(lots, name)}: ${value(name, was)} → ${value(name, is)}`),
  ];
  return parts.filter(Boolean).join('; ');
}

/** The changes for the map. */
export function changeFeatures(changes: readonly Change[]): FeatureCollection {
  const features = changes.flatMap(({ kind, geometry }): Feature[] => (geometry ? [{ type: 'Feature', geometry, properties: { kind } }] : []));
  return { type: 'FeatureCollection', features };
}

/** The changes by kind; each leads to its place. */
export function changeList(comparison: Comparison, changes: readonly Change[], otherName: string, onChoose: (change: Change) => void): VNode[] {
  const about = h('p', { class: 'quiet' }, p('compareBefore', { name: otherName, tolerance: `${formatNumber(comparison.tolerance_m * 100)} cm` }));
  if (changes.length === 0) return [about, h('p', {}, p('compareSame', { count: comparison.unchanged }))];
  const groups = CHANGE_KINDS.flatMap((kind) => {
    const members = changes.filter((change) => change.kind === kind);
    if (members.length === 0) return [];
    return [
      h('h4', {}, h('span', { class: `swatch swatch-change change-${kind}`, 'aria-hidden': 'true', style: { borderColor: changeColor(kind) } }), `${p(`change_${kind}`)} (${members.length})`),
      h('ul', { class: 'changes' }, ...members.map((change) => h('li', {}, h('button', { type: 'button', disabled: !change.geometry, onclick: () => onChoose(change) }, h('strong', {}, change.name), change.detail && ` ${change.detail}`)))),
    ];
  });
  return [about, ...groups, h('p', { class: 'quiet' }, p('compareUnchanged', { count: comparison.unchanged }))];
}
