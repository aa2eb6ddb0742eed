/** Two sites, two districts or the city on two days side by side; what differs is said in words. */

import '../style.css';
import '../site/site.css';
import './compare.css';
import { fetchCollections, serverUrl, ServerError, type Collection, type Outcome } from '../api.ts';
import { today } from '../dates.ts';
import { element, byId, h } from '../dom.ts';
import { hearEarly } from '../early.ts';
import { errorBox } from '../errors.ts';
import { formatDate, formatNumber, lang, pick, t } from '../i18n.ts';
import { showOffline, startOffline } from '../offline.ts';
import { copyButton, demoMark } from '../panel/parts.ts';
import { outcomeText } from '../panel/rules.ts';
import { startScheme } from '../scheme.ts';
import { schemeButton } from '../schemebutton.ts';
import { pageUrl, siteUrl } from '../site/address.ts';
import { p } from '../site/words.ts';
import { byName, isDemo, placeOf, siteOf, STATUSES, statusTitle, type Site, type SiteCollection, type Status } from '../sites.ts';
import { outcomeMark, siteMark } from '../sitemarks.ts';
import { fieldOf, fieldTitle, NOTHING, valueText } from '../values.ts';
import { fetchChoices, fetchSite, fetchSummary, type SiteSide, type Summary } from './data.ts';
import { comparisonOf, fragmentOf, isWhole, KINDS, type Comparison, type Kind, type Side } from './fragment.ts';
import { boundsDifference, difference, isDifferent, outcomeDifference, ruleRows, type Bounds, type Difference, type Said } from './rows.ts';
import { c } from './words.ts';

const FACTS = ['area_ha', 'status', 'wastewater_status', 'effluent_worst_ratio', 'effluent_sampled_on', 'infrastructure_done', 'infrastructure_total', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'pollution_class', 'main_trade', 'investor'];

document.documentElement.lang = lang;
startScheme();
hearEarly();
document.title = `${c('title')} – ${t('title')}`;
const app = byId('app');
const bar = h('div', { class: 'bar-note', role: 'status' });
app.before(bar);
showOffline(bar);
void start();

async function start(): Promise<void> {
  app.replaceChildren(h('main', { class: 'site-main' }, h('p', { role: 'status' }, t('loading'))));
  try {
    const [collections, choices] = await Promise.all([fetchCollections(), fetchChoices()]);
    draw(collections, choices);
  } catch (error) {
    console.warn(error);
    app.replaceChildren(h('main', { class: 'site-main' }, errorBox(error, () => void start())));
  }
  document.documentElement.dataset.ready = 'true';
  startOffline();
}

