/** The effluent of a site: a chart for the parameter that is chosen, the worst one at first, and its numbers beneath. */

import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { recordUrl, type Effluent, type EffluentParameter, type SamplePoint, type SampleSeries } from '../api.ts';
import { formatDate, formatMeasure, formatNumber, formatRatio, pick, t } from '../i18n.ts';
import { onScheme } from '../scheme.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';
import { unitText, NOTHING } from '../values.ts';
import { verdictText } from './rules.ts';
import { chartOf, failures, newest, worstFirst, type Chart } from './series.ts';

type ChartModule = typeof import('./chart.ts');

/** The effluent of a site, and what draws it. */
export interface Drawable {
  effluent: Effluent;
  /** Nothing of the charting library is loaded where there are no samples. */
  library: ChartModule | undefined;
}

/** The effluent with the library that draws it. */
export async function drawable(asked: Promise<Effluent>): Promise<Drawable> {
  const effluent = await asked;
  return { effluent, library: worstFirst(effluent.parameters).length > 0 ? await import('./chart.ts') : undefined };
}

/** The parameter that the reader last looked at, to be found again at the next day or site. */
let lastParameter: string | undefined;

/** The chart, its chooser and its table. */
export function EffluentPart({ effluent, library, asOf }: Drawable & { asOf: string | undefined }): Child {
  const [chosen, choose] = useState(lastParameter);
  const ranked = worstFirst(effluent.parameters);
  const parameter = ranked.find((one) => one.parameter === chosen) ?? ranked[0];
  if (!library || !parameter) return h('p', { class: 'quiet' }, t('noSamples'));
  const onchange = ({ currentTarget }: Event) => choose((lastParameter = (currentTarget as HTMLSelectElement).value));
  return [
    h(
      'p',
      { class: 'chooser' },
      h('label', { for: 'parameter' }, t('parameter')),
      ' ',
      h('select', { id: 'parameter', value: parameter.parameter, onchange }, ranked.map((one) => h('option', { value: one.parameter }, optionText(one)))),
    ),
    h('div', { class: 'effluent-shown' }, parameter.series.map((series, at) => h(Series, { key: `${parameter.parameter}/${at}`, library, parameter, series, asOf }))),
    h(PaperCharts, { library, ranked }),
  ];
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

interface Drawn {
  library: ChartModule;
  parameter: EffluentParameter;
  series: SampleSeries;
}

function Series({ library, parameter, series, asOf }: Drawn & { asOf: string | undefined }): Child {
  const [pointed, point] = useState<SamplePoint | null>(null);
  const chart = useMemo(() => chartOf(series), [series]);
  return [
    h('h4', {}, titleOf(parameter), ' ', series.points.some((point) => point.is_demo) && demoMark()),
    h('p', { class: 'quiet' }, seriesName(series)),
    chart ? [h(ChartFrame, { library, chart, label: summary(parameter, series), onPoint: point }), h('p', { class: 'readout' }, pointed ? pointText(parameter, pointed) : t('chartHint')), key(chart)] : h('p', { class: 'quiet' }, t('noNumbers')),
    chart && chart.undrawn > 0 && h('p', { class: 'quiet' }, t('undrawn', { count: chart.undrawn })),
    h('details', { class: 'numbers' }, h('summary', {}, t('numbers', { count: series.points.length })), table(parameter, series, asOf)),
  ];
}

/** The frame that a chart is drawn into, as wide as it stands on the page and in the page's colours. */
function ChartFrame({ library, chart, label, onPoint }: { library: ChartModule; chart: Chart; label: string; onPoint: (point: SamplePoint | null) => void }): VNode {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const target = frame.current!;
    const size = () => ({ width: Math.max(240, target.clientWidth), height: 210 });
    let plot: ReturnType<ChartModule['drawChart']> | undefined;
    // A frame that is folded away has no width yet; later it follows the panel's.
    const watch = new ResizeObserver(() => {
      if (target.clientWidth === 0) return;
      if (plot) plot.setSize(size());
      else plot = library.drawChart(target, chart, { ...size(), onPoint });
    });
    watch.observe(target);
    const unturned = onScheme(() => plot?.redraw(false));
    // What the pointer was at in the chart before is not in this one.
    onPoint(null);
    return () => {
      watch.disconnect();
      unturned();
      plot?.destroy();
    };
  }, [chart]);
  return h('div', { ref: frame, class: 'chart', role: 'img', 'aria-label': label });
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

