/** What a reader has asked of the table and filters, as parts of the page's address; anything that makes no sense is as at first. */

/** The properties by which sites are picked out, in the order in which the page lists them; the status is the view's own. */
export const FACETS = ['kind', 'breached', 'unknown', 'district', 'commune', 'trade', 'investor', 'year'] as const;
export type Facet = (typeof FACETS)[number];

/** The columns of the table. */
export const COLUMNS = ['name', 'kind', 'status', 'breaches', 'unknowns', 'ratio', 'district', 'commune', 'trade', 'investor', 'year'] as const;
export type Column = (typeof COLUMNS)[number];

/** By which column the table is ordered. */
export interface Sort {
  column: Column;
  isDown: boolean;
}

/** What stands worst comes first until the reader says otherwise. */
export const FIRST_SORT: Sort = { column: 'breaches', isDown: true };

/** A corner of an area: longitude and latitude. */
export type Corner = [lon: number, lat: number];

/** Facets, selection, area and order. */
export interface Find {
  /** By facet the values of which a site must have one; the empty text stands for what is not on record. */
  facets: Partial<Record<Facet, string[]>>;
  /** A group of sites of the overview, such as `T1.unknown` or `worst`. */
  group?: string | undefined;
  /** The corners of the area that sites must touch, at least three, the first not repeated. */
  area?: Corner[] | undefined;
  /** The keys of the rows that are ticked. */
  picked: string[];
  sort: Sort;
  /** Whether the table stands open; undefined is as the screen allows. */
  table?: boolean | undefined;
}

/** More than anybody draws by hand or ticks: what is longer comes from nobody's hand. */
const MOST_CORNERS = 200;
const MOST_VALUES = 500;

/** What nobody has asked anything of. */
export function firstFind(): Find {
  return { facets: {}, picked: [], sort: FIRST_SORT };
}

/** Whether anything is filtered; the order and the ticks filter nothing. */
export function isFiltered({ facets, group, area }: Find): boolean {
  return group !== undefined || area !== undefined || FACETS.some((facet) => (facets[facet]?.length ?? 0) > 0);
}

/** Not on record, in the address. */
const NOTHING = '-';

/** The parts of the address by name; undefined ones are left out. */
export function findParts({ facets, group, area, picked, sort, table }: Find): Record<string, string | undefined> {
  const list = (values: string[] | undefined) => (values && values.length > 0 ? values.map((value) => (value === '' ? NOTHING : encodeURIComponent(value))).join(',') : undefined);
  return {
    ...Object.fromEntries(FACETS.map((facet) => [facet, list(facets[facet])])),
    group: group && encodeURIComponent(group),
    area: area?.map(([lon, lat]) => `${lon.toFixed(5)},${lat.toFixed(5)}`).join('/'),
    pick: list(picked),
    sort: sort.column === FIRST_SORT.column && sort.isDown === FIRST_SORT.isDown ? undefined : `${sort.isDown ? '-' : ''}${sort.column}`,
    table: table === undefined ? undefined : table ? 'on' : 'off',
  };
}

/** What the parts of an address ask for. */
export function findOf(value: (name: string) => string | undefined): Find {
  const list = (name: string) => {
    const values = (value(name) ?? '').split(',').filter(Boolean).slice(0, MOST_VALUES);
    return [...new Set(values.flatMap((text) => (text === NOTHING ? [''] : whole(text))))];
  };
  const facets: Find['facets'] = {};
  for (const facet of FACETS) {
    const values = list(facet);
    if (values.length > 0) facets[facet] = values;
  }
  const table = value('table');
  return {
    facets,
    group: whole(value('group') ?? '')[0],
    area: areaOf(value('area')),
    picked: list('pick'),
    sort: sortOf(value('sort')),
    table: table === 'on' ? true : table === 'off' ? false : undefined,
  };
}

function sortOf(text = ''): Sort {
  const column = COLUMNS.find((one) => one === text.replace(/^-/, ''));
  return column ? { column, isDown: text.startsWith('-') } : FIRST_SORT;
}

function areaOf(text = ''): Corner[] | undefined {
  const corners = text.split('/').map((corner) => corner.split(',').map((number) => (number.trim() === '' ? NaN : Number(number))));
  const isPlace = ([lon, lat, ...rest]: number[]) => rest.length === 0 && Math.abs(lon!) <= 180 && Math.abs(lat!) <= 90;
  return corners.length >= 3 && corners.length <= MOST_CORNERS && corners.every(isPlace) ? (corners as Corner[]) : undefined;
}

/** The text without its escapes, or nothing where they are broken or it is empty. */
function whole(text: string): string[] {
  try {
    const plain = decodeURIComponent(text);
    return plain ? [plain] : [];
  } catch {
    return [];
  }
}