function draw(collections: Map<string, Collection>, choices: { key: string; properties: Record<string, unknown> }[]): void {
  const sites = choices.map(({ key, properties }) => ({ key, name: String(properties.name_vi ?? key), place: placeOf(properties) })).sort(byName);
  const labels = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const { key, name, place } of sites) {
    const plain = [name, place].filter(Boolean).join(', ');
    const label = keys.has(plain) ? `${plain} (${key})` : plain;
    labels.set(key, label);
    keys.set(label, key);
  }
  const districts = [...new Set(choices.map(({ properties }) => properties.district_legacy).filter((name): name is string => typeof name === 'string' && name !== ''))].map((name) => ({ name })).sort(byName);

  let state = comparisonOf(location.hash);
  let turn = 0;
  let onlyDifferences = false;
  const form = h('form', { class: 'compare-form' });
  form.addEventListener('submit', (event) => event.preventDefault());
  const result = h('div', { class: 'compare-result', 'aria-live': 'polite' });

  function change(next: Comparison): void {
    state = next;
    history.replaceState(null, '', `${location.pathname}${location.search}#${fragmentOf(state)}`);
    language.href = languageHref();
    void show();
  }

  const other = lang === 'vi' ? 'en' : 'vi';
  const languageHref = () => `${pageUrl('compare', other).href}${location.hash}`;
  const language = h('a', { lang: other, href: languageHref() }, t('otherLanguage'));

  function fillForm(): void {
    const kind = (one: Kind) => {
      const radio = h('input', { type: 'radio', name: 'kind', value: one, checked: state.kind === one });
      radio.addEventListener('change', () => {
        change({ kind: one, sides: state.sides.map(({ day }) => ({ name: '', day })) as [Side, Side] });
        fillForm();
        form.querySelector<HTMLInputElement>(`[name=kind][value=${one}]`)?.focus();
      });
      return h('label', {}, radio, ' ', c(one));
    };
    form.replaceChildren(
      h('fieldset', { class: 'kinds' }, h('legend', {}, c('what')), ...KINDS.map(kind)),
      ...state.sides.map((side, at) => h('fieldset', { class: 'side' }, h('legend', {}, c(at === 0 ? 'first' : 'second')), subject(side, at), dayInput(side, at))),
      h('datalist', { id: 'all-sites' }, ...[...labels.values()].map((label) => h('option', { value: label }))),
    );
  }

  function setSide(at: number, side: Partial<Side>): void {
    change({ ...state, sides: state.sides.map((one, i) => (i === at ? { ...one, ...side } : one)) as [Side, Side] });
  }

  function subject(side: Side, at: number): HTMLElement | null {
    if (state.kind === 'city') return null;
    const id = `subject-${at}`;
    if (state.kind === 'districts') {
      const select = h('select', { id }, h('option', { value: '' }, c('choose')), ...districts.map(({ name }) => h('option', { value: name, selected: name === side.name }, name)));
      select.addEventListener('change', () => setSide(at, { name: select.value }));
      return h('label', { for: id }, h('span', {}, c('district')), select);
    }
    const input = h('input', { id, type: 'text', list: 'all-sites', autocomplete: 'off', placeholder: c('choose'), value: labels.get(side.name) ?? side.name });
    input.addEventListener('change', () => setSide(at, { name: keys.get(input.value) ?? input.value }));
    return h('label', { for: id }, h('span', {}, c('site')), input);
  }

  function dayInput(side: Side, at: number): HTMLElement {
    const input = h('input', { id: `day-${at}`, type: 'date', max: today(), value: side.day ?? today() });
    input.addEventListener('change', () => input.value && setSide(at, { day: input.value === today() ? undefined : input.value }));
    return h('label', { for: `day-${at}` }, h('span', {}, c('day')), input);
  }

  async function show(): Promise<void> {
    const mine = (turn += 1);
    if (!isWhole(state)) {
      result.replaceChildren(h('p', { class: 'quiet' }, c('chooseHint')));
      return;
    }
    result.setAttribute('aria-busy', 'true');
    try {
      const tables = await (state.kind === 'sites' ? siteTables(state, collections) : summaryTables(state, collections));
      if (mine !== turn) return;
      result.replaceChildren(...resultParts(tables));
    } catch (error) {
      if (mine !== turn) return;
      console.warn(error);
      result.replaceChildren(error instanceof ServerError && error.status === 401 ? h('p', { class: 'quiet' }, p('forUsers')) : element(errorBox(error, () => void show())));
    }
    result.removeAttribute('aria-busy');
    result.dataset.ready = fragmentOf(state);
  }

  function resultParts({ heads, parts, hasDemo }: Tables): HTMLElement[] {
    const all = parts.flatMap(({ rows }) => rows);
    const box = h('input', { type: 'checkbox', id: 'only-differences', checked: onlyDifferences });
    const holder = h('div', { class: 'compare-tables' }, ...parts.map((part) => table(part, heads)));
    const apply = () => holder.toggleAttribute('data-only-differences', onlyDifferences);
    box.addEventListener('change', () => {
      onlyDifferences = box.checked;
      apply();
    });
    apply();
    return [
      ...(hasDemo ? [h('p', { class: 'demo-box' }, demoMark(), ' ', c('demo'))] : []),
      h('p', { class: 'compare-sum' }, h('strong', {}, c('differences', { count: all.filter((row) => isDifferent(row.difference)).length, total: all.length })), ' ', h('label', { for: 'only-differences' }, box, ' ', c('onlyDifferences'))),
      holder,
    ];
  }

  app.replaceChildren(
    h(
      'header',
      { class: 'site-head' },
      h('div', { class: 'site-bar' }, h('a', { class: 'brand-link', href: pageUrl('').href }, t('title')), h('a', { href: serverUrl('reports?f=html').href }, c('reports')), copyButton(() => location.href), h('button', { type: 'button', onclick: () => window.print() }, t('print')), language, schemeButton()),
      h('h1', { class: 'compare-title' }, c('title')),
    ),
    h('main', { class: 'site-main compare-main' }, form, result),
  );
  fillForm();
  void show();
  window.addEventListener('hashchange', () => {
    state = comparisonOf(location.hash);
    language.href = languageHref();
    fillForm();
    void show();
  });
}

