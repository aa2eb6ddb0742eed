/** Plan mode: one 1/500 plan on the map, with its review, beside what is built, measured and compared. */

import './plan.css';
import { createRef, render } from 'preact';
import type { Collection, Item } from '../api.ts';
import { boxOf } from '../geometry.ts';
import { EMPTY } from '../map/layers.ts';
import type { SiteMap } from '../map/map.ts';
import { errorBox } from '../ui/errors.ts';
import { h, type Child } from '../ui/h.ts';
import { PaperMap } from '../ui/paper.ts';
import { arrivalOf, demoMark, valueOf, type Arrival } from '../ui/parts.ts';
import { fieldOf, valueText, versionText } from '../values.ts';
import type { View } from '../view.ts';
import { balanceTable, drawnLegend } from './balance.ts';
import { changeFeatures, changeList, changesOf, type Change } from './compare.ts';
import { loadParcels, loadPlan, type Plan } from './data.ts';
import { drawPlan, type Drawing } from './drawing.ts';
import { countsText, findingList, type Choice } from './findings.ts';
import { planFacts, planFiles, planHead, planParts } from './panel.ts';
import { fetchComparison, fetchReview, type Comparison, type Finding, type Review } from './review.ts';
import { p } from './words.ts';

/** What plan mode needs of the page. */
export interface PlanPage {
  /** Undefined where this browser draws no map: the panel is read without it. */
  map: SiteMap | undefined;
  panel: HTMLElement;
  collections: Map<string, Collection>;
  asOf: string | undefined;
  id: string;
  /** The plan's record; undefined where the register does not have it on the day. */
  item: Item | undefined;
  /** Other plans of the same site. */
  versions: Item[];
  siteName: string | undefined;
  /** What the address says now; plan mode keeps its own part of it up to date. */
  view(): Pick<View, 'against' | 'swipe'>;
  /** The map goes to the plan; otherwise it stays where the address put it. */
  isFramed: boolean;
  remember(): void;
  back(): void;
  /** Opens the plan's record for editing, and those of its lots and lines. */
  edit(): void;
  editParts(): void;
}

/** A plan and its review; undefined is the review on a server that makes none. */
interface Loaded {
  plan: Plan;
  reviewed: NonNullable<Arrival<Review | undefined>>;
}

/** How the plan differs from another version. */
interface Compared {
  comparison: Comparison;
  changes: Change[];
}

