/**
 * Draws one series of effluent values with its limits. The charting library comes with this module, which the
 * page loads when a site with samples is opened: uPlot is 20 kB compressed, draws steps and gaps by itself and
 * leaves marks to hooks; larger libraries bring nothing that this chart needs.
 */

import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { SamplePoint } from '../api.ts';
import { formatNumber } from '../i18n.ts';
import { colors } from '../scheme.ts';
import type { Chart, Mark } from './series.ts';

/** How and where a chart is drawn. */
export interface Drawing {
  /** In CSS pixels. */
  width: number;
  height: number;
  /** Letters and strokes this much larger, for paper. */
  scale?: number;
  /** In the colours of paper, whatever the page's are. */
  isPaper?: boolean;
  /** Gets the mark next to the pointer, or null when that has left. */
  onPoint?: (point: SamplePoint | null) => void;
}

/** The colours of what is drawn: of paper, where it goes there, else of the page's scheme. */
function tones(isPaper: boolean) {
  const { paper, ink, quiet, line, idle, breached, met, unknown } = colors(isPaper ? 'light' : undefined);
  return { paper, ink, quiet, line, idle, beyond: `${breached}17`, verdict: { fail: breached, pass: met, not_assessable: unknown } satisfies Record<SamplePoint['verdict'], string> };
}
type Tones = ReturnType<typeof tones>;

/** The chart in the target, which it fills. */
export function drawChart(target: HTMLElement, chart: Chart, { width, height, scale = 1, isPaper = false, onPoint }: Drawing): uPlot {
  const now = () => tones(isPaper);
  const font = `${Math.round(12 * scale)}px "Be Vietnam Pro", sans-serif`;
  const grid = () => now().line;
  const axis = { font, stroke: () => now().quiet, grid: { stroke: grid, width: scale }, ticks: { stroke: grid, width: scale, size: 5 * scale } };
  const limit = { stroke: () => now().ink, width: 1.6 * scale, dash: [6 * scale, 4 * scale], paths: uPlot.paths.stepped!({ align: 1 }), points: { show: false } };
  return new uPlot(
    {
      width,
      height,
      padding: [14 * scale, 10 * scale, 0, 0],
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
      scales: {
        // One sample alone would have an axis without extent.
        x: { time: true, range: (_, from, to) => [from - Math.max(10 * 86_400, (to - from) * 0.03), to] },
        y: { range: () => chart.range, ...(chart.logarithmic ? { distr: 3, log: 10 } : {}) },
      },
      axes: [
        { ...axis, size: 30 * scale, space: 70 * scale, values: (_, times) => times.map(monthOf) },
        { ...axis, size: 54 * scale, space: 34 * scale, values: (_, values) => values.map((value) => (value === null || value === undefined ? '' : formatNumber(value))) },
      ],
      series: [{}, { stroke: () => now().idle, width: 1.2 * scale, spanGaps: true, points: { show: false } }, limit, limit],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      hooks: {
        drawAxes: [(plot) => shadeBeyond(plot, chart, now())],
        draw: [(plot) => chart.marks.forEach((mark) => drawMark(plot, mark, scale, now()))],
        ...(onPoint ? { setCursor: [(plot: uPlot) => onPoint(nearest(plot, chart)?.point ?? null)] } : {}),
      },
    },
    [chart.times, chart.values, chart.max, chart.min],
    target,
  );
}

/** Such as `03/2025`, which both languages read. */
function monthOf(time: number): string {
  const [year, month] = new Date(time * 1000).toISOString().split('-');
  return `${month}/${year}`;
}

/** A light ground where a value would breach, from each sample's limit to the next. */
function shadeBeyond({ ctx, bbox, valToPos }: uPlot, { times, max, min }: Chart, { beyond }: Tones): void {
  ctx.save();
  ctx.fillStyle = beyond;
  const bottom = bbox.top + bbox.height;
  for (let i = 0; i + 1 < times.length; i++) {
    const [left, right] = [valToPos(times[i]!, 'x', true), valToPos(times[i + 1]!, 'x', true)];
    const [upper, lower] = [max[i], min[i]];
    if (typeof upper === 'number') ctx.fillRect(left, bbox.top, right - left, clamp(valToPos(upper, 'y', true), bbox.top, bottom) - bbox.top);
    if (typeof lower === 'number') {
      const from = clamp(valToPos(lower, 'y', true), bbox.top, bottom);
      ctx.fillRect(left, from, right - left, bottom - from);
    }
  }
  ctx.restore();
}

/** A breach is a diamond, a pass a circle, what cannot be judged a square; censored values are hollow. */
function drawMark({ ctx, valToPos }: uPlot, { at, value, hollow, point }: Mark, scale: number, { verdict, paper }: Tones): void {
  const [x, y] = [valToPos(at, 'x', true), valToPos(value, 'y', true)];
  const unit = scale * uPlot.pxRatio;
  const color = verdict[point.verdict];
  ctx.save();
  ctx.beginPath();
  if (point.verdict === 'fail') {
    const r = 6.5 * unit;
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y);
    ctx.lineTo(x, y + r);
    ctx.lineTo(x - r, y);
    ctx.closePath();
  } else if (point.verdict === 'pass') ctx.arc(x, y, 4.2 * unit, 0, 2 * Math.PI);
  else ctx.rect(x - 4 * unit, y - 4 * unit, 8 * unit, 8 * unit);
  ctx.fillStyle = hollow ? paper : color;
  ctx.strokeStyle = hollow ? color : paper;
  ctx.lineWidth = (hollow ? 2 : 1) * unit;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

/** The mark next to the pointer along the axis of time. */
function nearest(plot: uPlot, { marks }: Chart): Mark | null {
  const { left } = plot.cursor;
  if (left === undefined || left === null || left < 0) return null;
  const time = plot.posToVal(left, 'x');
  return marks.reduce<Mark | null>((best, mark) => (!best || Math.abs(mark.at - time) < Math.abs(best.at - time) ? mark : best), null);
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(Math.max(value, least), greatest);
}
