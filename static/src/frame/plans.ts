/** The way into plan mode, which is loaded when a plan is first opened. */

import type { Collection, Item } from '../api.ts';
import { t } from '../i18n.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { plansOf, SITE_COLLECTIONS, type Site } from '../sites.ts';
import type { View } from '../view.ts';
import { modeDoor } from './modedoor.ts';

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
  const door = modeDoor(panel);
  let map: SiteMap | undefined;
  let isMade = false;

  const record = () => data().plans.find(({ id }) => id === view().plan);

  function siteKey(): string | undefined {
    const properties = record()?.properties;
    return SITE_COLLECTIONS.map((collection) => `${collection}/${properties?.site_id}`).find((key) => key.startsWith(`${properties?.site_collection}/`) && site(key));
  }

  async function open(id: string, isFramed: boolean): Promise<void> {
    if (!isMade) return;
    const { asOf, plans } = data();
    const wanted = () => JSON.stringify([id, asOf, view().against, view().swipe]);
    await door.open(wanted(), t('openingPlan'), async () => {
      const { openPlan } = await import('../plan/mode.ts');
      return () => {
        const item = record();
        const owner = siteKey();
        document.title = `${String(item?.properties.name_vi ?? id)} – ${t('title')}`;
        return openPlan({
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
            door.shows(wanted());
            remember();
          },
          back,
          edit: () => item && edit(item),
          editParts: () => item && editParts(item),
        });
      };
    });
  }

  return {
    open,
    close: door.close,
    siteKey,
    mapIsMade: async (made) => {
      map = made;
      isMade = true;
      const { plan, camera } = view();
      if (plan) await open(plan, !camera);
    },
  };
}
