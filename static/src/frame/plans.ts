/** The way into plan mode, which is loaded when a plan is first opened. */

import type { Collection, Item } from '../api.ts';
import { t } from '../i18n.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { emptyPanel, sayInPanel } from '../panel/host.ts';
import type { openPlan } from '../plan/mode.ts';
import { plansOf, SITE_COLLECTIONS, type Site } from '../sites.ts';
import { errorBox } from '../ui/errors.ts';
import { h } from '../ui/h.ts';
import type { View } from '../view.ts';

/** What plan mode needs of the page, now and later. */
export interface PlanHost {
  panel: HTMLElement;
  collections: Map<string, Collection>;
  data(): MapData;
  view(): View;
  site(key: string): Site | undefined;
  /** Brings the address in step with the view. */
  remember(): void;
  /** Leaves the plan for its site. */
  back(): void;
  /** Opens the plan's record for editing, and those of its lots and lines. */
  edit(plan: Item): void;
  editParts(plan: Item): void;
}

export interface PlanDoor {
  /** Opens a plan; what is open already on the same day, as its address says, stays as it is. */
  open(id: string, isFramed: boolean): Promise<void>;
  close(): void;
  /** The site of the open plan. */
  siteKey(): string | undefined;
  /** A plan that the address asks for waits for the map; undefined where this browser draws none. */
  mapIsMade(map: SiteMap | undefined): Promise<void>;
}

/** The door, closed. */
export function planDoor({ panel, collections, data, view, site, remember, back, edit, editParts }: PlanHost): PlanDoor {
  let map: SiteMap | undefined;
  let isMade = false;
  let mode: ReturnType<typeof openPlan> | undefined;
  let shown = '';
  // Counts openings and closings, so that one that comes late does not replace its successor.
  let turn = 0;

  const record = () => data().plans.find(({ id }) => id === view().plan);

  function siteKey(): string | undefined {
    const properties = record()?.properties;
    return SITE_COLLECTIONS.map((collection) => `${collection}/${properties?.site_id}`).find((key) => key.startsWith(`${properties?.site_collection}/`) && site(key));
  }

  function close(): void {
    turn += 1;
    mode?.close();
    mode = undefined;
    shown = '';
  }

  async function open(id: string, isFramed: boolean): Promise<void> {
    if (!isMade) return;
    const { asOf, plans } = data();
    const { against, swipe } = view();
    const wanted = JSON.stringify([id, asOf, against, swipe]);
    if (mode && shown === wanted) return;
    close();
    const mine = turn;
    sayInPanel(panel, h('p', { class: 'panel-body', role: 'status' }, t('openingPlan')));
    try {
      const { openPlan } = await import('../plan/mode.ts');
      if (mine !== turn) return;
      emptyPanel(panel);
      const item = record();
      const owner = siteKey();
      mode = openPlan({
        map,
        panel,
        collections,
        asOf,
        id,
        item,
        versions: item ? plansOf({ collection: item.properties.site_collection as Site['collection'], id: String(item.properties.site_id) }, plans).filter((other) => other.id !== id) : [],
        siteName: owner && site(owner)?.name,
        view,
        isFramed,
        remember: () => {
          shown = JSON.stringify([id, asOf, view().against, view().swipe]);
          remember();
        },
        back,
        edit: () => item && edit(item),
        editParts: () => item && editParts(item),
      });
      shown = wanted;
      document.title = `${String(item?.properties.name_vi ?? id)} – ${t('title')}`;
      await mode.ready;
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      sayInPanel(panel, h('div', { class: 'panel-body' }, errorBox(error, () => void open(id, isFramed))));
    }
  }

  return {
    open,
    close,
    siteKey,
    mapIsMade: async (made) => {
      map = made;
      isMade = true;
      const { plan, camera } = view();
      if (plan) await open(plan, !camera);
    },
  };
}
