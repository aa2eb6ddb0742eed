/** The panel of plan mode: what was found, the balance, the file, other versions, downloads. */

import type { Ref, VNode } from 'preact';
import { recordUrl, serverUrl, type Collection, type Item } from '../api.ts';
import { formatDate, pick, t, type Text } from '../i18n.ts';
import { foldButton, jumps, paperHead } from '../panel/head.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark, row } from '../ui/parts.ts';
import { printPage } from '../ui/print.ts';
import { fieldOf, fieldTitle, valueText } from '../values.ts';
import type { Plan } from './data.ts';
import { planUrl, type Review } from './review.ts';
import { p, type PlanKey } from './words.ts';

const FACTS = [
  'status', 'version', 'decision_no', 'authority', 'task_approved_on', 'consulted_on', 'submitted_on', 'appraised_on', 'approved_on', 'published_on', 'superseded_on',
  'area_ha', 'scale', 'adjustment_case', 'source_file', 'source_sha256', 'intake_notes', 'source', 'source_date',
];

/** A part of the panel that can be jumped to. */
export type PartId = 'findings' | 'balance' | 'facts' | 'compare' | 'files';

const TITLES: Record<PartId, { title: PlanKey; jump: PlanKey }> = {
  findings: { title: 'findings', jump: 'jumpFindings' },
  balance: { title: 'balance', jump: 'jumpBalance' },
  facts: { title: 'facts', jump: 'jumpFacts' },
  compare: { title: 'compare', jump: 'jumpCompare' },
  files: { title: 'files', jump: 'jumpFiles' },
};
const PARTS = Object.keys(TITLES) as PartId[];

/** What the head of the panel says and does. */
export interface Head {
  /** The plan's record; undefined where the register does not have it on the day. */
  item: Item | undefined;
  id: string;
  collections: Map<string, Collection>;
  siteName: string | undefined;
  isFolded: boolean;
  fold(isFolded: boolean): void;
  back(): void;
  /** Opens the plan's record for editing, and those of its lots and lines. */
  edit(): void;
  editParts(): void;
}

/** The head of the panel: whose plan it is, how far it has come, and the ways out. */
export function planHead({ item, id, collections, siteName, isFolded, fold, back, edit, editParts }: Head, title: Ref<HTMLElement>): VNode {
  const properties = item?.properties ?? {};
  const name = String(properties.name_vi ?? id);
  const status = valueText(fieldOf(collections.get('plans'), 'status'), properties.status);
  const decision = typeof properties.decision_no === 'string' && p('decision', { number: properties.decision_no });
  const approved = typeof properties.approved_on === 'string' && formatDate(properties.approved_on);
  const isDemo = properties.is_demo === true;
  return h(
    'header',
    { class: 'panel-head' },
    paperHead(p('kind')),
    h('button', { type: 'button', class: 'plan-back', onclick: back }, '← ', siteName ? p('back', { site: siteName }) : p('backToMap')),
    h(
      'div',
      { class: 'panel-title' },
      h('p', { class: 'kind' }, p('kind'), ' ', isDemo && demoMark()),
      h('h2', { tabindex: -1, ref: title }, name),
      item && h('p', { class: 'place' }, [status, decision, approved].filter(Boolean).join(' · ')),
    ),
    h(
      'div',
      { class: 'panel-tools' },
      foldButton('plan-fold', 'plan-body', isFolded, fold),
      h('button', { type: 'button', class: 'tool', onclick: printPage }, t('print')),
      h('button', { type: 'button', class: 'tool close', 'aria-label': p('close'), onclick: back }, '✕'),
    ),
    item && h('div', { class: 'editor-only editor-tools' }, h('button', { type: 'button', class: 'edit-plan', onclick: edit }, t('editRecord')), h('button', { type: 'button', class: 'edit-plan-parts', onclick: editParts }, t('planParts'))),
    item && jumps(PARTS.map((part) => [`plan-${part}`, p(TITLES[part].jump)])),
  );
}

/** The parts of the panel with what is in them; `brief` stands beside the heading of the findings. */
export function planParts(contents: Record<PartId, Child>, brief: string): VNode[] {
  return PARTS.map((part) =>
    h('details', { class: 'part', id: `plan-${part}`, open: true }, h('summary', {}, h('h3', {}, p(TITLES[part].title)), ' ', part === 'findings' && h('span', { class: 'brief' }, brief)), h('div', { class: 'part-content' }, contents[part])),
  );
}

/** The sentences of the notes that the intake of a drawing left, or none where they are written otherwise. */
export function intakeNotes(value: unknown): string[] {
  if (typeof value !== 'string' || !value.startsWith('[')) return [];
  try {
    const notes: unknown = JSON.parse(value);
    return Array.isArray(notes) ? notes.map((note: Partial<Text>) => pick(note)).filter(Boolean) : [];
  } catch {
    return [];
  }
}

/** The plan's own record; what is not on record is left out, but for what a decision must have. */
export function planFacts(plan: Plan, collections: Map<string, Collection>): VNode {
  const collection = collections.get('plans');
  const { properties } = plan;
  const needed = ['status', 'decision_no', 'approved_on'];
  const names = FACTS.filter((name) => needed.includes(name) || (properties[name] !== null && properties[name] !== undefined && properties[name] !== ''));
  const code = /\/EPSG\/[^/]*\/(\d+)$/.exec(plan.crs ?? '')?.[1];
  return h(
    'dl',
    {},
    ...names.flatMap((name) => {
      const notes = name === 'intake_notes' ? intakeNotes(properties[name]) : [];
      const list = notes.length > 0 && h('ul', { class: 'intake-notes' }, ...notes.map((note) => h('li', {}, note)));
      return row(fieldTitle(collection, name), list || valueText(fieldOf(collection, name), properties[name]));
    }),
    code && row(p('crs'), `EPSG:${code}`),
  );
}

/** Where the review and the drawing can be had; what this server does not make is not offered. */
export function planFiles(plan: Plan, review: Review | undefined, asOf: string | undefined): VNode {
  const links = review?.links ?? [];
  const ofType = (type: RegExp) => links.find((link) => type.test(link.type ?? ''))?.href;
  const lots = serverUrl('collections/plan_parcels/items?f=gpkg');
  lots.searchParams.set('plan_id', plan.id);
  if (plan.crs) lots.searchParams.set('crs', plan.crs);
  if (asOf) lots.searchParams.set('as-of', asOf);
  const files: [PlanKey, string | undefined][] = [
    ['filePdf', ofType(/pdf/)],
    ['filePage', ofType(/text\/html/)],
    ['fileDxf', ofType(/dxf/)],
    ['fileGpkg', ofType(/geopackage/)],
    ['fileJson', review && planUrl(plan.id, 'review', { f: 'json' }, asOf).href],
    ['fileParcels', plan.parcels.length > 0 ? lots.href : undefined],
    ['fileRecord', recordUrl('plans', plan.id, asOf)],
  ];
  return h('ul', { class: 'links' }, ...files.map(([title, href]) => href && h('li', {}, h('a', { href }, p(title)))));
}
