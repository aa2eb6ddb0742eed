/** The way into the map of hotspots, which is loaded when it is first opened. */

import type { Collection } from '../api.ts';
import { t } from '../i18n.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import type { View } from '../view.ts';
import { modeDoor } from './modedoor.ts';

/** What the map of hotspots needs of the page, now and later. */
export interface HotspotHost {
  panel: HTMLElement;
  collections: Map<string, Collection>;
  data(): MapData;
  view(): View;
  /** Brings the address in step with the view. */
  remember(): void;
  /** Leaves hotspots for the map. */
  back(): void;
}

export interface HotspotDoor {
  /** Opens hotspots; what is open already on the same day, as its address says, stays as it is. */
  open(isFramed: boolean): Promise<void>;
  close(): void;
  /** Hotspots that the address asks for wait for the map; undefined where this browser draws none. */
  mapIsMade(map: SiteMap | undefined): Promise<void>;
}

/** The door, closed. */
export function hotspotDoor({ panel, collections, data, view, remember, back }: HotspotHost): HotspotDoor {
  const door = modeDoor(panel);
  let map: SiteMap | undefined;
  let isMade = false;

  const wanted = () => JSON.stringify([data().asOf, view().hotspots]);

  async function open(isFramed: boolean): Promise<void> {
    const { hotspots } = view();
    if (!isMade || !hotspots) return;
    await door.open(wanted(), t('openingHotspots'), async () => {
      const { openHotspots } = await import('../hotspot/mode.ts');
      return () => {
        document.title = `${t('hotspots')} – ${t('title')}`;
        const { asOf, sites } = data();
        return openHotspots({
          map,
          panel,
          collections,
          asOf,
          precisions: sites.map(({ properties }) => properties.position_precision_m),
          view: hotspots,
          isFramed,
          remember: () => {
            door.shows(wanted());
            remember();
          },
          back,
        });
      };
    });
  }

  return {
    open,
    close: door.close,
    mapIsMade: async (made) => {
      map = made;
      isMade = true;
      await open(!view().camera);
    },
  };
}
