/** Reads coordinates that somebody types: degrees, degrees with minutes and seconds, or metres in the plane of Hanoi. */

/** The zone in which Hanoi is surveyed: VN-2000, 3°, central meridian 105°. */
export const HANOI_ZONE = 5897;

/** A place in degrees, or in metres of the Hanoi zone. */
export type Coordinates = { lonLat: [lon: number, lat: number] } | { plane: [east: number, north: number] };

type Range = readonly [from: number, to: number];
// Viet Nam's extent: its latitudes and longitudes, and the eastings and northings around Hanoi, are never taken for one another.
const LAT: Range = [8, 24];
const LON: Range = [102, 110];
const EAST: Range = [400_000, 700_000];
const NORTH: Range = [2_200_000, 2_450_000];

/** The coordinates that a text holds in either order; undefined for everything else. */
export function coordinatesOf(text: string): Coordinates | undefined {
  const plain = text.normalize('NFC').trim().replace(/[º˚]/g, '°').replace(/''|[″”“"]/g, '″').replace(/[′’‘']/g, '′');
  const pair = plain.includes('°') ? sexagesimal(plain) : decimal(plain);
  if (!pair) return undefined;
  const degrees = inOrder(pair, LON, LAT);
  if (degrees) return { lonLat: degrees };
  const plane = plain.includes('°') ? undefined : inOrder(pair, EAST, NORTH);
  return plane && { plane };
}

function inOrder([a, b]: [number, number], first: Range, second: Range): [number, number] | undefined {
  const lies = (value: number, [from, to]: Range) => value >= from && value <= to;
  if (lies(a, first) && lies(b, second)) return [a, b];
  return lies(b, first) && lies(a, second) ? [b, a] : undefined;
}

/** Two numbers, with decimal points or with decimal commas. */
function decimal(text: string): [number, number] | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*[,;\s]\s*(\d+(?:\.\d+)?)$/.exec(text) ?? /^(\d+(?:,\d+)?)(?:\s*;\s*|,?\s+)(\d+(?:,\d+)?)$/.exec(text);
  return found ? [number(found[1]!), number(found[2]!)] : undefined;
}

/** Two angles; the letters of the directions may be there and tell nothing that the values do not, but south and west are not here. */
function sexagesimal(text: string): [number, number] | undefined {
  if (/[SWT]/i.test(text)) return undefined;
  const angle = String.raw`[NEBĐ]?\s*(\d+(?:[.,]\d+)?)\s*°\s*(?:(\d+(?:[.,]\d+)?)\s*′\s*)?(?:(\d+(?:[.,]\d+)?)\s*″)?\s*[NEBĐ]?`;
  const found = new RegExp(`^${angle}\\s*[,;]?\\s*${angle}$`, 'i').exec(text);
  if (!found) return undefined;
  const [a, b] = [found.slice(1, 4), found.slice(4, 7)].map(degrees);
  return a === undefined || b === undefined ? undefined : [a, b];
}

function degrees(parts: (string | undefined)[]): number | undefined {
  const [whole, minutes, seconds] = parts.map((part) => (part ? number(part) : 0));
  return minutes! < 60 && seconds! < 60 ? whole! + minutes! / 60 + seconds! / 3600 : undefined;
}

function number(text: string): number {
  return Number(text.replace(',', '.'));
}
