/** What is compared, as the fragment of the page's address: a comparison can be kept and handed on. */

import { decoded } from '../api.ts';
import { isDay } from '../dates.ts';

/** The kinds of things that are laid side by side. */
export const KINDS = ['sites', 'districts', 'city'] as const;
export type Kind = (typeof KINDS)[number];

/** One side: of a site or a district by its key or name, of the city by nothing, on a day; undefined is today. */
export interface Side {
  name: string;
  day: string | undefined;
}

export interface Comparison {
  kind: Kind;
  sides: [Side, Side];
}

/** The comparison that a fragment asks for, such as `sites=clusters/a,clusters/b&days=2025-06-30,`. */
export function comparisonOf(fragment: string): Comparison {
  const parts = new Map(fragment.replace(/^#/, '').split('&').map((part) => [part.split('=', 1)[0]!, part.slice(part.indexOf('=') + 1)]));
  const kind = KINDS.find((one) => parts.has(one)) ?? 'sites';
  const names = kind === 'city' ? [] : (parts.get(kind) ?? '').split(',').map(decoded);
  const days = (parts.get('days') ?? '').split(',').map((day) => (isDay(day) ? day : undefined));
  const side = (at: number): Side => ({ name: names[at] ?? '', day: days[at] });
  return { kind, sides: [side(0), side(1)] };
}

/** The fragment of a comparison, without its `#`. */
export function fragmentOf({ kind, sides }: Comparison): string {
  const names = sides.map(({ name }) => encodeURIComponent(name).replaceAll('%2F', '/')).join(',');
  const days = sides.map(({ day }) => day ?? '').join(',');
  return [kind === 'city' ? 'city=' : `${kind}=${names}`, days !== ',' && `days=${days}`].filter(Boolean).join('&');
}

/** Whether both sides say what they are. */
export function isWhole({ kind, sides }: Comparison): boolean {
  return kind === 'city' || sides.every(({ name }) => name !== '');
}
