/** What has the panel: a site, a plan, the hotspots or the desk. Each of them takes it from the others. */

import type { Collection } from '../api.ts';
import { t } from '../i18n.ts';
import type { MapData, Show, SiteMap } from '../map/map.ts';
import { emptyPanel } from '../panel/host.ts';
import { refreshPanel, showAbsent, showPanel, type Frame } from '../panel/panel.ts';
import { plansOf, type Site } from '../sites.ts';
import { byId } from '../ui/dom.ts';
import type { View } from '../view.ts';
import { editingDoor, type EditButtons } from './editing.ts';
import { hotspotDoor } from './hotspots.ts';
import { planDoor } from './plans.ts';

/** What the panels need of the page, and do to it. */
export interface PanelsHost {
  collections: Map<string, Collection>;
  data(): MapData;
  view(): View;
  map(): SiteMap | undefined;
  site(key: string | undefined): Site | undefined;
  /** Brings the address in step with the view; `asNew` leaves the former one for the browser's Back. */
  remember(asNew?: boolean): void;
  /** Shows everything as of another day; undefined is today. */
  onDay(day: string | undefined): void;
  /** Reads what is shown anew. */
  reload(): Promise<void>;
  closeSidebar(): void;
  /** Says that a site is in no register. */
  sayUnknown(key: string): void;
  /** Shows the buttons that lead to the desk. */
  offer(buttons: EditButtons): void;
}

/** The panel as the page uses it. */
export interface Panels {
  choose(site: Site, show?: Show): void;
  choosePlan(id: string): void;
  chooseHotspots(): void;
  /** Brings the panel in step with the view; what it shows already stays as it is. */
  show(how: Show): Promise<void>;
  /** Leaves what has the panel. */
  leave(): void;
  /** Takes the panel from the desk; false where a person would rather go on with what is not saved. */
  leaveDesk(): boolean;
  /** The map is there; undefined where this browser draws none. */
  mapIsMade(map: SiteMap | undefined): Promise<void>;
  /** The desk may draw on the map, which has not all of its data yet. */
  deskHasMap(map: SiteMap): void;
}

/** The page's title where nothing is open. */
export function pageTitle(): string {
  return `${t('title')} – ${t('subtitle')}`;
}