/** Opens the plan and resolves once it is drawn; the answer closes it. A plan that is closed meanwhile draws nothing more. */
export function openPlan(page: PlanPage): { close(): void; ready: Promise<void> } {
  const { map, panel, collections, id, item } = page;
  const stopping = new AbortController();
  const title = createRef<HTMLElement>();
  let isFolded = false;
  let loaded: Arrival<Loaded>;
  let compared: Arrival<Compared>;
  let chosen: Choice | undefined;
  let drawing: Drawing | undefined;

  function draw(): void {
    const body = { id: 'plan-body', class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': String(item?.properties.name_vi ?? id) };
    render([planHead({ ...page, isFolded, fold }, title), h('div', body, content())], panel);
  }

  function content(): Child {
    if (!item) return h('p', {}, p('noPlan'));
    if (loaded === undefined) return h('p', { role: 'status', class: 'quiet' }, p('loading'));
    if ('error' in loaded) return errorBox(loaded.error, () => void load());
    const { plan, reviewed } = loaded.value;
    const review = valueOf(reviewed);
    const findings = 'error' in reviewed ? errorBox(reviewed.error, () => void load()) : review ? findingList({ review, plan, chosen, onChoose: (finding) => choose(finding, false) }) : h('p', {}, p('noReview'));
    const contents = { findings, balance: [balanceTable(plan, review), drawnLegend(plan)], facts: planFacts(plan, collections), compare: comparing(), files: planFiles(plan, review, page.asOf) };
    return [
      map && drawing && h(PaperMap, { map: map.library, seen: drawing.seen, label: p('paperMapWho'), caption: () => p('paperMap'), over: drawing.paint }),
      plan.properties.is_demo === true && h('p', { class: 'demo-box' }, demoMark(), ' ', p('demo')),
      !plan.boundary && h('p', {}, p('noBoundary')),
      planParts(contents, review ? countsText(review) : ''),
      h('p', { class: 'visually-hidden', role: 'status' }, drawing && chosen && p('shown', { number: chosen.number })),
    ];
  }

  /** The choice of another version, and what differs from it. */
  function comparing(): Child {
    const { versions } = page;
    if (versions.length === 0) return h('p', { class: 'quiet' }, p('compareOther'));
    const other = against();
    const chooseOther = ({ currentTarget }: Event) => {
      page.view().against = (currentTarget as HTMLSelectElement).value || undefined;
      page.remember();
      void compare();
    };
    return [
      h(
        'p',
        { class: 'chooser' },
        h('label', { for: 'plan-against' }, p('compareWith')),
        h('select', { id: 'plan-against', value: other?.id ?? '', onchange: chooseOther }, h('option', { value: '' }, p('compareNone')), ...versions.map((one) => h('option', { value: one.id }, nameOf(one)))),
      ),
      h('div', { 'aria-live': 'polite', 'data-ready': compared && 'true' }, other && differences(other)),
    ];
  }

  function differences(other: Item): Child {
    if (compared === undefined) return h('p', { class: 'quiet' }, p('comparing'));
    if ('error' in compared) return errorBox(compared.error, () => void compare());
    return changeList(compared.value.comparison, compared.value.changes, nameOf(other), ({ geometry }) => {
      const box = boxOf(geometry);
      if (box) drawing?.frame(box);
    });
  }

  function nameOf({ properties, id: other }: Item): string {
    const plans = collections.get('plans');
    return [properties.name_vi ?? other, versionText(plans, properties), valueText(fieldOf(plans, 'status'), properties.status)].filter(Boolean).join(' · ');
  }

  /** The version that the address compares with, where there is such a one. */
  function against(): Item | undefined {
    return page.versions.find((one) => one.id === page.view().against);
  }

  function fold(next: boolean): void {
    isFolded = next;
    panel.classList.toggle('folded', isFolded);
    draw();
  }

  function choose(finding: Finding, isElsewhere: boolean): void {
    drawing?.highlight(finding);
    chosen = { number: finding.number, isElsewhere };
    draw();
  }

  async function load(): Promise<void> {
    drawing?.remove();
    drawing = loaded = chosen = undefined;
    draw();
    if (item) {
      try {
        const review = arrivalOf(fetchReview(id, page.asOf));
        const plan = await loadPlan(item, collections, page.asOf, stopping.signal);
        const reviewed = await review;
        if (stopping.signal.aborted) return;
        show({ plan, reviewed });
      } catch (error) {
        if (stopping.signal.aborted) return;
        console.warn(error);
        loaded = { error };
        draw();
      }
    }
    panel.dataset.ready = 'true';
  }

  function show(value: Loaded): void {
    const { plan, reviewed } = value;
    loaded = { value };
    // The map is framed beside the panel as it will be.
    draw();
    if (map) drawOn(map, plan, valueOf(reviewed)?.findings ?? []);
    void compare();
  }

  function drawOn({ library }: SiteMap, plan: Plan, findings: readonly Finding[]): void {
    drawing = drawPlan(library, {
      plan,
      findings,
      lines: collections.get('plan_lines'),
      swipe: page.view().swipe,
      isFramed: page.isFramed,
      onSwipe: (percent) => {
        page.view().swipe = percent;
        page.remember();
      },
      onMark: (number) => {
        const finding = findings.find((one) => one.number === number);
        if (finding) choose(finding, true);
      },
      // Whoever measures on a phone needs the map more than the panel.
      onMeasure: () => matchMedia('(max-width: 800px)').matches && fold(true),
    });
  }

  async function compare(): Promise<void> {
    const other = against();
    compared = undefined;
    drawing?.setChanges(EMPTY);
    draw();
    const plan = valueOf(loaded)?.plan;
    if (!other || !plan) return;
    const answer = await arrivalOf(Promise.all([fetchComparison(id, other.id, page.asOf), loadParcels(other.id, page.asOf)]));
    if (stopping.signal.aborted || against() !== other) return;
    if ('error' in answer) compared = answer;
    else {
      const [comparison, before] = answer.value;
      const changes = changesOf(comparison, plan, before, collections.get('plan_parcels'));
      compared = { value: { comparison, changes } };
      drawing?.setChanges(changeFeatures(changes));
    }
    draw();
  }

  panel.classList.add('plan');
  panel.hidden = false;
  delete panel.dataset.ready;
  map?.setAside(true);
  // The plan has the room of the list of sites too.
  map?.library.resize();
  const ready = load();
  title.current?.focus();

  return {
    ready,
    close: () => {
      stopping.abort();
      drawing?.remove();
      render(null, panel);
      map?.setAside(false);
      panel.classList.remove('plan', 'folded');
      map?.library.resize();
      delete panel.dataset.ready;
    },
  };
}
