/** The grid of twelve quarters and the rules: where a site stood, and a way to look at it as of then. */

import type { Outcome, SiteHistory } from '../api.ts';
import { h } from '../dom.ts';
import { formatDate, pick, t } from '../i18n.ts';
import { outcomeMark } from '../sitemarks.ts';
import { gridOf, quarterNumber, quarterOf, since, type Cell, type Grid, type Row } from './quarters.ts';
import { outcomeText } from './rules.ts';

/** Whether the rules that do not decide the status are unfolded; stays so from site to site. */
let isRestShown = false;

/** The grid. `day` is what the page shows; `onDay` gets the last day of a quarter that was chosen. */
export function quarterGrid(history: SiteHistory, day: string, onDay: (day: string) => void): HTMLElement[] {
  const grid = gridOf(history);
  const shown = quarterOf(grid.quarters, day);
  const rest = h('tbody', { id: 'quarters-rest', hidden: !isRestShown }, ...grid.rest.map((row) => line(grid, row, title(row), shown)), ...(grid.idle.length > 0 ? [idleLine(grid)] : []));
  const toggle = h('button', { type: 'button', class: 'toggle', 'aria-expanded': String(isRestShown), 'aria-controls': 'quarters-rest', onclick: onToggle }, t('rulesAdditional'));
  function onToggle(): void {
    isRestShown = rest.hidden !== false;
    rest.hidden = !isRestShown;
    toggle.setAttribute('aria-expanded', String(isRestShown));
  }
  const table = h(
    'table',
    { class: 'quarters' },
    h('caption', { class: 'quiet' }, t('quartersHint')),
    h(
      'thead',
      {},
      h('tr', {}, h('td', {}), ...grid.years.map(({ year, span }) => h('th', { scope: 'colgroup', colspan: span }, year))),
      h('tr', {}, h('th', { scope: 'col', class: 'rule-name' }, t('rule')), ...grid.quarters.map((_, at) => quarterHead(grid, at, shown, onDay))),
    ),
    h('tbody', { class: 'overall' }, line(grid, grid.overall, t('statusCore'), shown)),
    h('tbody', {}, ...grid.core.map((row) => line(grid, row, title(row), shown))),
    h('tbody', { class: 'overall' }, line(grid, grid.detail, grid.rest.length > 0 ? toggle : t('rulesAdditional'), shown)),
    rest,
  );
  table.addEventListener('keydown', moveAlong);
  // The heads are for keyboard and screen reader; a pointer may press anywhere in a quarter's column.
  table.addEventListener('click', ({ target }) => {
    const at = target instanceof Element ? target.closest<HTMLElement>('td[data-quarter]')?.dataset.quarter : undefined;
    const quarter = grid.quarters[Number(at)];
    if (at !== undefined && quarter) onDay(quarter.as_of);
  });
  return [h('div', { class: 'quarters-scroll' }, table), key()];
}

/** In a word since when the site has stood as it does. */
export function quartersBrief(history: SiteHistory): string {
  const grid = gridOf(history);
  const quarter = since(grid.overall, grid.quarters);
  const outcome = grid.overall.outcomes.at(-1);
  if (!outcome) return '';
  return quarter ? t('outcomeSince', { outcome: cellText(outcome), quarter: quarterText(grid, grid.quarters.indexOf(quarter)) }) : t('outcomeAllAlong', { outcome: cellText(outcome) });
}

function title(row: Row): string {
  return pick(row.title) || row.id;
}

function quarterText({ quarters }: Grid, at: number): string {
  const quarter = quarters[at]!;
  return t('quarter', { number: quarterNumber(quarter), year: quarter.quarter.slice(0, 4) });
}

function quarterHead(grid: Grid, at: number, shown: number, onDay: (day: string) => void): HTMLElement {
  const { as_of: day } = grid.quarters[at]!;
  const quarter = quarterText(grid, at);
  const label = t('showQuarter', { quarter, date: formatDate(day) });
  return h(
    'th',
    { scope: 'col', abbr: quarter, class: column(at, shown) },
    h(
      'button',
      {
        type: 'button',
        'data-quarter': grid.quarters[at]!.quarter,
        'aria-label': label,
        title: label,
        'aria-current': at === shown ? 'date' : null,
        // One stop for the tabulator; the arrow keys go on from there.
        tabindex: at === (shown < 0 ? grid.quarters.length - 1 : shown) ? 0 : -1,
        onclick: () => onDay(day),
      },
      quarterNumber(grid.quarters[at]!),
    ),
  );
}

function line(grid: Grid, row: Row, name: string | Node, shown: number): HTMLElement {
  const cell = (outcome: Cell, at: number) => {
    const label = `${typeof name === 'string' ? name : name.textContent} – ${quarterText(grid, at)}: ${cellText(outcome)}`;
    return h('td', { class: column(at, shown), 'data-quarter': at, 'data-outcome': outcome, title: label }, outcome === 'absent' ? null : outcomeMark(outcome), h('span', { class: 'visually-hidden' }, cellText(outcome)));
  };
  return h('tr', { 'data-rule': row.id }, h('th', { scope: 'row', class: 'rule-name' }, typeof name === 'string' ? h('span', { title: name }, name) : name), ...row.outcomes.map(cell));
}

/** Rules that never bound the site are one line, not a row of dashes each; by name they stand among the rules above. */
function idleLine({ idle, quarters }: Grid): HTMLElement {
  return h('tr', { class: 'idle' }, h('td', { colspan: quarters.length + 1 }, t('idleRules', { count: idle.length })));
}

function cellText(cell: Cell): string {
  return cell === 'absent' ? t('notOnRecord') : outcomeText(cell);
}

function column(at: number, shown: number): string {
  return at === shown ? 'quarter shown' : 'quarter';
}

function moveAlong(event: KeyboardEvent): void {
  const heads = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLButtonElement>('thead button')];
  const at = heads.indexOf(event.target as HTMLButtonElement);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: heads.length - 1 }[event.key];
  const next = to === undefined || at < 0 ? undefined : heads[to];
  if (!next) return;
  event.preventDefault();
  for (const head of heads) head.tabIndex = head === next ? 0 : -1;
  next.focus();
}

function key(): HTMLElement {
  const outcomes: Outcome[] = ['breached', 'unknown', 'met', 'not_applicable'];
  return h('ul', { class: 'key' }, ...outcomes.map((outcome) => h('li', {}, outcomeMark(outcome), outcomeText(outcome))));
}
