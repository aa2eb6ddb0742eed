/** Starts the page: draws its frame, loads the data, and fills it. */

import { fetchCollections } from './api.ts';
import { endFirst } from './first.ts';
import { loadData } from './frame/load.ts';
import { fillPage } from './frame/page.ts';
import { pageTitle } from './frame/panels.ts';
import { drawFrame, openFrame, type FrameActs, type FrameState } from './frame/view.ts';
import { lang, t } from './i18n.ts';
import { breath } from './ui/breath.ts';
import { byId } from './ui/dom.ts';
import { errorBox } from './ui/errors.ts';
import { h } from './ui/h.ts';
import { showOffline, startOffline } from './ui/offline.ts';
import { unfoldForPrint } from './ui/print.ts';
import { viewOf } from './view.ts';

const state: FrameState = {
  asOf: viewOf(location.hash).asOf,
  isSidebarOpen: false,
  banner: {},
  // What the page says from its first moment on stays there.
  demo: document.querySelector('#demo-notice:not([hidden])') ? { precision: 0 } : undefined,
  buttons: {},
};

const acts: FrameActs = {
  // The table is reached once there are data.
  toTable: () => undefined,
  toggleSidebar: () => {
    state.isSidebarOpen = !state.isSidebarOpen;
    drawFrame(state, acts);
  },
};

document.documentElement.lang = lang;
document.title = pageTitle();
openFrame(state, acts);
showOffline(byId('offline-bar'));
unfoldForPrint(byId('panel'));
void start();

/** Loads everything and fills the page; on failure says so and offers to try again. */
async function start(): Promise<void> {
  say(h('p', { role: 'status' }, t('loading')));
  try {
    const collections = await fetchCollections();
    const data = await loadData(collections, viewOf(location.hash).asOf);
    say(undefined);
    await breath();
    await fillPage(state, acts, collections, data);
  } catch (error) {
    console.warn(error);
    endFirst();
    say(errorBox(error, () => void start()));
  }
  document.documentElement.dataset.ready = 'true';
  startOffline();
}

/** Says something over everything, or takes away what was said. */
function say(notice: FrameState['notice']): void {
  state.notice = notice;
  drawFrame(state, acts);
}