function table({ unit }: EffluentParameter, { points }: SampleSeries, asOf: string | undefined): VNode {
  const newestFirst = points.toSorted((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
  const isMixed = new Set(points.map((point) => Boolean(point.is_demo))).size > 1;
  const measured = [t('measured'), unitText(unit) && `(${unitText(unit)})`].filter(Boolean).join(' ');
  return h(
    'table',
    { class: 'evidence' },
    h('thead', {}, h('tr', {}, [t('sampleDate'), measured, t('allowed'), t('ratio'), t('verdict')].map((title) => h('th', { scope: 'col' }, title)))),
    h(
      'tbody',
      {},
      newestFirst.map((point) =>
        h(
          'tr',
          { class: point.verdict },
          h('th', { scope: 'row' }, h('a', { href: recordUrl('effluent_samples', point.sample_id, asOf) }, formatDate(point.date)), isMixed && point.is_demo && [' ', demoMark()]),
          h('td', {}, formatMeasure(point.reported) || NOTHING),
          h('td', {}, limitText(point)),
          h('td', {}, point.ratio === null ? NOTHING : `${formatRatio(point.ratio)}×`),
          h('td', {}, verdictText(point.verdict), point.note && h('small', { class: 'note' }, formatMeasure(pick(point.note)))),
        ),
      ),
    ),
  );
}

/** What the marks of the chart mean; only those that are in it. */
function key(chart: Chart): VNode {
  const { marks } = chart;
  const verdicts = (['fail', 'not_assessable', 'pass'] as const).filter((verdict) => marks.some(({ point }) => point.verdict === verdict));
  const entry = (mark: string, text: string) => h('li', {}, h('span', { class: `mark mark-${mark}`, 'aria-hidden': 'true' }), text);
  return h(
    'ul',
    { class: 'key' },
    verdicts.map((verdict) => entry(verdict, verdictText(verdict))),
    marks.some(({ hollow }) => hollow) && entry('hollow', t('hollow')),
    entry('limit', limitName(chart)),
  );
}

/** The line's meaning and the number at its end, which is not written into the chart: it would hide the newest marks. */
function limitName({ max, min }: Chart): string {
  return t('limitLine', { limit: rangeText(min.at(-1) ?? null, max.at(-1) ?? null) });
}

/** For paper every parameter has its chart, drawn when printing starts. */
function PaperCharts({ library, ranked }: { library: ChartModule; ranked: EffluentParameter[] }): VNode {
  const [isPrinted, print] = useState(false);
  const figure = (parameter: EffluentParameter, series: SampleSeries) => {
    const chart = chartOf(series);
    if (!chart) return null;
    const isDemo = series.points.some((point) => point.is_demo);
    const name = [titleOf(parameter), limitName(chart), parameter.series.length > 1 && seriesName(series)].filter(Boolean).join(' · ');
    return h('figure', {}, h('figcaption', {}, name, ' ', isDemo && demoMark()), h(PaperChart, { library, series }));
  };
  return h('div', { class: 'paper-charts', 'data-paper': true, onpaper: () => print(true) }, isPrinted && ranked.flatMap((parameter) => parameter.series.map((series) => figure(parameter, series))));
}

/** Twice as large and shown at half size, so that it prints sharp. */
function PaperChart({ library, series }: Pick<Drawn, 'library' | 'series'>): VNode {
  const frame = useRef<HTMLDivElement>(null);
  // Before the page is laid out for paper.
  useLayoutEffect(() => {
    const plot = library.drawChart(frame.current!, chartOf(series)!, { width: 660, height: 320, scale: 2, isPaper: true });
    return () => plot.destroy();
  }, [series]);
  return h('div', { ref: frame, class: 'paper-chart' });
}
