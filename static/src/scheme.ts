/**
 * Light or dark: which of them the page is in, and the colours of what is drawn in pixels. What the style sheet draws
 * has its colours there; those that both draw with are held together by a test.
 */

/** A scheme of colours. */
export type Scheme = 'light' | 'dark';

/** Colours of the map, the charts and the marks. */
export interface Colors {
  isDark: boolean;
  /** What marks and hollow signs are filled with, and letters stand on. */
  paper: string;
  ink: string;
  quiet: string;
  line: string;
  breached: string;
  unknown: string;
  met: string;
  idle: string;
  accent: string;
  /** Around letters and lines on the map. */
  halo: string;
  ground: string;
  land: string;
  border: string;
  district: string;
  place: string;
  water: string;
  waterName: string;
  station: string;
  building: string;
  lot: string;
  plan: string;
  /** What a reader draws, points at and measures. */
  drawn: string;
  measure: string;
  chosen: string;
  grid: string;
  position: string;
}

const COLORS: Record<Scheme, Colors> = {
  light: {
    isDark: false,
    paper: '#ffffff',
    ink: '#26282c',
    quiet: '#5b5e65',
    line: '#d9d6cf',
    breached: '#b84a00',
    unknown: '#70737a',
    met: '#0b62a4',
    idle: '#7f828a',
    accent: '#0b5394',
    halo: '#f8f7f3',
    ground: '#eceae5',
    land: '#f8f7f3',
    border: '#cfcac0',
    district: '#8d7f94',
    place: '#6b675f',
    water: '#8fbcd8',
    waterName: '#33698a',
    station: '#1d4e5f',
    building: '#6c6862',
    lot: '#8a8378',
    plan: '#7a2f7c',
    drawn: '#6a1b9a',
    measure: '#c2185b',
    chosen: '#ffd54a',
    grid: '#5f7d8c',
    position: '#1a66d9',
  },
  dark: {
    isDark: true,
    paper: '#1d2024',
    ink: '#e8e6e1',
    quiet: '#aeb2ba',
    line: '#3b3f46',
    breached: '#ff9d5c',
    unknown: '#a6aab2',
    met: '#79b8f2',
    idle: '#868a93',
    accent: '#86bff2',
    halo: '#1b1e22',
    ground: '#131518',
    land: '#1f2327',
    border: '#3b4046',
    district: '#8b7f93',
    place: '#a09c93',
    water: '#3d6580',
    waterName: '#8fbcd8',
    station: '#8fd0e4',
    building: '#a29c92',
    lot: '#6f6a62',
    plan: '#d69ad8',
    drawn: '#cf9af0',
    measure: '#ff86b5',
    chosen: '#ffd54a',
    grid: '#7f9dac',
    position: '#6fa8ff',
  },
};

const KEY = 'langxanh.scheme';

/** The colours of a scheme; those of the page's own without one. */
export function colors(of: Scheme = current): Colors {
  return COLORS[of];
}

/** The scheme that the page is in. */
export function scheme(): Scheme {
  return current;
}

/** Turns from light to dark and back. What the system has anyway is not kept, so that the page follows it again. */
export function turnScheme(): void {
  const next = current === 'dark' ? 'light' : 'dark';
  turned = next === ofSystem() ? undefined : next;
  try {
    if (turned) localStorage.setItem(KEY, turned);
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing has what is turned for as long as the page stands.
  }
  apply();
}

/** Calls the listener whenever the page has got another scheme, until the answer is called. */
export function onScheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Puts the page into its scheme and keeps it there while the system turns. */
export function startScheme(): void {
  turned = kept();
  apply();
  dark()?.addEventListener('change', apply);
}

const listeners = new Set<() => void>();
/** What the reader has chosen; undefined follows the system. */
let turned: Scheme | undefined;
/** What the page is in: it changes for everything drawn at once, whatever another window keeps meanwhile. */
let current: Scheme = 'light';

function apply(): void {
  const next = turned ?? ofSystem();
  const { dataset } = document.documentElement;
  if (dataset.scheme === next) return;
  dataset.scheme = current = next;
  for (const listener of listeners) listener();
}

function kept(): Scheme | undefined {
  try {
    const text = localStorage.getItem(KEY);
    return text === 'light' || text === 'dark' ? text : undefined;
  } catch {
    return undefined;
  }
}

function ofSystem(): Scheme {
  return dark()?.matches ? 'dark' : 'light';
}

function dark(): MediaQueryList | undefined {
  return globalThis.matchMedia?.('(prefers-color-scheme: dark)');
}
