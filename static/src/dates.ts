/** Calendar days as ISO text such as `2025-06-30`; they compare as text does. */

/** The first day without districts: from then on a place is named by its commune of 2025. */
export const FIRST_DAY_OF_COMMUNES = '2025-07-01';

/** Whether the text is a day of the calendar, written as ISO 8601 does. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Today in Hanoi, wherever the reader's clock stands: the day the server judges by. */
export function today(now = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh', year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}

/** How many days `to` lies after `from`; negative where it lies before. */
export function daysFrom(from: string, to: string): number {
  return Math.round((seconds(to) - seconds(from)) / 86_400);
}

/** The day's first moment in UTC, in seconds since 1970. */
export function seconds(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** Whether the record holds on the day; a missing end is open. */
export function holdsOn({ valid_from: from, valid_to: to }: Record<string, unknown>, day: string): boolean {
  return (typeof from !== 'string' || from <= day) && (typeof to !== 'string' || day <= to);
}
