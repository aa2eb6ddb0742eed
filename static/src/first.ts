/** The drawing of the city that the server puts into the page: it stands where the map will, until that is there. */

/** A drawing of the whole city is too coarse for more. */
const DEEPEST = 12;

/** Pixels of a mark at the map's own size. */
const FULL_ZOOM = 14;

/** Where a drawing shows what it shows: its corner on the square of the world, and how many of its units that is wide. */
export interface Place {
  west: number;
  north: number;
  scale: number;
  width: number;
  height: number;
}

/** Which part of a drawing is seen, and how many of its units a mark's unit is. */
export interface Sight {
  viewBox: [number, number, number, number];
  unit: number;
}

/**
 * What of the drawing an address shows in a frame of so many pixels; undefined where it asks for something that the drawing
 * does not have: another day, a filter, a mode, a site that is yet to be framed.
 */
export function sightOf(fragment: string, { west, north, scale, width, height }: Place, frame: { width: number; height: number }, padding: number): Sight | undefined {
  const parts = fragment.replace(/^#/, '').split('&').filter(Boolean);
  const camera = parts.find((part) => part.startsWith('map='));
  if (parts.some((part) => part.includes('=') && part !== camera) || (parts.length > 0 && !camera)) return undefined;
  if (!camera) {
    const pixels = Math.min((frame.width - 2 * padding) / width, (frame.height - 2 * padding) / height);
    if (!(pixels > 0)) return undefined;
    const [w, h] = [frame.width / pixels, frame.height / pixels];
    return { viewBox: [(width - w) / 2, (height - h) / 2, w, h], unit: markScale(Math.log2((pixels * scale) / 512)) / pixels };
  }
  const [zoom, lat, lon, bearing = 0] = camera.slice(4).split('/').map(Number);
  if (![zoom, lat, lon].every(Number.isFinite) || bearing !== 0 || zoom! > DEEPEST) return undefined;
  const pixels = (512 * 2 ** zoom!) / scale;
  const sin = Math.sin((lat! * Math.PI) / 180);
  const middle = [(lon! / 360 + 0.5 - west) * scale, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI) - north) * scale];
  const [w, h] = [frame.width / pixels, frame.height / pixels];
  return { viewBox: [middle[0]! - w / 2, middle[1]! - h / 2, w, h], unit: markScale(zoom!) / pixels };
}

/** As the map draws marks: half their size at zoom 8 and before, whole at 14. */
function markScale(zoom: number): number {
  if (zoom < 11) return 0.5 + (0.22 * Math.max(0, zoom - 8)) / 3;
  return 0.72 + (0.28 * (Math.min(zoom, FULL_ZOOM) - 11)) / 3;
}

/** Shows the drawing, where there is one and the address asks for what it has. */
export function showFirst(fragment: string): void {
  const drawing = document.getElementById('first-map');
  if (!drawing) return;
  const number = (name: string) => Number(drawing.dataset[name]);
  const [, , width, height] = (drawing.getAttribute('viewBox') ?? '').split(' ').map(Number);
  const frame = { width: drawing.clientWidth, height: drawing.clientHeight };
  const sight = sightOf(fragment, { west: number('west'), north: number('north'), scale: number('scale'), width: width!, height: height! }, frame, 24);
  if (!sight) return drawing.remove();
  drawing.setAttribute('viewBox', sight.viewBox.join(' '));
  // Marks are drawn where they are defined, which is beside the drawing.
  document.documentElement.style.setProperty('--unit', String(sight.unit));
  document.documentElement.toggleAttribute('data-first', true);
}

/** Takes the drawing away: the map is there, or none will be. */
export function endFirst(): void {
  document.documentElement.toggleAttribute('data-first', false);
  document.documentElement.style.removeProperty('--unit');
  document.getElementById('first-map')?.remove();
  document.getElementById('first-marks')?.remove();
}
