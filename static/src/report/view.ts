/** How the comparison looks: what is compared is chosen above, and what it comes to stands beneath. */

import type { VNode } from 'preact';
import { serverUrl, ServerError } from '../api.ts';
import { today } from '../dates.ts';
import { formatNumber, lang, t } from '../i18n.ts';
import { pageUrl } from '../site/address.ts';
import { p } from '../site/words.ts';
import { errorBox } from '../ui/errors.ts';
import { h, type Child } from '../ui/h.ts';
import { CopyButton, demoMark, type Arrival } from '../ui/parts.ts';
import { SchemeButton } from '../ui/schemebutton.ts';
import type { Choices } from './choices.ts';
import { isWhole, KINDS, type Comparison, type Kind, type Side } from './fragment.ts';
import { isDifferent, type Difference } from './rows.ts';
import type { Row, TablePart, Tables } from './tables.ts';
import { c } from './words.ts';

/** What is compared, and what the page does. */
export interface Compared {
  comparison: Comparison;
  choices: Choices;
  /** Counts how often the sides were chosen by other ways than their fields, which then start anew. */
  form: number;
  /** What the last whole comparison came to. */
  tables: Arrival<Tables>;
  /** The comparison that the tables are of. */
  ready: string | undefined;
  isBusy: boolean;
  onlyDifferences: boolean;
  showOnlyDifferences(only: boolean): void;
  choose(kind: Kind): void;
  setSide(at: number, side: Partial<Side>): void;
  retry(): void;
}

/** The page. */
export function comparePage(compared: Compared): Child {
  const other = lang === 'vi' ? 'en' : 'vi';
  const { comparison, ready, isBusy } = compared;
  return [
    h(
      'header',
      { class: 'site-head' },
      h(
        'div',
        { class: 'site-bar' },
        h('a', { class: 'brand-link', href: pageUrl('').href }, t('title')),
        h('a', { href: serverUrl('reports?f=html').href }, c('reports')),
        h(CopyButton, { address: () => location.href }),
        h('button', { type: 'button', onclick: () => window.print() }, t('print')),
        h('a', { lang: other, href: `${pageUrl('compare', other).href}${location.hash}` }, t('otherLanguage')),
        h(SchemeButton, {}),
      ),
      h('h1', { class: 'compare-title' }, c('title')),
    ),
    h(
      'main',
      { class: 'site-main compare-main' },
      form(compared),
      h('div', { class: 'compare-result', 'aria-live': 'polite', 'aria-busy': isBusy || null, 'data-ready': ready }, isWhole(comparison) ? result(compared) : h('p', { class: 'quiet' }, c('chooseHint'))),
    ),
  ];
}

function form(compared: Compared): VNode {
  const { comparison, choices, form, choose } = compared;
  const kind = (one: Kind) => h('label', {}, h('input', { type: 'radio', name: 'kind', value: one, checked: comparison.kind === one, onchange: () => choose(one) }), ' ', c(one));
  return h(
    'form',
    { class: 'compare-form', onsubmit: (event: Event) => event.preventDefault() },
    h('fieldset', { class: 'kinds' }, h('legend', {}, c('what')), KINDS.map(kind)),
    comparison.sides.map((side, at) => h('fieldset', { key: `${form}/${at}`, class: 'side' }, h('legend', {}, c(at === 0 ? 'first' : 'second')), subject(compared, side, at), dayField(compared, side, at))),
    h('datalist', { id: 'all-sites' }, [...choices.labels.values()].map((label) => h('option', { value: label }))),
  );
}

// The fields keep what is being typed into them: each tells when it has changed, and is not set again until the form starts anew.
function subject({ comparison: { kind }, choices: { districts, labels, keys }, setSide }: Compared, side: Side, at: number): VNode | null {
  if (kind === 'city') return null;
  const id = `subject-${at}`;
  const onchange = ({ currentTarget }: Event) => {
    const { value } = currentTarget as HTMLInputElement | HTMLSelectElement;
    setSide(at, { name: kind === 'sites' ? (keys.get(value) ?? value) : value });
  };
  const field =
    kind === 'districts'
      ? h('select', { id, onchange }, h('option', { value: '' }, c('choose')), districts.map((name) => h('option', { value: name, selected: name === side.name }, name)))
      : h('input', { id, type: 'text', list: 'all-sites', autocomplete: 'off', placeholder: c('choose'), defaultValue: labels.get(side.name) ?? side.name, onchange });
  return h('label', { for: id }, h('span', {}, c(kind === 'districts' ? 'district' : 'site')), field);
}

function dayField({ setSide }: Compared, side: Side, at: number): VNode {
  const id = `day-${at}`;
  const onchange = ({ currentTarget }: Event) => {
    const { value } = currentTarget as HTMLInputElement;
    if (value) setSide(at, { day: value === today() ? undefined : value });
  };
  return h('label', { for: id }, h('span', {}, c('day')), h('input', { id, type: 'date', max: today(), defaultValue: side.day ?? today(), onchange }));
}

function result({ tables, retry, onlyDifferences, showOnlyDifferences }: Compared): Child {
  if (!tables) return null;
  if ('value' in tables) return sideBySide(tables.value, onlyDifferences, showOnlyDifferences);
  const { error } = tables;
  return error instanceof ServerError && error.status === 401 ? h('p', { class: 'quiet' }, p('forUsers')) : errorBox(error, retry);
}

function sideBySide({ heads, parts, hasDemo }: Tables, isShort: boolean, shorten: (isShort: boolean) => void): Child {
  const all = parts.flatMap(({ rows }) => rows);
  const box = h('input', { type: 'checkbox', id: 'only-differences', checked: isShort, onchange: () => shorten(!isShort) });
  return [
    hasDemo && h('p', { class: 'demo-box' }, demoMark(), ' ', c('demo')),
    h('p', { class: 'compare-sum' }, h('strong', {}, c('differences', { count: all.filter((row) => isDifferent(row.difference)).length, total: all.length })), ' ', h('label', { for: 'only-differences' }, box, ' ', c('onlyDifferences'))),
    h('div', { class: 'compare-tables', 'data-only-differences': isShort || null }, parts.map((part) => table(part, heads))),
  ];
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

function table({ title, rows, none }: TablePart, heads: [Child, Child]): VNode {
  if (rows.length === 0 && none) return h('section', { class: 'site-part' }, h('h2', {}, title), h('p', {}, none));
  const line = ({ name, cells, difference: of }: Row) => h('tr', { 'data-differs': isDifferent(of) || null }, h('th', { scope: 'row' }, name), cells.map((cell) => h('td', {}, cell)), h('td', { class: 'difference' }, isDifferent(of) ? h('strong', {}, differenceText(of)) : differenceText(of)));
  const head = h('tr', {}, h('th', { scope: 'col' }, c('row')), heads.map((one) => h('th', { scope: 'col' }, one)), h('th', { scope: 'col' }, c('difference')));
  return h('section', { class: 'site-part' }, h('h2', {}, title), h('div', { class: 'scroll', role: 'group', tabindex: 0, 'aria-label': title }, h('table', { class: 'listing compare' }, h('thead', {}, head), h('tbody', {}, rows.map(line)))));
}
