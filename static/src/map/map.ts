/** The MapLibre map: shows what it is given and reports which sites were chosen; draws offline. */

import type { Feature, FeatureCollection, Position } from 'geojson';
import {
  Map as MapLibre,
  NavigationControl,
  Popup,
  prewarm,
  ScaleControl,
  setWorkerUrl,
  type FilterSpecification,
  type GeoJSONSource,
  type LngLat,
  type MapGeoJSONFeature,
  type Point,
  type VectorTileSource,
} from 'maplibre-gl';
import { render } from 'preact';
import workerUrl from 'virtual:map-worker';
import { fetchItems, serverUrl, type Item } from '../api.ts';
import { PADDING } from '../first.ts';
import { boxOf, pointOn, ringAround, type Box } from '../geometry.ts';
import { t } from '../i18n.ts';
import { onScheme } from '../scheme.ts';
import { SITE_COLLECTIONS, STATUSES, unitName, type Site } from '../sites.ts';
import { patternImage, patternName, symbolImage, symbolName } from '../symbols.ts';
import { h } from '../ui/h.ts';
import { siteMark } from '../ui/sitemarks.ts';
import type { Camera, View } from '../view.ts';
import {
  ASIDE_LAYERS,
  DETAIL_SOURCE,
  EMPTY,
  LABEL_FONT,
  LAYER_GROUPS,
  layerIds,
  ownFilter,
  PARCEL_ZOOM,
  repaint,
  SITE_AREA_LAYER,
  SITE_LAYERS,
  SITE_SYMBOL_LAYER,
  SOURCES,
  STATION_LAYER,
  styleLayers,
  type LayerGroup,
  type SourceId,
} from './layers.ts';

setWorkerUrl(workerUrl);
// The worker starts while the data are on their way.
prewarm();

/** The features that the map shows, as they stood on one day. */
export interface MapData {
  /** The day; undefined is today. */
  asOf: string | undefined;
  sites: Site[];
  /** The communes of the day or, before there were those of 2025, its districts. */
  units: Item[];
  /** Districts that had ended by the day. */
  formerDistricts: Item[];
  waterways: Item[];
  stations: Item[];
  plans: Item[];
  /** Whether there are parcels and buildings to show when zoomed in. */
  detail: ('plan_parcels' | 'buildings')[];
  /** Where those lie; undefined where nobody knows. */
  detailBox: Box | undefined;
}

/** What a selected site does to the map: it is framed with its ring of uncertainty, only uncovered, or left where it is. */
export type Show = 'framed' | 'uncovered' | 'as it is';

/** The map as the page uses it. */
export interface SiteMap {
  /** Replaces what is drawn by the features of another day. */
  setData(data: MapData): void;
  /** Shows the layers, and of the sites those with one of the statuses and, where `keys` are given, one of these. */
  show(view: Pick<View, 'statuses' | 'layers'>, keys?: ReadonlySet<string>): void;
  /** Lights a site up that the table's reader is on, or none. */
  point(site: Pick<Site, 'point'> | null): void;
  camera(): Camera;
  /** The longitude and latitude in the middle of what the panel leaves free. */
  middle(): [number, number];
  /** Brings a longitude and latitude there, at the same zoom. */
  moveTo(place: readonly [number, number]): void;
  lookAt(camera: Camera): void;
  /** Marks a site, or none. */
  select(site: Site | null, how?: Show): void;
  frame(box: Box): void;
  /** Takes sites and plans off the map and lets it answer no pointer, while a mode draws and answers; and back. */
  setAside(aside: boolean): void;
  /** Lets the map answer no pointer while someone draws on it, with everything in sight; and back. */
  setSilent(silent: boolean): void;
  /** Whether a place is in sight, with nothing of the page over it. */
  sees(place: Position): boolean;
  /** The box around what is in sight. */
  seen(): Box;
  /** The land-use codes of the parcels that are drawn, one for each of them. */
  landUses(): string[];
  /** Hears at once, and whenever it changes, which layers are shown and whether a mode has the map for itself. */
  follow(listener: (state: { layers: ReadonlySet<LayerGroup>; isAside: boolean }) => void): void;
  /** The library's own map, for the browser's console and the browser test. */
  library: MapLibre;
}