interface Row {
  name: string;
  cells: [Node | string, Node | string];
  difference: Difference;
}
interface TablePart {
  title: string;
  rows: Row[];
  /** What is said where there are no rows. */
  none?: string;
}
interface Tables {
  /** What the columns of the two sides are called. */
  heads: [Node, Node];
  parts: TablePart[];
  hasDemo: boolean;
}

function differenceText(of: Difference): string {
  switch (of.kind) {
    case 'more':
    case 'less':
      return c(of.kind, { amount: formatNumber(of.amount) });
    case 'one unknown':
      return c('oneUnknown');
    case 'both unknown':
      return c('bothUnknown');
    default:
      return c(of.kind);
  }
}

function table({ title, rows, none }: TablePart, heads: [Node, Node]): HTMLElement {
  if (rows.length === 0 && none) return h('section', { class: 'site-part' }, h('h2', {}, title), h('p', {}, none));
  const line = ({ name, cells, difference: of }: Row) => h('tr', { 'data-differs': isDifferent(of) }, h('th', { scope: 'row' }, name), ...cells.map((cell) => h('td', {}, cell)), h('td', { class: 'difference' }, isDifferent(of) ? h('strong', {}, differenceText(of)) : differenceText(of)));
  const head = h('tr', {}, h('th', { scope: 'col' }, c('row')), ...heads.map((one) => h('th', { scope: 'col' }, one.cloneNode(true))), h('th', { scope: 'col' }, c('difference')));
  return h('section', { class: 'site-part' }, h('h2', {}, title), h('div', { class: 'scroll', role: 'group', tabindex: 0, 'aria-label': title }, h('table', { class: 'listing compare' }, h('thead', {}, head), h('tbody', {}, ...rows.map(line)))));
}

const sideDay = ({ day }: Side) => formatDate(day ?? today());

async function siteTables({ sides }: Comparison, collections: Map<string, Collection>): Promise<Tables> {
  const found = (await Promise.all(sides.map(fetchSite))) as [SiteSide, SiteSide];
  const sites = found.map(({ item }, at) => item && siteOf(sides[at]!.name.split('/')[0] as SiteCollection, item, collections.get(sides[at]!.name.split('/')[0]!))) as [Site | undefined, Site | undefined];
  const head = (at: 0 | 1): Node => {
    const [side, site] = [sides[at], sites[at]];
    if (!site) return h('span', {}, `${side.name} · ${sideDay(side)}: `, c('notThere'));
    return h('span', {}, h('a', { href: siteUrl(site.collection, site.id, { asOf: side.day, lang }).href }, site.name), h('small', {}, ` ${placeOf(site.properties)} · ${sideDay(side)}`));
  };
  const said = (site: Site | undefined, name: string): Said => {
    const value = site?.properties[name];
    return typeof value === 'number' || (typeof value === 'string' && value !== '' && value !== 'unknown') ? value : null;
  };
  const declared = (site: Site | undefined) => collections.get(site?.collection ?? '');
  const titleOf = (name: string) => fieldTitle([declared(sites[0]), declared(sites[1])].find((one) => fieldOf(one, name)), name);
  const known = FACTS.filter((name) => sites.some((site) => site && name in site.properties));
  const factRow = (name: string): Row => ({
    name: titleOf(name),
    cells: sites.map((site) => (site && name in site.properties ? valueText(fieldOf(declared(site), name), site.properties[name]) : NOTHING)) as [string, string],
    difference: difference(said(sites[0], name), said(sites[1], name)),
  });
  const statusRow = (name: 'compliance_status' | 'detail_status', title: string): Row => ({
    name: title,
    cells: sites.map((site) => (site ? statusCell(site, name, collections) : NOTHING)) as [Node | string, Node | string],
    difference: difference(said(sites[0], name), said(sites[1], name)),
  });
  const rules = ruleRows(found[0].assessment, found[1].assessment).map((row): Row => ({ name: pick(row.title) || row.rule, cells: row.outcomes.map(outcomeCell) as [Node | string, Node | string], difference: outcomeDifference(row.outcomes) }));
  return {
    heads: [head(0), head(1)],
    hasDemo: sites.some((site) => site && isDemo(site)),
    parts: [
      { title: c('facts'), rows: [statusRow('compliance_status', c('status')), statusRow('detail_status', c('detail')), ...known.map(factRow)] },
      { title: c('rules'), rows: rules },
    ],
  };
}

