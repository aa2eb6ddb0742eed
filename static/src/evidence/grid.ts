/** The grid of twelve quarters and the rules: where a site stood, and a way to look at it as of then. */

import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Outcome, Quarter, SiteHistory } from '../api.ts';
import { formatDate, pick, t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { outcomeMark } from '../ui/sitemarks.ts';
import { gridOf, quarterNumber, quarterOf, since, type Cell, type Grid, type Row } from './quarters.ts';
import { outcomeText } from './rules.ts';

/** Whether the rules that do not decide the status are unfolded; stays so from site to site. */
let isRestOpen = false;

/** What the grid is drawn from. */
interface Given {
  history: SiteHistory;
  /** What the page shows. */
  day: string;
  /** Gets the last day of a quarter that was chosen. */
  onDay(day: string): void;
}

/** The grid, with the rules that do not decide the status folded at first. */
export function QuarterGrid({ history, day, onDay }: Given): Child {
  const [isRestShown, showRest] = useState(isRestOpen);
  // Where the reader has walked to by the arrow keys since this quarter is shown.
  const [walk, setWalk] = useState<{ shown: number; at: number }>();
  const heads = useRef<(HTMLElement | null)[]>([]);
  const grid = gridOf(history);
  const shown = quarterOf(grid.quarters, day);
  const last = grid.quarters.length - 1;
  const stop = walk?.shown === shown ? walk.at : shown < 0 ? last : shown;

  function moveAlong(event: KeyboardEvent): void {
    const at = heads.current.indexOf(event.target as HTMLElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    const next = to === undefined || at < 0 ? undefined : heads.current[to];
    if (to === undefined || !next) return;
    event.preventDefault();
    next.focus();
    setWalk({ shown, at: to });
  }

  function toggleRest(): void {
    isRestOpen = !isRestShown;
    showRest(isRestOpen);
  }

  // The heads are for keyboard and screen reader; a pointer may press anywhere in a quarter's column.
  function press({ target }: Event): void {
    const at = target instanceof Element ? target.closest<HTMLElement>('td[data-quarter]')?.dataset.quarter : undefined;
    const quarter = grid.quarters[Number(at)];
    if (at !== undefined && quarter) onDay(quarter.as_of);
  }

  const head = ({ quarter: key, as_of: day }: Quarter, at: number) => {
    const quarter = quarterText(grid, at);
    const label = t('showQuarter', { quarter, date: formatDate(day) });
    return h(
      'th',
      { key, scope: 'col', abbr: quarter, class: column(at, shown) },
      h(
        'button',
        {
          ref: (button: HTMLElement | null) => void (heads.current[at] = button),
          type: 'button',
          'data-quarter': key,
          'aria-label': label,
          title: label,
          'aria-current': at === shown ? 'date' : null,
          // One stop for the tabulator; the arrow keys go on from there.
          tabindex: at === stop ? 0 : -1,
          onclick: () => onDay(day),
        },
        quarterNumber(grid.quarters[at]!),
      ),
    );
  };
  const lines = (rows: Row[]) => rows.map((row) => line(grid, row, title(row), shown));
  const rest = t('rulesAdditional');
  const toggle = grid.rest.length > 0 && h('button', { type: 'button', class: 'toggle', 'aria-expanded': isRestShown, 'aria-controls': 'quarters-rest', onclick: toggleRest }, rest);
  return [
    h(
      'div',
      { class: 'quarters-scroll' },
      h(
        'table',
        { class: 'quarters', onkeydown: moveAlong, onclick: press },
        h('caption', { class: 'quiet' }, t('quartersHint')),
        h(
          'thead',
          {},
          h('tr', {}, h('td'), grid.years.map(({ year, span }) => h('th', { key: year, scope: 'colgroup', colspan: span }, year))),
          h('tr', {}, h('th', { scope: 'col', class: 'rule-name' }, t('rule')), grid.quarters.map(head)),
        ),
        h('tbody', { class: 'overall' }, line(grid, grid.overall, t('statusCore'), shown)),
        h('tbody', {}, lines(grid.core)),
        h('tbody', { class: 'overall' }, line(grid, grid.detail, rest, shown, toggle)),
        h('tbody', { id: 'quarters-rest', hidden: !isRestShown }, lines(grid.rest), grid.idle.length > 0 && idleLine(grid)),
      ),
    ),
    key(),
  ];
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

function line(grid: Grid, row: Row, name: string, shown: number, head: Child = null): VNode {
  const cell = (outcome: Cell, at: number) => {
    const label = `${name} – ${quarterText(grid, at)}: ${cellText(outcome)}`;
    return h('td', { class: column(at, shown), 'data-quarter': at, 'data-outcome': outcome, title: label }, outcome !== 'absent' && outcomeMark(outcome), h('span', { class: 'visually-hidden' }, cellText(outcome)));
  };
  return h('tr', { key: row.id, 'data-rule': row.id }, h('th', { scope: 'row', class: 'rule-name' }, head || h('span', { title: name }, name)), row.outcomes.map(cell));
}

/** Rules that never bound the site are one line, not a row of dashes each; by name they stand among the rules above. */
function idleLine({ idle, quarters }: Grid): VNode {
  return h('tr', { key: 'idle', class: 'idle' }, h('td', { colspan: quarters.length + 1 }, t('idleRules', { count: idle.length })));
}

function cellText(cell: Cell): string {
  return cell === 'absent' ? t('notOnRecord') : outcomeText(cell);
}

function column(at: number, shown: number): string {
  return at === shown ? 'quarter shown' : 'quarter';
}

function key(): VNode {
  const outcomes: Outcome[] = ['breached', 'unknown', 'met', 'not_applicable'];
  return h('ul', { class: 'key' }, outcomes.map((outcome) => h('li', {}, outcomeMark(outcome), outcomeText(outcome))));
}
