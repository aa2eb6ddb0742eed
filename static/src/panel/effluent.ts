/** The effluent of a site: a chart for the parameter that is chosen, the worst one at first, and its numbers beneath. */

import { recordUrl, type Effluent, type EffluentParameter, type SamplePoint, type SampleSeries } from '../api.ts';
import { h } from '../dom.ts';
import { formatDate, formatMeasure, formatNumber, formatRatio, pick, t } from '../i18n.ts';
import { onScheme } from '../scheme.ts';
import { unitText, NOTHING } from '../values.ts';
import { demoMark } from './parts.ts';
import { verdictText } from './rules.ts';
import { chartOf, failures, newest, worstFirst, type Chart } from './series.ts';

type ChartModule = typeof import('./chart.ts');

/** The parts that the reader last looked at, to be found again at the next day or site. */
let lastParameter: string | undefined;

/** The chart, its chooser and its table. Nothing of the charting library is loaded where there are no samples. */
export async function effluentPart({ parameters }: Effluent, asOf: string | undefined): Promise<HTMLElement[]> {
  const ranked = worstFirst(parameters);
  if (ranked.length === 0) return [h('p', { class: 'quiet' }, t('noSamples'))];
  const library = await import('./chart.ts');
  const shown = h('div', { class: 'effluent-shown' });
  const show = (name: string) => {
    const parameter = ranked.find((one) => one.parameter === name) ?? ranked[0]!;
    shown.replaceChildren(...parameter.series.flatMap((series) => seriesBlock(library, parameter, series, asOf)));
  };
  const select = h(
    'select',
    {
      id: 'parameter',
      onchange: () => {
        lastParameter = select.value;
        show(select.value);
      },
    },
    ...ranked.map((parameter) => h('option', { value: parameter.parameter }, optionText(parameter))),
  );
  if (ranked.some((one) => one.parameter === lastParameter)) select.value = lastParameter!;
  show(select.value);
  return [h('p', { class: 'chooser' }, h('label', { for: 'parameter' }, t('parameter')), ' ', select), shown, paperCharts(library, ranked)];
}

/** In a word how many parameters of the newest samples fail. */
export function effluentBrief({ parameters }: Effluent): string {
  const points = parameters.map(newest).filter((point) => point !== undefined);
  const date = points.map((point) => point.date).sort().at(-1);
  const ofThatDay = points.filter((point) => point.date === date);
  if (!date) return t('notKnown');
  return t('effluentBrief', { date: formatDate(date), count: ofThatDay.filter(({ verdict }) => verdict === 'fail').length, total: ofThatDay.length });
}

function optionText(parameter: EffluentParameter): string {
  const now = newest(parameter)!;
  const failed = failures(parameter);
  const ratio = now.ratio === null ? '' : `${formatRatio(now.ratio)}×, `;
  return `${nameOf(parameter)}: ${ratio}${verdictText(now.verdict).toLowerCase()}${failed > 0 ? ` (${t('failedTimes', { count: failed })})` : ''}`;
}

function nameOf({ parameter, title }: EffluentParameter): string {
  return pick(title) || parameter;
}

function titleOf(parameter: EffluentParameter): string {
  return [nameOf(parameter), unitText(parameter.unit) && `(${unitText(parameter.unit)})`].filter(Boolean).join(' ');
}

function seriesName({ station, station_name, sample_point }: SampleSeries): string {
  return [station_name || station, sample_point].filter(Boolean).join(', ');
}

function seriesBlock(library: ChartModule, parameter: EffluentParameter, series: SampleSeries, asOf: string | undefined): HTMLElement[] {
  const chart = chartOf(series);
  const readout = h('p', { class: 'readout' }, t('chartHint'));
  return [
    h('h4', {}, titleOf(parameter), ' ', series.points.some((point) => point.is_demo) && demoMark()),
    h('p', { class: 'quiet' }, seriesName(series)),
    ...(chart ? [chartFrame(library, parameter, series, chart, readout), readout, key(chart)] : [h('p', { class: 'quiet' }, t('noNumbers'))]),
    ...(chart && chart.undrawn > 0 ? [h('p', { class: 'quiet' }, t('undrawn', { count: chart.undrawn }))] : []),
    h('details', { class: 'numbers' }, h('summary', {}, t('numbers', { count: series.points.length })), table(parameter, series, asOf)),
  ];
}

function chartFrame(library: ChartModule, parameter: EffluentParameter, series: SampleSeries, chart: Chart, readout: HTMLElement): HTMLElement {
  const target = h('div', { class: 'chart', role: 'img', 'aria-label': summary(parameter, series) });
  const size = () => ({ width: Math.max(240, target.clientWidth), height: 210 });
  const onPoint = (point: SamplePoint | null) => {
    readout.textContent = point ? pointText(parameter, point) : t('chartHint');
  };
  let plot: ReturnType<ChartModule['drawChart']> | undefined;
  let unturned: (() => void) | undefined;
  const end = () => {
    watch.disconnect();
    unturned?.();
    plot?.destroy();
  };
  // The frame has its width once it stands on the page; later it follows the panel's.
  const watch = new ResizeObserver(() => {
    if (!target.isConnected) end();
    else if (target.clientWidth > 0) {
      if (plot) return plot.setSize(size());
      plot = library.drawChart(target, chart, { ...size(), onPoint });
      // A frame that was out of sight when it left the page hears of no other size: the next scheme ends it.
      unturned = onScheme(() => (target.isConnected ? plot?.redraw(false) : end()));
    }
  });
  watch.observe(target);
  return target;
}