function statusCell(site: Site, name: string, collections: Map<string, Collection>): Node {
  const stated = site.properties[name] as Status;
  const status = STATUSES.includes(stated) ? stated : 'unknown';
  return h('span', { class: 'outcome' }, siteMark(site.collection, status), statusTitle(collections.get(site.collection), status));
}

function outcomeCell(outcome: Outcome | null): Node | string {
  return outcome === null ? NOTHING : h('span', { class: 'outcome' }, outcomeMark(outcome), outcomeText(outcome));
}

async function summaryTables({ kind, sides }: Comparison, collections: Map<string, Collection>): Promise<Tables> {
  // Of one district, or the city, on two days it can be said which sites differ; changes are told from the earlier day on.
  const isOne = sides[0].name === sides[1].name && sides[0].day !== sides[1].day;
  const dayOf = ({ day }: Side) => day ?? today();
  const isTurned = dayOf(sides[0]) > dayOf(sides[1]);
  const later = isTurned ? 0 : 1;
  const found = (await Promise.all(sides.map((side, at) => fetchSummary(side, isOne && at === later ? dayOf(sides[1 - later]!) : undefined)))) as [Summary | undefined, Summary | undefined];
  const head = (at: 0 | 1): Node => h('span', {}, kind === 'city' ? c('wholeCity') : sides[at].name, h('small', {}, ` ${found[at] ? sideDay(sides[at]) : c('noSuch')}`));
  const numbers = (name: string, read: (of: Summary) => number | null | undefined, shown?: (of: Summary) => string): Row => {
    const values = found.map((of) => (of ? (read(of) ?? null) : null)) as [Said, Said];
    return { name, cells: found.map((of, at) => (of && shown ? shown(of) : values[at] === null ? NOTHING : formatNumber(values[at] as number))) as [string, string], difference: difference(values[0], values[1]) };
  };
  const first = found[0] ?? found[1];
  const counts = (first?.statuses ?? []).flatMap(({ collection }) =>
    STATUSES.map((status) => numbers(`${t(collection)}: ${statusTitle(collections.get(collection), status)}`, (of) => of.statuses.find((one) => one.collection === collection)?.now[status])),
  );
  const targets = (first?.targets ?? []).map(({ code, title }) => {
    const of = (summary: Summary) => summary.targets.find((one) => one.code === code);
    const shown = (summary: Summary | undefined) => {
      const target = summary && of(summary);
      return target ? c('share', { met: target.numerator, total: target.denominator, unknown: target.unknown }) : NOTHING;
    };
    const bounds = (summary: Summary | undefined): Bounds => (summary && of(summary)?.interval) ?? null;
    return { name: `${code} · ${pick(title)}`, cells: found.map(shown) as [string, string], difference: boundsDifference(bounds(found[0]), bounds(found[1])) };
  });
  const rules = (first?.rules ?? []).flatMap(({ rule, title }) => {
    const of = (summary: Summary) => summary.rules.find((one) => one.rule === rule);
    return [numbers(c('breached', { title: pick(title) }), (summary) => of(summary)?.breached), numbers(c('unknown', { title: pick(title) }), (summary) => of(summary)?.unknown)];
  });
  const duties = (first?.duties ?? []).flatMap(({ code, title }) => {
    const of = (summary: Summary) => summary.duties.find((one) => one.code === code);
    return [numbers(c('undone', { code, title: pick(title) }), (summary) => of(summary)?.undone), numbers(c('dutyUnknown', { code, title: pick(title) }), (summary) => of(summary)?.unknown)];
  });
  const word = (collection: SiteCollection, status: Status | null): Node => (status ? h('span', { class: 'outcome' }, siteMark(collection, status), statusTitle(collections.get(collection), status)) : h('span', {}, c('absent')));
  const changes = (isOne ? (found[later]?.changes ?? []) : []).map(({ site, from, to }): Row => {
    const [a, b] = isTurned ? [to, from] : [from, to];
    // Only those that differ are told, and from unknown to known is a change too.
    return { name: site.name ?? site.id, cells: [word(site.collection, a), word(site.collection, b)], difference: { kind: 'differs' } };
  });
  return {
    heads: [head(0), head(1)],
    hasDemo: found.some((of) => (of?.demo_sites ?? 0) > 0),
    parts: [
      ...(isOne ? [{ title: c('changes'), rows: changes, none: c('changesNone') }] : []),
      { title: c('counts'), rows: counts },
      { title: c('targets'), rows: targets },
      { title: c('coreRules'), rows: rules },
      { title: c('duties'), rows: duties },
    ],
  };
}
