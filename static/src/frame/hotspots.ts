/** The way into the map of hotspots, which is loaded when it is first opened. */

import type { Collection } from '../api.ts';
import type { openHotspots } from '../hotspot/mode.ts';
import { t } from '../i18n.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { emptyPanel, sayInPanel } from '../panel/host.ts';
import { errorBox } from '../ui/errors.ts';
import { h } from '../ui/h.ts';
import type { View } from '../view.ts';

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
  let map: SiteMap | undefined;
  let isMade = false;
  let mode: ReturnType<typeof openHotspots> | undefined;
  let shown = '';
  // Counts openings and closings, so that one that comes late does not replace its successor.
  let turn = 0;

  const wanted = () => JSON.stringify([data().asOf, view().hotspots]);

  function close(): void {
    turn += 1;
    mode?.close();
    mode = undefined;
    shown = '';
  }

  async function open(isFramed: boolean): Promise<void> {
    const { hotspots } = view();
    if (!isMade || !hotspots || (mode && shown === wanted())) return;
    close();
    const mine = turn;
    sayInPanel(panel, h('p', { class: 'panel-body', role: 'status' }, t('openingHotspots')));
    try {
      const { openHotspots } = await import('../hotspot/mode.ts');
      if (mine !== turn) return;
      emptyPanel(panel);
      const { asOf, sites } = data();
      mode = openHotspots({
        map,
        panel,
        collections,
        asOf,
        precisions: sites.map(({ properties }) => properties.position_precision_m),
        view: hotspots,
        isFramed,
        remember: () => {
          shown = wanted();
          remember();
        },
        back,
      });
      shown = wanted();
      document.title = `${t('hotspots')} – ${t('title')}`;
      await mode.ready;
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      sayInPanel(panel, h('div', { class: 'panel-body' }, errorBox(error, () => void open(isFramed))));
    }
  }

  return {
    open,
    close,
    mapIsMade: async (made) => {
      map = made;
      isMade = true;
      await open(!view().camera);
    },
  };
}