/** The panel, closed. */
export function createPanels(host: PanelsHost): Panels {
  const { collections, data, view } = host;
  const panel = byId('panel');
  // What had the focus when the panel was opened.
  let opener: Element | null = null;
  // What the panel shows, as the data of the day have it.
  let shown: Site | undefined;
  // The name of a site that is not in the register on the day shown.
  let lastName = '';

  const desk = editingDoor({ panel, collections, data, layers: () => view().layers, changed: () => host.reload(), makeRoom, back: afterDesk, offer: host.offer });
  const plan = planDoor({ panel, collections, data, view, site: host.site, remember: () => host.remember(), back: closePlan, edit: (item) => desk.record('plans', item), editParts: (item) => desk.partsOf(item) });
  const hotspots = hotspotDoor({ panel, collections, data, view, remember: () => host.remember(), back: closeHotspots });

  const frame = (): Frame => ({
    collections,
    asOf: data().asOf,
    close,
    onDay: host.onDay,
    plansOf: (site) => plansOf(site, data().plans),
    onPlan: choosePlan,
    onEdit: (site) => desk.record(site.collection, site),
    onRecords: (site) => desk.recordsOf(site),
    edits: (site) => desk.history(site),
  });

  function makeRoom(): void {
    if (panel.hidden) opener = document.activeElement;
    // Whatever comes back into the panel is drawn anew.
    shown = undefined;
    plan.close();
    hotspots.close();
    host.closeSidebar();
    panel.classList.remove('large');
  }

  /** The panel shows again what the address says. */
  function afterDesk(): void {
    shown = undefined;
    const { site, plan: id, hotspots: map } = view();
    if (site || id || map) void show('as it is');
    else fold();
  }

  function choose(site: Site, how: Show = 'framed'): void {
    if (!desk.close()) return;
    const now = view();
    if (now.site !== site.key || now.plan || now.hotspots) {
      now.site = site.key;
      now.plan = now.against = now.swipe = now.hotspots = undefined;
      host.remember(true);
    }
    plan.close();
    hotspots.close();
    open(site, how);
  }

  function close(): void {
    if (!view().site || desk.isOpen()) return;
    view().site = undefined;
    host.remember(true);
    fold();
  }

  function chooseHotspots(): void {
    if (!desk.close()) return;
    const now = view();
    now.site = now.plan = now.against = now.swipe = undefined;
    now.hotspots = { surface: 'cells', reaches: false };
    host.remember(true);
    void show('framed');
  }

  function closeHotspots(): void {
    if (!view().hotspots) return;
    view().hotspots = undefined;
    host.remember(true);
    void show('as it is');
  }

  function choosePlan(id: string): void {
    if (!desk.close()) return;
    view().plan = id;
    view().hotspots = undefined;
    host.remember(true);
    void show('framed');
  }

  function closePlan(): void {
    const now = view();
    if (!now.plan) return;
    now.site ??= plan.siteKey();
    now.plan = now.against = now.swipe = undefined;
    host.remember(true);
    void show('framed');
  }

  function open(site: Site, how: Show): void {
    if (panel.hidden) opener = document.activeElement;
    host.closeSidebar();
    shown = site;
    showPanel(panel, site, frame());
    named(site);
    host.map()?.select(site, how);
  }

  async function show(how: Show): Promise<void> {
    // Whoever edits keeps the panel, whatever comes of the data meanwhile.
    if (desk.isOpen()) return;
    const now = view();
    if (now.plan) {
      hotspots.close();
      shown = undefined;
      host.closeSidebar();
      return plan.open(now.plan, how !== 'as it is');
    }
    plan.close();
    if (now.hotspots) {
      shown = undefined;
      host.closeSidebar();
      host.map()?.select(null);
      return hotspots.open(how !== 'as it is');
    }
    hotspots.close();
    const site = host.site(now.site);
    if (!site) {
      // A link to a site that nobody knows is as good as none, but a day may lie before the site.
      shown = undefined;
      if (now.site && !data().asOf) {
        host.sayUnknown(now.site);
        now.site = undefined;
      }
      if (!now.site) return fold();
      host.map()?.select(null);
      showAbsent(panel, lastName || now.site, frame());
    } else if (shown?.key !== site.key) open(site, how);
    else if (shown !== site) {
      shown = site;
      named(site);
      host.map()?.select(site);
      await refreshPanel(panel, site, frame());
    }
  }

  function named(site: Site): void {
    lastName = site.name;
    document.title = `${site.name} – ${t('title')}`;
  }

  function fold(): void {
    if (panel.hidden) return;
    shown = undefined;
    panel.hidden = true;
    panel.classList.remove('large');
    emptyPanel(panel);
    document.title = pageTitle();
    host.map()?.select(null);
    // A row of the table comes and goes with what is in view.
    const key = opener instanceof HTMLElement ? opener.dataset.site : undefined;
    const back = opener?.isConnected || !key ? opener : byId('dock').querySelector(`[data-site="${CSS.escape(key)}"]`);
    if (back instanceof HTMLElement && back.checkVisibility({ visibilityProperty: true })) back.focus();
    else byId('search').focus();
  }

  return {
    choose,
    choosePlan,
    chooseHotspots,
    show,
    leave: () => {
      if (desk.isOpen()) desk.leave();
      else if (view().plan) closePlan();
      else if (view().hotspots) closeHotspots();
      else close();
    },
    leaveDesk: () => desk.close(),
    mapIsMade: async (map) => {
      await plan.mapIsMade(map);
      await hotspots.mapIsMade(map);
    },
    deskHasMap: (map) => desk.mapIsMade(map),
  };
}
