/** What a reader is looking at, as the fragment of the page's address: a view can be kept, shared and gone back to. */

import { decoded } from './api.ts';
import { isDay } from './dates.ts';
import { findOf, findParts, type Find } from './desk/state.ts';
import { HIDDEN_AT_FIRST, LAYER_GROUPS, type LayerGroup } from './map/layers.ts';
import { STATUSES, type Status } from './sites.ts';

/** Where the map stands. */
export interface Camera {
  zoom: number;
  /** Longitude and latitude. */
  center: [number, number];
  /** What lies above, in degrees from the north. */
  bearing?: number | undefined;
}

/** The map of hotspots, as far as the address says. */
export interface HotspotView {
  surface: 'cells' | 'density';
  /** Whether waterways are drawn by load. */
  reaches: boolean;
  /** Such as `2025-Q3`; undefined is the running one. */
  quarter?: string | undefined;
  /** The place that is asked why of, such as `cell/h4000_163_501`. */
  why?: string | undefined;
}

/** The open site, the day it is looked at, the part of the map in view, what is shown there, and what is filtered. */
export interface View {
  /** The key of the open site. */
  site?: string | undefined;
  /** The day everything is shown for; undefined is today, whenever the address is opened. */
  asOf?: string | undefined;
  camera?: Camera | undefined;
  statuses: Set<Status>;
  layers: Set<LayerGroup>;
  /** The id of the 1/500 plan that is read in plan mode. */
  plan?: string | undefined;
  /** The id of the plan that it is compared with. */
  against?: string | undefined;
  /** Where the slider between plan and buildings as built stands, in percent from the left; undefined lays both on each other. */
  swipe?: number | undefined;
  /** The map of hotspots, where it is open. */
  hotspots?: HotspotView | undefined;
  /** What is asked of the filters and the table. */
  find: Find;
}

/** The layers that are shown until the reader says otherwise. */
export function firstLayers(): Set<LayerGroup> {
  return new Set(LAYER_GROUPS.filter((group) => !HIDDEN_AT_FIRST.includes(group)));
}

/** The fragment without its `#`, such as `clusters/phung&as-of=2024-12-31&map=12.50/21.0850/105.6600&status=unknown`; what is as at first is left out. */
export function fragmentOf({ site, asOf, camera, statuses, layers, plan, against, swipe, hotspots, find }: View): string {
  const turned = camera && Math.round(camera.bearing ?? 0);
  const map = camera && [camera.zoom.toFixed(2), camera.center[1].toFixed(5), camera.center[0].toFixed(5), ...(turned ? [turned] : [])].join('/');
  const changed = <T extends string>(shown: Set<T>, atFirst: Set<T>) =>
    shown.size === atFirst.size && [...shown].every((name) => atFirst.has(name)) ? undefined : [...shown].join(',');
  const id = (text: string | undefined) => text && encodeURIComponent(text);
  const parts = { plan: id(plan), with: plan && id(against), swipe: plan && swipe, ...(plan ? {} : hotspotParts(hotspots)), 'as-of': asOf, map, status: changed(statuses, new Set(STATUSES)), layers: changed(layers, firstLayers()), ...findParts(find) };
  const named = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return [site, ...named].filter(Boolean).join('&');
}

function hotspotParts(hotspots: HotspotView | undefined) {
  if (!hotspots) return {};
  const { surface, reaches, quarter, why } = hotspots;
  return { hotspots: surface, reaches: reaches ? 'on' : undefined, quarter, why: why && encodeURIComponent(why) };
}

/** The view that a fragment asks for; what it does not say, or says wrongly, is as at first. */
export function viewOf(fragment: string): View {
  const parts = fragment.replace(/^#/, '').split('&');
  const value = (name: string) => parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const chosen = <T extends string>(name: string, known: readonly T[], atFirst: Iterable<T>) => {
    const names = value(name)?.split(',');
    return new Set(names ? known.filter((one) => names.includes(one)) : atFirst);
  };
  const site = parts.find((part) => part !== '' && !part.includes('='));
  const asOf = value('as-of') ?? '';
  const [plan, against] = [value('plan') || undefined, value('with') || undefined];
  return {
    site: site && decoded(site),
    asOf: isDay(asOf) ? asOf : undefined,
    camera: cameraOf(value('map')),
    statuses: chosen('status', STATUSES, STATUSES),
    layers: chosen('layers', LAYER_GROUPS, firstLayers()),
    plan: plan && decoded(plan),
    against: plan && against && decoded(against),
    swipe: plan ? percentOf(value('swipe')) : undefined,
    hotspots: plan ? undefined : hotspotsOf(value),
    find: findOf(value),
  };
}

function hotspotsOf(value: (name: string) => string | undefined): HotspotView | undefined {
  const surface = (['cells', 'density'] as const).find((one) => one === value('hotspots'));
  if (!surface) return undefined;
  const [quarter, why] = [value('quarter'), value('why')];
  return { surface, reaches: value('reaches') === 'on', quarter: quarter && /^\d{4}-Q[1-4]$/.test(quarter) ? quarter : undefined, why: why ? decoded(why) : undefined };
}

function percentOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 100 ? Number(text) : undefined;
}

function cameraOf(text: string | undefined): Camera | undefined {
  const numbers = text?.split('/').map(Number) ?? [];
  const [zoom, lat, lon, bearing] = numbers;
  if (numbers.length < 3 || numbers.length > 4 || !numbers.every(Number.isFinite)) return undefined;
  return Math.abs(lat!) <= 90 && Math.abs(lon!) <= 180 ? { zoom: zoom!, center: [lon!, lat!], ...(bearing !== undefined && { bearing }) } : undefined;
}
