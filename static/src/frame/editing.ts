/** The way to the desk at which the register is edited. It is loaded when somebody first goes there, or is signed in already. */

import { serverUrl, type Collection, type Item } from '../api.ts';
import type { DeskPage } from '../edit/desk.ts';
import type { Editing } from '../edit/mode.ts';
import type { SiteMap } from '../map/map.ts';
import { once } from '../once.ts';
import { sayInPanel } from '../panel/host.ts';
import type { Site } from '../sites.ts';
import { byId } from '../ui/dom.ts';
import { errorBox } from '../ui/errors.ts';
import { h, type Child } from '../ui/h.ts';

/** The buttons of the page that lead to the desk; one that is not there is not offered. */
export interface EditButtons {
  /** Who sits at the desk, and the way there. */
  account?: { name: string | undefined; go: () => void } | undefined;
  violation?: (() => void) | undefined;
}

export type EditingHost = Omit<DeskPage, 'map' | 'signed'> & {
  /** Shows the buttons. */
  offer(buttons: EditButtons): void;
};

export interface EditingDoor {
  /** Whether the desk has the panel. */
  isOpen(): boolean;
  /** Takes the panel from the desk; false where a person would rather go on with what is not saved. */
  close(): boolean;
  /** Leaves the desk by the Escape key. */
  leave(): void;
  /** Opens a record for editing. */
  record(collection: string, record: { id: string }): void;
  /** Everything else on record of a site; the lots and lines of a plan. */
  recordsOf(site: Site): void;
  partsOf(plan: Item): void;
  /** What was changed of a site's record; loads the desk. */
  history(site: Site): Promise<Child>;
  mapIsMade(map: SiteMap): void;
}

/** Where a token may wait; the desk knows the rest. */
const isRemembered = () => {
  try {
    return (sessionStorage.getItem('langxanh.token') ?? localStorage.getItem('langxanh.token')) !== null;
  } catch {
    return false;
  }
};

/** The door, closed. Nothing of editing shows where the service is read-only. */
export function editingDoor(host: EditingHost): EditingDoor {
  const { panel, collections } = host;
  let map: SiteMap | undefined;
  let editing: Editing | undefined;
  // Whether the service takes edits, who sits at the desk, and whether that person may report a violation.
  let isOffered = false;
  let name: string | undefined;
  let mayReport = false;

  const showButtons = () =>
    host.offer({
      account: isOffered ? { name, go: () => void go((desk) => desk.account()) } : undefined,
      violation: mayReport ? () => void go((desk) => desk.violation()) : undefined,
    });

  const load = once(async (): Promise<Editing> => {
    const { openDesk } = await import('../edit/mode.ts');
    const opened = openDesk({
      ...host,
      map: () => map,
      signed: (me) => {
        document.documentElement.toggleAttribute('data-editor', me !== undefined && me.role !== 'viewer');
        name = me?.name;
        mayReport = false;
        showButtons();
        if (me)
          void editing?.desk.rights('violations').then(({ create }) => {
            mayReport = create;
            showButtons();
          });
      },
    });
    editing = opened;
    await opened.start();
    return opened;
  });

  async function go(act: (editing: Editing) => unknown): Promise<void> {
    try {
      await act(editing ?? (await load()));
    } catch (error) {
      console.warn(error);
      sayInPanel(panel, h('div', { class: 'panel-body' }, errorBox(error, () => void go(act))));
    }
  }

  /** A service that can be written to says so, whoever asks; one that cannot shows no way to. */
  async function offer(): Promise<void> {
    const register = firstRegister(collections);
    if (!register) return;
    try {
      const answer = await fetch(serverUrl(`collections/${encodeURIComponent(register)}/items`), { method: 'OPTIONS', credentials: 'omit' });
      if (!answer.ok || !isWritable(answer.headers)) return;
    } catch (error) {
      console.warn(error);
      return;
    }
    isOffered = true;
    showButtons();
    document.documentElement.toggleAttribute('data-writable', true);
    if (isRemembered()) await load();
  }

  acceptFiles(byId('stage'), () => isOffered, (file) => void go((desk) => desk.importFile(file)));
  // A fact that an outcome rests on leads to its record.
  panel.addEventListener('click', ({ target }) => {
    const [collection, id] = (target instanceof Element ? target.closest<HTMLElement>('[data-edit]')?.dataset.edit : undefined)?.split('/') ?? [];
    if (collection && id) void go((desk) => desk.record(collection, id));
  });
  void offer();

  return {
    isOpen: () => editing?.desk.isOpen() ?? false,
    close: () => {
      if (!editing?.desk.isOpen()) return true;
      if (!editing.desk.mayLeave()) return false;
      editing.desk.clear();
      return true;
    },
    leave: () => {
      if (editing?.desk.mayLeave()) editing.desk.leave();
    },
    record: (collection, { id }) => void go((desk) => desk.record(collection, id)),
    recordsOf: (site) => void go((desk) => desk.recordsOf(site)),
    partsOf: (plan) => void go((desk) => desk.partsOf(plan)),
    history: async (site) => (editing ?? (await load())).history(site),
    mapIsMade: (made) => (map = made),
  };
}

/** Any register stands for all: which of them somebody may write to is asked later. */
function firstRegister(collections: Map<string, Collection>): string | undefined {
  return [...collections.values()].find(({ langxanh }) => langxanh?.kind === 'register')?.id;
}

/** Whether the service takes edits at all: it names what it accepts, even where this visitor may not send it. */
export function isWritable(headers: Headers): boolean {
  return headers.has('Accept-Post') || /\bPOST\b/.test(headers.get('Allow') ?? '');
}

/** Files that are dropped on the map, and only files. */
function acceptFiles(stage: HTMLElement, isOffered: () => boolean, take: (file: File) => void): void {
  const hasFile = (event: DragEvent) => isOffered() && [...(event.dataTransfer?.types ?? [])].includes('Files');
  stage.addEventListener('dragover', (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    stage.toggleAttribute('data-dropping', true);
  });
  stage.addEventListener('dragleave', (event) => {
    if (!stage.contains(event.relatedTarget as Node | null)) stage.toggleAttribute('data-dropping', false);
  });
  stage.addEventListener('drop', (event) => {
    stage.toggleAttribute('data-dropping', false);
    const file = event.dataTransfer?.files[0];
    if (!hasFile(event) || !file) return;
    event.preventDefault();
    take(file);
  });
}
