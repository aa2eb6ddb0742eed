/** The way to the overview, the filters and the table, which are loaded once the page stands. */

import { render } from 'preact';
import type { Dock, DockHost } from '../desk/mode.ts';
import { isFiltered } from '../desk/state.ts';
import type { SiteMap } from '../map/map.ts';
import type { Site } from '../sites.ts';
import { errorBox } from '../ui/errors.ts';

export interface DockDoor extends Dock {
  /** Loads the desk; says in its place where it cannot be had. */
  load(): Promise<void>;
}

/** The door, closed. Until it is open the map shows nothing of what an address filters. */
export function dockDoor(host: DockHost): DockDoor {
  let dock: Dock | undefined;
  let map: SiteMap | undefined;
  let isWanted = false;

  async function load(): Promise<void> {
    try {
      const { openDock } = await import('../desk/mode.ts');
      dock = openDock(host);
      if (map) dock.mapIsMade(map);
      if (isWanted) dock.focusTable();
    } catch (error) {
      console.warn(error);
      render(errorBox(error, () => void load()), host.dock);
    }
  }

  return {
    load,
    dayChanged: () => dock?.dayChanged(),
    refresh: () => (dock ? dock.refresh() : host.showOnMap(isFiltered(host.view().find) ? new Set() : undefined)),
    mapIsMade: (made) => {
      map = made;
      dock?.mapIsMade(made);
    },
    light: (site: Site | undefined) => dock?.light(site),
    focusTable: () => {
      isWanted = dock === undefined;
      dock?.focusTable();
    },
  };
}