/** From this zoom on parcels are counted: farther away there may be hundreds of thousands in sight. */
const COUNT_ZOOM = 16;

/** How far from the pointer, in pixels, a mark still counts as hit. */
const REACH = 6;

/**
 * Puts the map into the container and resolves when it has drawn all it was given.
 * `panel` may lie over part of the map; while it is shown, sites are framed beside it.
 * It starts at the view's camera, or with the whole city in sight. `onChoose` gets the site that was clicked;
 * where several lie on one another the reader is asked which. `onMove` is called whenever the map has come to rest, `onPoint` whenever the pointer is on another site or on none.
 */
export async function createMap(
  container: HTMLElement,
  panel: HTMLElement,
  first: MapData,
  view: View,
  onChoose: (site: Site) => void,
  onMove: () => void,
  onPoint: (site: Site | undefined) => void,
): Promise<SiteMap> {
  await loadFonts();
  const bounds = boxOf(...first.units.map((item) => item.geometry), ...first.sites.map((site) => site.geometry)) ?? [105.28, 20.56, 106.02, 21.39];
  const map = new MapLibre({
    container,
    style: {
      version: 8,
      sources: {
        ...Object.fromEntries(SOURCES.map((id) => [id, { type: 'geojson' as const, data: EMPTY }])),
        [DETAIL_SOURCE]: { type: 'vector', tiles: [tilesUrl(first)], minzoom: PARCEL_ZOOM, maxzoom: 18, ...(first.detailBox && { bounds: first.detailBox }) },
      },
      // No `glyphs`: MapLibre then draws letters with the page's own fonts.
      layers: styleLayers(),
    },
    ...(view.camera ?? { bounds, fitBoundsOptions: { padding: PADDING } }),
    maxBounds: widen(bounds),
    attributionControl: false,
    fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
    pitchWithRotate: false,
    maxPitch: 0,
    touchPitch: false,
    locale: { 'Map.Title': t('map'), 'NavigationControl.ZoomIn': t('zoomIn'), 'NavigationControl.ZoomOut': t('zoomOut') },
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-left');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  // Not until all of it is drawn: it is empty yet.
  await new Promise<void>((resolve) => map.once('style.load', () => resolve()));

  const ratio = Math.max(2, Math.ceil(window.devicePixelRatio));
  const images = () => [
    ...SITE_COLLECTIONS.flatMap((collection) => STATUSES.map((status) => [symbolName(collection, status), symbolImage(collection, status, ratio)] as const)),
    ...STATUSES.map((status) => [patternName(status), patternImage(status, ratio)] as const),
  ];
  for (const [name, image] of images()) map.addImage(name, image, { pixelRatio: ratio });
  onScheme(() => {
    for (const [name, image] of images()) map.updateImage(name, image);
    repaint(map, styleLayers());
    tell();
  });
  // Whether a mode has the map, and what is shown otherwise.
  let isAside = false;
  // How many want it to answer no pointer.
  let silenced = 0;
  const followers: Parameters<SiteMap['follow']>[0][] = [];
  let shown: Pick<View, 'statuses' | 'layers'> = view;
  let shownKeys: ReadonlySet<string> | undefined;
  const source = (id: SourceId) => map.getSource(id) as GeoJSONSource;
  const fill = (id: SourceId, features: Feature[]) => source(id).setData({ type: 'FeatureCollection', features } as FeatureCollection);
  const tell = () => followers.forEach((follower) => follower({ layers: shown.layers, isAside }));
  let data = first;
  let byKey = new Map<string, Site>();
  setData(first);

  function setData(next: MapData): void {
    data = next;
    const { sites } = data;
    const withGeometry = (items: Item[]) => items.filter((item) => item.geometry) as Feature[];
    fill('communes', withGeometry(data.units));
    fill('commune_labels', data.units.flatMap((item) => pointFeature(pointOn(item.geometry), { name: unitName(item.properties) })));
    fill('districts', withGeometry(data.formerDistricts));
    fill('waterways', withGeometry(data.waterways));
    fill('treatment_stations', withGeometry(data.stations));
    fill('plans', withGeometry(data.plans));
    // Those of another day are fetched anew for what is in view, and of today none are wanted.
    for (const id of data.detail) fill(id, []);
    // Tiles are of today. Of today too they may have changed: they are asked for anew.
    map.getSource<VectorTileSource>(DETAIL_SOURCE)?.setTiles([tilesUrl(data)]);
    show(shown, shownKeys);
    byKey = new Map(sites.map((site) => [site.key, site]));
    // Drawn later lies on top, and the statuses are listed with the pressing ones first.
    const byUrgency = sites.toSorted((a, b) => STATUSES.indexOf(b.status) - STATUSES.indexOf(a.status));
    fill('sites', byUrgency.flatMap((site) => pointFeature(site.point, mapProperties(site))));
    fill(
      'cluster_areas',
      sites.flatMap((site) =>
        site.geometry && site.geometry.type !== 'Point' ? [{ type: 'Feature' as const, geometry: site.geometry, properties: mapProperties(site) }] : [],
      ),
    );
  }

  function show(next: Pick<View, 'statuses' | 'layers'>, keys?: ReadonlySet<string>): void {
    shown = next;
    shownKeys = keys;
    const { statuses, layers } = next;
    for (const group of LAYER_GROUPS)
      for (const id of layerIds(group)) map.setLayoutProperty(id, 'visibility', layers.has(group) ? 'visible' : 'none');
    if (isAside) for (const id of ASIDE_LAYERS) map.setLayoutProperty(id, 'visibility', 'none');
    // Of another day than today parcels come as features.
    if (data.asOf || data.detail.length === 0) for (const id of layerIds('plans')) if (id.endsWith('-tiles')) map.setLayoutProperty(id, 'visibility', 'none');
    const isOneOf = (name: string, values: Iterable<string>) => ['in', ['get', name], ['literal', [...values]]];
    const chosen = ['all', isOneOf('status', statuses), isOneOf('collection', layers), ...(keys ? [isOneOf('key', keys)] : [])];
    for (const id of SITE_LAYERS) {
      const own = ownFilter(id);
      map.setFilter(id, (own ? [...chosen, own] : chosen) as FilterSpecification);
    }
    tell();
  }

  function setAside(aside: boolean): void {
    isAside = aside;
    tooltip.remove();
    // A mode measures and frames with the north above.
    if (aside) map.jumpTo({ bearing: 0 });
    for (const turning of [map.dragRotate, map.touchZoomRotate, map.keyboard]) setTurning(turning, !aside);
    for (const id of ASIDE_LAYERS) map.setLayoutProperty(id, 'visibility', 'visible');
    show(shown, shownKeys);
    if (!aside) fetchDetail();
  }

  /** The sites whose marks lie under the point, the closest first; where there is no mark, those whose areas or stations do. */
  function sitesAt(point: Point): Site[] {
    const reach: [[number, number], [number, number]] = [
      [point.x - REACH, point.y - REACH],
      [point.x + REACH, point.y + REACH],
    ];
    const distance = (site: Site) => (site.point ? map.project(site.point as [number, number]).dist(point) : Infinity);
    const symbols = map.queryRenderedFeatures(reach, { layers: [SITE_SYMBOL_LAYER] }).flatMap(siteOfFeature);
    const areas = map.queryRenderedFeatures(point, { layers: [SITE_AREA_LAYER] }).flatMap(siteOfFeature);
    const stations = map.queryRenderedFeatures(reach, { layers: [STATION_LAYER] }).flatMap(siteOfFeature);
    symbols.sort((a, b) => distance(a) - distance(b));
    const hit = [symbols, areas, stations].find((sites) => sites.length > 0) ?? [];
    return [...new Set(hit)];
  }

  // A station answers with the site that it serves.
  function siteOfFeature(feature: MapGeoJSONFeature): Site[] {
    const { key, site_id } = feature.properties;
    const site = byKey.get(key) ?? SITE_COLLECTIONS.map((collection) => byKey.get(`${collection}/${site_id}`)).find(Boolean);
    return site ? [site] : [];
  }

  map.on('click', (event) => {
    if (isAside || silenced > 0) return;
    const sites = sitesAt(event.point);
    if (sites.length === 1) onChoose(sites[0]!);
    else if (sites.length > 1) askWhich(sites, event.lngLat);
  });

  function askWhich(sites: Site[], at: LngLat): void {
    tooltip.remove();
    const popup = new Popup({ className: 'choice', closeButton: false, maxWidth: '20rem' });
    const choose = (site: Site) => {
      popup.remove();
      onChoose(site);
    };
    const entry = (site: Site) =>
      h('li', {}, h('button', { type: 'button', onclick: () => choose(site) }, siteMark(site.collection, site.status), h('span', {}, site.name, h('small', {}, t(site.collection)))));
    const content = document.createElement('div');
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // The key closes what lies on top, and only that.
      event.stopPropagation();
      popup.remove();
      map.getCanvas().focus();
    };
    render(h('div', { role: 'group', 'aria-label': t('whichSite', { count: sites.length }), onkeydown: onKey }, h('p', {}, t('whichSite', { count: sites.length })), h('ul', {}, sites.map(entry))), content);
    popup.setLngLat(at).setDOMContent(content).addTo(map);
  }

  let pointed: Site | undefined;
  const tooltip = new Popup({ closeButton: false, closeOnClick: false, offset: 14, className: 'tooltip' });
  map.on('mousemove', (event) => {
    if (isAside || silenced > 0) return;
    const [site, ...others] = sitesAt(event.point);
    map.getCanvas().style.cursor = site ? 'pointer' : '';
    const more = others.length > 0 ? ` (${t('andOthers', { count: others.length })})` : '';
    if (site !== pointed) onPoint((pointed = site));
    if (site) tooltip.setLngLat(event.lngLat).setText(`${site.name} – ${site.statusTitle}${more}`).addTo(map);
    else tooltip.remove();
  });
  map.on('mouseout', () => {
    tooltip.remove();
    if (pointed) onPoint((pointed = undefined));
  });

  const fetchDetail = keepDetailInView(map, () => (isAside ? undefined : data), fill);

  function select(site: Site | null, how: Show = 'as it is'): void {
    const ring = site && ringOf(site);
    fill('selection', site ? selectionFeatures(site, ring) : []);
    const box = site && boxOf(site.geometry, ring);
    if (!site || !box) return;
    if (how === 'framed') frame(box);
    else if (how === 'uncovered' && site.point && !isUncovered(site.point)) map.easeTo({ center: site.point as [number, number], offset: clearOffset() });
  }

  function frame(box: Box): void {
    map.fitBounds(box, { padding: clearPadding(), maxZoom: 15 });
  }

  // The panel lies at the map's right or, on a phone, over its lower part.
  function cover(): { right: number; bottom: number } {
    if (panel.hidden) return { right: 0, bottom: 0 };
    const area = container.getBoundingClientRect();
    const { width, left, top } = panel.getBoundingClientRect();
    return width > area.width * 0.8 ? { right: 0, bottom: Math.max(0, area.bottom - top) } : { right: Math.max(0, area.right - left), bottom: 0 };
  }

  function clearPadding() {
    const { right, bottom } = cover();
    return { top: 40, left: 40, right: right + 40, bottom: bottom + 40 };
  }

  function clearOffset(): [number, number] {
    const { right, bottom } = cover();
    return [-right / 2, -bottom / 2];
  }

  function seen(): Box {
    const { right, bottom } = cover();
    const corners = [0, container.clientWidth - right].flatMap((x) => [0, container.clientHeight - bottom].map((y) => map.unproject([x, y]).toArray()));
    return boxOf({ type: 'MultiPoint', coordinates: corners })!;
  }

  function landUses(): string[] {
    if (map.getZoom() < COUNT_ZOOM) return [];
    const layers = ['plan-parcels-fill', 'plan-parcels-fill-tiles'].filter((id) => map.getLayoutProperty(id, 'visibility') !== 'none');
    if (layers.length === 0) return [];
    const codes = new Map<unknown, string>();
    const { right, bottom } = cover();
    // A parcel has a piece in every tile that it lies in.
    for (const { id, properties } of map.queryRenderedFeatures([[0, 0], [container.clientWidth - right, container.clientHeight - bottom]], { layers })) codes.set(properties.id ?? id, String(properties.land_use_code ?? ''));
    return [...codes.values()];
  }

  function isUncovered(position: Position, margin = 24): boolean {
    const { x, y } = map.project(position as [number, number]);
    const { right, bottom } = cover();
    return x > margin && y > margin && x < container.clientWidth - right - margin && y < container.clientHeight - bottom - margin;
  }

  await new Promise<void>((resolve) => map.once('idle', () => resolve()));
  map.on('moveend', onMove);
  return {
    setData: (next) => {
      setData(next);
      fetchDetail();
    },
    show,
    point: (site) => fill('hover', pointFeature(site?.point ?? null, {})),
    camera: () => ({ zoom: map.getZoom(), center: map.getCenter().toArray(), bearing: map.getBearing() }),
    middle: () => {
      const [x, y] = clearOffset();
      return map.unproject([container.clientWidth / 2 + x, container.clientHeight / 2 + y]).toArray();
    },
    moveTo: (place) => void map.easeTo({ center: [...place], offset: clearOffset(), animate: false }),
    lookAt: (camera) => void map.jumpTo(camera),
    select,
    frame,
    setAside,
    sees: (place) => isUncovered(place, 0),
    seen,
    landUses,
    follow: (listener) => {
      followers.push(listener);
      listener({ layers: shown.layers, isAside });
    },
    setSilent: (silent) => {
      silenced += silent ? 1 : -1;
      tooltip.remove();
      map.getCanvas().style.cursor = '';
    },
    library: map,
  };
}

/**
 * Fetches the parcels and buildings in view while zoomed in far enough to see them; earlier fetches are given up, and
 * nothing is fetched while there are no `data`. The answer fetches at once.
 */
function keepDetailInView(map: MapLibre, data: () => MapData | undefined, fill: (id: SourceId, features: Feature[]) => void): () => void {
  let running: AbortController | undefined;
  const fetchDetail = () => {
    running?.abort();
    const wanted = data();
    if (!wanted || map.getZoom() < PARCEL_ZOOM) return;
    const { signal } = (running = new AbortController());
    const bbox = map.getBounds().toArray().flat();
    const { asOf, detail } = wanted;
    if (!asOf) return;
    for (const collection of detail) {
      fetchItems(collection, { asOf, bbox, signal }).then(
        (items) => fill(collection, items as Feature[]),
        (error: unknown) => {
          if (!signal.aborted) console.warn(`no ${collection} on the map:`, error);
        },
      );
    }
  };
  map.on('moveend', fetchDetail);
  return fetchDetail;
}

/** The tiles of today's parcels and buildings; of neither where the server has none. */
function tilesUrl({ detail }: MapData): string {
  const url = serverUrl(`tiles/WebMercatorQuad/`).href;
  return `${url}{z}/{y}/{x}?collections=${detail.join(',')}`;
}

/** What turns the map by one way or another, and may for a while not. */
function setTurning(turning: { enable(): void; disable(): void } | { enableRotation(): void; disableRotation(): void }, isOn: boolean): void {
  if ('enableRotation' in turning) isOn ? turning.enableRotation() : turning.disableRotation();
  else isOn ? turning.enable() : turning.disable();
}

/** Letters are drawn once and kept, so every face of their font must be there before the first label. */
async function loadFonts(): Promise<void> {
  const faces = ['400', 'italic 400', '600'];
  await Promise.all(faces.map((face) => document.fonts.load(`${face} 16px "${LABEL_FONT}"`, 'aĐệươữ')));
}

function ringOf(site: Site) {
  const metres = Number(site.properties.position_precision_m ?? 0);
  return site.point && metres > 0 ? ringAround(site.point, metres) : null;
}

function selectionFeatures(site: Site, ring: ReturnType<typeof ringOf>): Feature[] {
  const features: Feature[] = pointFeature(site.point, { part: 'point' });
  if (ring) features.push({ type: 'Feature', geometry: ring, properties: { part: 'ring' } });
  if (site.geometry && site.geometry.type !== 'Point') features.push({ type: 'Feature', geometry: site.geometry, properties: { part: 'area' } });
  return features;
}

function mapProperties(site: Site) {
  return {
    key: site.key,
    collection: site.collection,
    name: site.name,
    status: site.status,
    is_demo: site.properties.is_demo === true,
  };
}

function pointFeature(point: Position | null, properties: Record<string, unknown>): Feature[] {
  return point ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: point }, properties }] : [];
}

function widen([west, south, east, north]: Box): Box {
  // Wide enough to have the whole city in sight on a map that is broad and low, as it is above the table.
  const [x, y] = [(east - west) * 1.5, (north - south) * 0.5];
  return [west - x, south - y, east + x, north + y];
}
