/** The panel of one site: how it stands with each rule and why, then and now, and where that is known from. */

import { render } from 'preact';
import { fetchAssessment, fetchEffluent, fetchHistory, fetchOfSite } from '../api.ts';
import { today } from '../dates.ts';
import { drawable } from '../evidence/effluent.ts';
import { gridDay } from '../evidence/quarters.ts';
import type { Site } from '../sites.ts';
import { arrivals, type Arrivals } from '../ui/arrivals.ts';
import { h } from '../ui/h.ts';
import { emptyPanel } from './host.ts';
import { absentSite, SitePanel, type Frame, type Read, type Shown } from './view.ts';

export type { Frame } from './view.ts';

/** The site that the panel shows; undefined from when somebody else has taken the panel. */
let shown: Shown | undefined;
/** Whether another day of it is on its way. */
let isBusy = false;
/** Counts what was asked for, so that a day that comes late does not replace its successor. */
let latest = 0;

/** Fills the panel with the site; what is wrong comes first, and each part follows when its data arrive. */
export function showPanel(panel: HTMLElement, site: Site, frame: Frame): void {
  emptyPanel(panel);
  shown = { site, frame, read: readAll(panel, site, frame) };
  draw(panel);
  panel.hidden = false;
  panel.querySelector('h2')?.focus();
}

/** Shows the same site for another day: what stands is replaced once all is there, and nothing moves under the reader's eyes. */
export async function refreshPanel(panel: HTMLElement, site: Site, frame: Frame): Promise<void> {
  if (!shown) return showPanel(panel, site, frame);
  const turn = (latest += 1);
  isBusy = true;
  draw(panel);
  const next: Shown = { site, frame, read: readAll(panel, site, frame) };
  await next.read.all;
  if (turn !== latest) return;
  const hadFocus = panel.contains(document.activeElement);
  const before = gridTop(panel);
  shown = next;
  isBusy = false;
  draw(panel);
  panel.querySelector('.panel-body')?.scrollBy(0, gridTop(panel) - before);
  // What had the focus may not be there on the other day.
  if (hadFocus && !panel.contains(document.activeElement)) panel.querySelector('h2')?.focus();
}

/** Shows that the site was not in the register on the day. */
export function showAbsent(panel: HTMLElement, name: string, { asOf, close }: Frame): void {
  emptyPanel(panel);
  render(absentSite(name, asOf ?? today(), close), panel);
  panel.hidden = false;
}

/** Whoever empties the panel ends what is on its way into it. */
function end(): void {
  latest += 1;
  shown = undefined;
  isBusy = false;
}

function draw(panel: HTMLElement): void {
  if (shown) render(h(SitePanel, { shown, isBusy, end }), panel);
}

function readAll(panel: HTMLElement, site: Site, { asOf }: Frame): Arrivals<Read> {
  const { collection, id } = site;
  const read: Arrivals<Read> = arrivals<Read>(
    {
      assessment: () => fetchAssessment(collection, id, asOf),
      quarters: () => fetchHistory(collection, id, gridDay(asOf, today())),
      effluent: () => drawable(fetchEffluent(collection, id, asOf)),
      works: () => fetchOfSite('infrastructure_items', site, asOf),
      events: () => fetchHistory(collection, id, asOf),
    },
    () => read === shown?.read && draw(panel),
  );
  return read;
}

/** Where the grid stands, by which a reader goes from quarter to quarter. */
function gridTop(panel: HTMLElement): number {
  return panel.querySelector('#part-quarters')?.getBoundingClientRect().top ?? 0;
}