/** What a reader who does not see the chart hears instead; the numbers are in the table. */
function summary(parameter: EffluentParameter, { points }: SampleSeries): string {
  const dates = points.map(({ date }) => date).sort();
  const failed = points.filter(({ verdict }) => verdict === 'fail').length;
  return t('chartSummary', { parameter: nameOf(parameter), count: points.length, from: formatDate(dates[0] ?? ''), to: formatDate(dates.at(-1) ?? ''), failed });
}

function pointText({ unit }: EffluentParameter, point: SamplePoint): string {
  return [
    `${formatDate(point.date)}: ${[formatMeasure(point.reported) || NOTHING, unitText(unit)].filter(Boolean).join(' ')}`,
    `${t('allowed').toLowerCase()} ${limitText(point)}`,
    point.ratio === null ? '' : `${formatRatio(point.ratio)}×`,
    verdictText(point.verdict).toLowerCase(),
  ]
    .filter(Boolean)
    .join(' · ');
}

function limitText({ limit }: SamplePoint): string {
  return rangeText(limit?.min ?? null, limit?.max ?? null);
}

function rangeText(min: number | null, max: number | null): string {
  if (min !== null && max !== null) return `${formatNumber(min)}–${formatNumber(max)}`;
  if (max !== null) return `≤ ${formatNumber(max)}`;
  return min === null ? t('notKnown') : `≥ ${formatNumber(min)}`;
}

function table({ unit }: EffluentParameter, { points }: SampleSeries, asOf: string | undefined): HTMLElement {
  const newestFirst = points.toSorted((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
  const isMixed = new Set(points.map((point) => Boolean(point.is_demo))).size > 1;
  const measured = [t('measured'), unitText(unit) && `(${unitText(unit)})`].filter(Boolean).join(' ');
  return h(
    'table',
    { class: 'evidence' },
    h('thead', {}, h('tr', {}, ...[t('sampleDate'), measured, t('allowed'), t('ratio'), t('verdict')].map((title) => h('th', { scope: 'col' }, title)))),
    h(
      'tbody',
      {},
      ...newestFirst.map((point) =>
        h(
          'tr',
          { class: point.verdict },
          h('th', { scope: 'row' }, h('a', { href: recordUrl('effluent_samples', point.sample_id, asOf) }, formatDate(point.date)), ...(isMixed && point.is_demo ? [' ', demoMark()] : [])),
          h('td', {}, formatMeasure(point.reported) || NOTHING),
          h('td', {}, limitText(point)),
          h('td', {}, point.ratio === null ? NOTHING : `${formatRatio(point.ratio)}×`),
          h('td', {}, verdictText(point.verdict), point.note ? h('small', { class: 'note' }, formatMeasure(pick(point.note))) : null),
        ),
      ),
    ),
  );
}

/** What the marks of the chart mean; only those that are in it. */
function key(chart: Chart): HTMLElement {
  const { marks } = chart;
  const verdicts = (['fail', 'not_assessable', 'pass'] as const).filter((verdict) => marks.some(({ point }) => point.verdict === verdict));
  const entry = (mark: string, text: string) => h('li', {}, h('span', { class: `mark mark-${mark}`, 'aria-hidden': 'true' }), text);
  return h(
    'ul',
    { class: 'key' },
    ...verdicts.map((verdict) => entry(verdict, verdictText(verdict))),
    marks.some(({ hollow }) => hollow) && entry('hollow', t('hollow')),
    entry('limit', limitName(chart)),
  );
}

/** The line's meaning and the number at its end, which is not written into the chart: it would hide the newest marks. */
function limitName({ max, min }: Chart): string {
  return t('limitLine', { limit: rangeText(min.at(-1) ?? null, max.at(-1) ?? null) });
}

/** For paper every parameter has its chart, drawn when printing starts: twice as large and shown at half size, so that it prints sharp. */
function paperCharts(library: ChartModule, ranked: EffluentParameter[]): HTMLElement {
  const element = h('div', { class: 'paper-charts', 'data-paper': true });
  element.addEventListener('paper', () => {
    element.replaceChildren();
    for (const parameter of ranked) {
      for (const series of parameter.series) {
        const chart = chartOf(series);
        if (!chart) continue;
        const target = h('div', { class: 'paper-chart' });
        const isDemo = series.points.some((point) => point.is_demo);
        const name = [titleOf(parameter), limitName(chart), parameter.series.length > 1 && seriesName(series)].filter(Boolean).join(' · ');
        element.append(h('figure', {}, h('figcaption', {}, name, ' ', isDemo && demoMark()), target));
        library.drawChart(target, chart, { width: 660, height: 320, scale: 2, isPaper: true });
      }
    }
  });
  return element;
}
