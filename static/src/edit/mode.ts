/** Puts the desk together: its first screen, and the ways from the page to each of the others. */

import type { Item } from '../api.ts';
import type { Site } from '../sites.ts';
import { h, type Child } from '../ui/h.ts';
import { accountScreen, deskFailure, loadingLine, signIn, type Action } from './account.ts';
import { Desk, type DeskPage } from './desk.ts';
import { COLLECTION } from './drafts.ts';
import { changesScreen } from './history.ts';
import { importScreen } from './import/start.ts';
import { proposalsScreen } from './proposals.ts';
import { recordScreen } from './record.ts';
import { recordsScreen } from './records.ts';
import { SiteHistory } from './sitehistory.ts';
import { violationScreen } from './violation/screen.ts';
import { sendAll } from './violation/sending.ts';
import { waitingList } from './violation/waiting.ts';
import { w } from './words.ts';

/** The registers whose records name the site they belong to, and those of the parts of a plan. */
const OF_SITE = ['violations', 'treatment_stations', 'infrastructure_items', 'milestones', 'effluent_samples', 'plans', 'buildings'];
const OF_PLAN = ['plan_parcels', 'plan_lines'];

/** The desk as the page uses it. */
export interface Editing {
  desk: Desk;
  /** Asks who is signed in, as far as a token is kept. */
  start(): Promise<void>;
  /** Who is signed in and what can be done; asks for a token first. */
  account(): Promise<void>;
  /** A record, as it was reached from the page. */
  record(collection: string, id: string): Promise<void>;
  /** Everything else that is on record of a site. */
  recordsOf(site: Site): Promise<void>;
  /** The lots and lines of a plan. */
  partsOf(plan: Item): Promise<void>;
  violation(): Promise<void>;
  /** Takes in a file that was dropped on the map. */
  importFile(file: File): Promise<void>;
  /** What was changed of a site's record, and its pictures, for whoever only reads. */
  history(site: Site): Child;
}

export function openDesk(page: DeskPage): Editing {
  const desk = new Desk(page);
  const toPage = { label: w('backToMap'), go: () => desk.leave() };
  const toReading = { label: w('backToReading'), go: () => desk.leave() };
  const toDesk = { label: w('desk'), go: () => void account() };

  async function start(): Promise<void> {
    try {
      if (await desk.identify()) await sendAll(desk);
    } catch (error) {
      // Without a network nobody can be asked; what is kept stays kept.
      console.warn(error);
    }
  }
  window.addEventListener('online', () => desk.me && void sendAll(desk));

  /** Goes on once somebody is signed in. */
  async function signedIn(go: () => void): Promise<void> {
    if ((desk.me || (await signIn(desk))) && desk.mayLeave()) go();
  }

  async function account(): Promise<void> {
    const isReading = !desk.me && !page.panel.hidden && !desk.isOpen();
    if (!desk.me && !(await signIn(desk))) return;
    const { me } = desk;
    if (!me) return;
    // Who signs in while reading a record goes on with it, which can be edited now.
    if (isReading && me.role !== 'viewer') return;
    if (!desk.mayLeave()) return;
    desk.show({ title: me.name, kind: w('desk'), body: [loadingLine()] });
    const isWanted = desk.ticket();
    try {
      const [violations, writable, waiting] = await Promise.all([desk.rights(COLLECTION), desk.writable(), waitingList(desk)]);
      if (!isWanted()) return;
      const decides = me.role === 'approver' || me.role === 'admin';
      const actions: (Action | false)[] = [
        violations.create && { label: w('newViolation'), hint: w('newViolationHint'), go: () => void violationScreen(desk, toDesk) },
        { label: w('records'), hint: w('recordsHint'), go: () => recordsScreen(desk, { back: toDesk }) },
        writable.length > 0 && { label: w('import'), hint: w('importHint'), go: () => void importScreen(desk, toDesk) },
        (decides || me.proposes === true) && { label: w('proposals'), hint: decides ? w('proposalsDecide') : w('proposalsOwn'), go: () => proposalsScreen(desk, toDesk) },
        { label: w('changes'), hint: w('changesHint'), go: () => changesScreen(desk, toDesk) },
      ];
      accountScreen(desk, me, actions.filter((action) => action !== false), waiting);
    } catch (error) {
      if (isWanted()) deskFailure(desk, error, () => void account());
    }
  }

  return {
    desk,
    start,
    account,
    record: (collection, id) => signedIn(() => void recordScreen(desk, collection, id, { back: toReading })),
    recordsOf: ({ id, collection, name }) => signedIn(() => recordsScreen(desk, { of: { name, collections: OF_SITE, values: { site_id: id, site_collection: collection } }, back: toReading })),
    partsOf: ({ id, properties }) => signedIn(() => recordsScreen(desk, { of: { name: String(properties.name_vi ?? id), collections: OF_PLAN, values: { plan_id: id } }, back: toReading })),
    violation: () => signedIn(() => void violationScreen(desk, toPage)),
    importFile: (file) => signedIn(() => void importScreen(desk, toPage, file)),
    history: ({ key, collection, id }) => h(SiteHistory, { key, desk, collection, id }),
  };
}
