/** The operator's own basemap beneath everything: a PMTiles file that our server holds, or pictures of another host. */

import { addProtocol, type LayerSpecification, type SourceSpecification } from 'maplibre-gl';
import { serverUrl, type ConfiguredBasemap } from '../api.ts';
import { repaint } from '../map/layers.ts';
import type { SiteMap } from '../map/map.ts';
import { colors, onScheme } from '../scheme.ts';
import { c } from './words.ts';

/** A basemap as MapLibre takes it. */
interface Basemap {
  source: SourceSpecification;
  layers(): LayerSpecification[];
}

const SOURCE = 'basemap';
/** Above the ground and beneath all that is ours. */
const BENEATH = 'communes-fill';

/** Shows the basemap while it is wanted, with whom it is by; the answer says whether it is. Nothing of it is asked for before. */
export function layBasemap(map: SiteMap, configured: ConfiguredBasemap, tell: (text: string) => void): (isWanted: boolean) => void {
  const { library } = map;
  const by = document.createElement('div');
  by.className = 'maplibregl-ctrl basemap-by';
  by.hidden = true;
  library.addControl({ onAdd: () => by, onRemove: () => by.remove() }, 'bottom-left');
  let laid: Promise<Basemap | undefined> | undefined;
  let isOn = false;

  async function lay(): Promise<Basemap | undefined> {
    const basemap = await basemapOf(configured);
    if (!basemap) return undefined;
    library.addSource(SOURCE, basemap.source);
    for (const layer of basemap.layers()) library.addLayer(layer, BENEATH);
    onScheme(() => repaint(library, basemap.layers()));
    const host = hostOf(configured);
    by.textContent = [configured.attribution && c('basemapBy', { attribution: configured.attribution }), host && c('basemapOutside', { host })].filter(Boolean).join(' ');
    return basemap;
  }

  return (isWanted) => {
    if (isWanted === isOn) return;
    isOn = isWanted;
    laid ??= lay();
    laid.then(
      (basemap) => {
        if (!basemap) return;
        for (const { id } of basemap.layers()) library.setLayoutProperty(id, 'visibility', isOn ? 'visible' : 'none');
        // Land would hide it.
        library.setPaintProperty(BENEATH, 'fill-opacity', isOn ? 0 : 1);
        by.hidden = !isOn || by.textContent === '';
      },
      (error: unknown) => {
        console.warn(error);
        laid = undefined;
        tell(c('basemapFailed'));
      },
    );
  };
}

/** The other host that pictures come from, if any. */
function hostOf({ tiles }: ConfiguredBasemap): string | undefined {
  const first = tiles?.[0];
  if (!first) return undefined;
  const { host } = new URL(first, document.baseURI);
  return host === location.host ? undefined : host;
}

async function basemapOf({ pmtiles, tiles, attribution, min_zoom: minzoom, max_zoom: maxzoom }: ConfiguredBasemap): Promise<Basemap | undefined> {
  const zooms = { ...(minzoom !== undefined && { minzoom }), ...(maxzoom !== undefined && { maxzoom }), ...(attribution && { attribution }) };
  if (tiles && tiles.length > 0) return picture({ type: 'raster', tiles, tileSize: 256, ...zooms });
  if (!pmtiles) return undefined;
  // The reader of such files comes with them.
  const { PMTiles, Protocol, TileType } = await import('pmtiles');
  const file = new PMTiles(serverUrl(pmtiles).href);
  const protocol = new Protocol();
  protocol.add(file);
  addProtocol('pmtiles', protocol.tile);
  const header = await file.getHeader();
  const url = `pmtiles://${serverUrl(pmtiles).href}`;
  if (header.tileType !== TileType.Mvt) return picture({ type: 'raster', url, tileSize: 256 });
  const { vector_layers: declared } = (await file.getMetadata()) as { vector_layers?: { id: string }[] };
  return lines({ type: 'vector', url }, (declared ?? []).map(({ id }) => id));
}

function picture(source: SourceSpecification): Basemap {
  // A dark page dims a picture that was drawn for a light one.
  const layers = (): LayerSpecification[] => [{ id: 'basemap-picture', source: SOURCE, type: 'raster', paint: { 'raster-brightness-max': colors().isDark ? 0.45 : 1, 'raster-saturation': colors().isDark ? -0.5 : -0.2, 'raster-opacity': 0.9 } }];
  return { source, layers };
}

/** Layers by the names that the schemas of OpenMapTiles and Protomaps share, quiet, so that what is ours stands out. */
function lines(source: SourceSpecification, names: string[]): Basemap {
  const layers = () => {
    const { water, border, building, land, quiet } = colors();
    const area = (name: string): LayerSpecification => ({ id: `basemap-area-${name}`, source: SOURCE, 'source-layer': name, type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': /water|ocean/.test(name) ? water : /build/.test(name) ? building : border, 'fill-opacity': /water|ocean/.test(name) ? 0.6 : /earth|land$/.test(name) ? 0 : 0.16 } });
    const line = (name: string): LayerSpecification => ({ id: `basemap-line-${name}`, source: SOURCE, 'source-layer': name, type: 'line', filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': /water/.test(name) ? water : quiet, 'line-opacity': 0.45, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.3, 16, 2.5] } });
    const ground: LayerSpecification = { id: 'basemap-ground', type: 'background', paint: { 'background-color': land } };
    return [ground, ...names.map(area), ...names.map(line)];
  };
  return { source, layers };
}
