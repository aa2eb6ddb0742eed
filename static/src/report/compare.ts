/** Two sites, two districts or the city on two days side by side; what differs is said in words. */

import '../style.css';
import '../site/site.css';
import './compare.css';
import { render } from 'preact';
import { fetchCollections, type Collection } from '../api.ts';
import { hearEarly } from '../early.ts';
import { lang, t } from '../i18n.ts';
import { startScheme } from '../scheme.ts';
import { byId } from '../ui/dom.ts';
import { errorBox } from '../ui/errors.ts';
import { h } from '../ui/h.ts';
import { showOffline, startOffline } from '../ui/offline.ts';
import { arrivalOf } from '../ui/parts.ts';
import { choicesOf, type Choices } from './choices.ts';
import { fetchChoices } from './data.ts';
import { comparisonOf, fragmentOf, isWhole, type Comparison, type Side } from './fragment.ts';
import { compared } from './tables.ts';
import { comparePage, type Compared } from './view.ts';
import { c } from './words.ts';

document.documentElement.lang = lang;
startScheme();
hearEarly();
document.title = `${c('title')} – ${t('title')}`;
const app = byId('app');
showOffline(byId('offline-bar'));
void start();

async function start(): Promise<void> {
  render(h('main', { class: 'site-main' }, h('p', { role: 'status' }, t('loading'))), app);
  try {
    const [collections, choices] = await Promise.all([fetchCollections(), fetchChoices()]);
    open(collections, choicesOf(choices));
  } catch (error) {
    console.warn(error);
    render(h('main', { class: 'site-main' }, errorBox(error, () => void start())), app);
  }
  document.documentElement.dataset.ready = 'true';
  startOffline();
}

function open(collections: Map<string, Collection>, choices: Choices): void {
  const page: Compared = {
    comparison: comparisonOf(location.hash),
    choices,
    form: 0,
    tables: undefined,
    ready: undefined,
    isBusy: false,
    onlyDifferences: false,
    showOnlyDifferences: (only) => {
      page.onlyDifferences = only;
      draw();
    },
    choose: (kind) => {
      page.form += 1;
      change({ kind, sides: page.comparison.sides.map(({ day }) => ({ name: '', day })) as [Side, Side] });
    },
    setSide: (at, side) => change({ ...page.comparison, sides: page.comparison.sides.map((one, i) => (i === at ? { ...one, ...side } : one)) as [Side, Side] }),
    retry: () => void load(),
  };
  let turn = 0;
  const draw = () => render(comparePage(page), app);

  function change(next: Comparison): void {
    page.comparison = next;
    history.replaceState(null, '', `${location.pathname}${location.search}#${fragmentOf(next)}`);
    void load();
  }

  /** Reads what is compared; what was on its way before is not wanted any more. */
  async function load(): Promise<void> {
    const mine = (turn += 1);
    const { comparison } = page;
    page.isBusy = isWhole(comparison);
    if (!page.isBusy) page.tables = undefined;
    draw();
    if (!page.isBusy) return;
    const tables = await arrivalOf(compared(comparison, collections));
    if (mine !== turn) return;
    Object.assign(page, { tables, ready: fragmentOf(comparison), isBusy: false });
    draw();
  }

  void load();
  window.addEventListener('hashchange', () => {
    page.comparison = comparisonOf(location.hash);
    page.form += 1;
    void load();
  });
}
