/** The quarters of the time slider. */

import { formatDate } from '../i18n.ts';
import { s } from './words.ts';

/** A quarter and the day it is judged for: its last, or the day itself in the running one. */
export interface Quarter {
  year: number;
  /** From 1 to 4. */
  quarter: number;
  day: string;
}

/** How many quarters the slider has. */
export const QUARTERS = 12;

/** The last twelve quarters up to a day, oldest first. */
export function quartersTo(day: string): Quarter[] {
  const [year, month] = day.split('-').map(Number) as [number, number];
  const running = year * 4 + Math.floor((month - 1) / 3);
  return Array.from({ length: QUARTERS }, (_, at) => {
    const count = running - (QUARTERS - 1) + at;
    const quarter = { year: Math.floor(count / 4), quarter: (count % 4) + 1 };
    return { ...quarter, day: count === running ? day : lastDay(quarter.year, quarter.quarter) };
  });
}

function lastDay(year: number, quarter: number): string {
  return `${year}-${['03-31', '06-30', '09-30', '12-31'][quarter - 1]}`;
}

/** Where the slider stands for an address that asks for a quarter such as `2025-Q3`; the last one where it asks for none of them. */
export function placeOf(asked: string | undefined, quarters: readonly Quarter[]): number {
  const found = quarters.findIndex((quarter) => quarterKey(quarter) === asked);
  return found < 0 ? quarters.length - 1 : found;
}

/** A quarter as addresses have it, such as `2025-Q3`. */
export function quarterKey({ year, quarter }: Quarter): string {
  return `${year}-Q${quarter}`;
}

/** A quarter in words. */
export function quarterText({ year, quarter }: Quarter): string {
  return s('quarter', { quarter, year });
}

/** A quarter in words with the day it is judged for. */
export function quarterDayText({ year, quarter, day }: Quarter): string {
  return s('quarterDay', { quarter, year, date: formatDate(day) });
}
