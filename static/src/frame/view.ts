/** The frame of the page: its head, the bars beneath, the sidebar, and the stage on which map, table and panel stand. */

import { render, type VNode } from 'preact';
import { reviewUrl, serverUrl, type Collection } from '../api.ts';
import { lang, t } from '../i18n.ts';
import type { MapData } from '../map/map.ts';
import { pageUrl } from '../site/address.ts';
import { byId } from '../ui/dom.ts';
import { h, type Child } from '../ui/h.ts';
import { SchemeButton } from '../ui/schemebutton.ts';
import type { View } from '../view.ts';
import { SearchBox } from './combobox.ts';
import type { EditButtons } from './editing.ts';
import { DayControl, layerLegend, statusLegend, type Seen } from './legend.ts';
import { DayBanner, demoNotice, type Demo } from './notices.ts';
import type { Target } from './places.ts';

/** The pages about the whole city. */
const REVIEW_PAGES = [
  { page: 'targets', title: 'targetsPage' },
  { page: 'duties', title: 'dutiesPage' },
  { page: 'quality', title: 'qualityPage' },
] as const;

/** What the sidebar and the search box show once the data have come, and what they do. */
export interface Loaded {
  collections: Map<string, Collection>;
  data: MapData;
  view: View;
  seen: Seen;
  hasBasemap: boolean;
  search: (query: string) => Target[];
  onPick: (target: Target) => void;
  onDay: (day: string | undefined) => void;
  /** A status or a layer was ticked or unticked. */
  onChoice: () => void;
  onHotspots: () => void;
}

/** What the frame shows. */
export interface FrameState {
  /** The day of the address; undefined is today. */
  asOf: string | undefined;
  isSidebarOpen: boolean;
  /** Stands over everything: that the page loads, or what went wrong. */
  notice?: Child;
  /** What the bar says of another day than today. */
  banner: Parameters<typeof DayBanner>[0];
  /** What is made up; undefined where nothing is. */
  demo: Demo | undefined;
  buttons: EditButtons;
  loaded?: Loaded | undefined;
}

/** What the frame says to the page. */
export interface FrameActs {
  toTable: () => void;
  toggleSidebar: () => void;
}

/** Puts the frame in the place of the empty one that came with the page, and that the table loads into the table's place. */
export function openFrame(state: FrameState, acts: FrameActs): void {
  const app = byId('app');
  // The drawing of the city stays until the map is there, and is taken away by whoever has put it there.
  const drawing = document.getElementById('first-map');
  app.replaceChildren();
  drawFrame(state, acts);
  if (drawing) byId('map').before(drawing);
  render(h('p', { class: 'quiet', role: 'status' }, t('loadingPart')), byId('dock'));
}

/**
 * Draws the frame. The map, the overview, the table and the panel are drawn by others into what stands here empty; what is
 * a class or hidden there is theirs too.
 */
export function drawFrame(state: FrameState, acts: FrameActs): void {
  const skip = (event: Event) => {
    event.preventDefault();
    acts.toTable();
  };
  render(
    [
      h('a', { class: 'skip', href: '#dock', onclick: skip }, t('skipToList')),
      head(state, acts),
      h('div', { id: 'offline-bar', class: 'bar-note', role: 'status' }),
      h(DayBanner, state.banner),
      middle(state),
    ],
    byId('app'),
  );
}

function head({ asOf, isSidebarOpen, buttons: { account }, loaded }: FrameState, { toggleSidebar }: FrameActs): VNode {
  const other = lang === 'vi' ? 'en' : 'vi';
  return h(
    'header',
    { class: 'top' },
    h('div', { class: 'brand' }, h('h1', {}, t('title')), h('p', {}, t('subtitle'))),
    h('div', { id: 'search-box' }, loaded && h(SearchBox<Target>, { search: loaded.search, onPick: loaded.onPick })),
    h(
      'nav',
      {},
      h('button', { id: 'sidebar-button', type: 'button', 'aria-expanded': isSidebarOpen, 'aria-controls': 'sidebar', onclick: toggleSidebar }, t('sidebar')),
      REVIEW_PAGES.map(({ page, title }) => h('a', { class: 'wide-only', 'data-review': page, href: reviewUrl(page, asOf).href }, t(title))),
      h('a', { class: 'wide-only', href: serverUrl('reports?f=html').href }, t('reportsPage')),
      h('a', { class: 'wide-only', href: pageUrl('compare').href }, t('comparePage')),
      h('a', { class: 'wide-only', href: serverUrl('collections?f=html').href }, t('dataShort')),
      h('button', { id: 'account-button', type: 'button', class: account?.name === undefined ? null : 'signed-in', hidden: !account, onclick: account?.go }, account?.name ?? t('signIn')),
      h(SchemeButton, {}),
      // The other language with all that is on the page now.
      h('a', { id: 'language', lang: other, hreflang: other, href: (lang === 'vi' ? '?lang=en' : './') + location.hash }, t('otherLanguage')),
    ),
  );
}

function middle({ asOf, isSidebarOpen, notice, banner, demo, buttons, loaded }: FrameState): VNode {
  return h(
    'main',
    {},
    h('div', { id: 'notice' }, notice),
    h(
      'aside',
      // On a narrow screen it covers the map and is called by a button; on a wide one it always stands.
      { id: 'sidebar', class: isSidebarOpen && 'open', 'aria-label': t('sidebar') },
      h('div', { id: 'legend' }, loaded && legend(loaded)),
      h('section', { id: 'overview', 'aria-label': t('overview') }),
      h('div', { id: 'layers' }, loaded && layerLegend(loaded.collections, loaded.data, loaded.view.layers, loaded.hasBasemap, loaded.seen, loaded.onChoice)),
      h(
        'ul',
        { class: 'narrow-only pages' },
        REVIEW_PAGES.map(({ page, title }) => h('li', {}, h('a', { 'data-review': page, href: reviewUrl(page, asOf).href }, t(title)))),
        h('li', {}, h('a', { href: serverUrl('collections?f=html').href }, t('data'))),
      ),
    ),
    h(
      'div',
      { id: 'stage', tabindex: -1, 'data-loading': banner.isLoading ? '' : null },
      h('div', { class: 'map-frame' }, h('div', { id: 'map' })),
      h('button', { id: 'hotspot-button', type: 'button', hidden: !loaded?.collections.has('hotspots'), onclick: loaded?.onHotspots }, t('hotspots')),
      h('button', { id: 'violation-button', type: 'button', hidden: !buttons.violation, onclick: buttons.violation }, t('newViolation')),
      h('p', { id: 'drop-hint', 'aria-hidden': 'true' }, t('dropFile')),
      h('section', { id: 'dock', 'aria-label': t('list') }),
      h('p', { id: 'demo-notice' }, demo && demoNotice(demo)),
      h('section', { id: 'panel', 'aria-label': t('panel'), hidden: true }),
    ),
  );
}

function legend({ collections, data, view, seen, onDay, onChoice }: Loaded): VNode[] {
  return [h(DayControl, { asOf: view.asOf, onDay }), statusLegend(collections, data.sites, view.statuses, seen, onChoice)];
}
