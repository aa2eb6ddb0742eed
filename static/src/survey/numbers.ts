/** Surveyed and measured numbers as text: with millimetres, and ungrouped so that they can be copied into a drawing. */

import { formatMeasure, lang, type Lang } from '../i18n.ts';
import type { Point } from './plane.ts';

/** Metres to the millimetre, ungrouped; a surveyed number with more decimals keeps them all. */
export function metres(value: number, language: Lang = lang): string {
  const text = String(value);
  const decimals = /^-?\d+\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
  return formatMeasure(decimals > 3 && decimals < 7 ? text : value.toFixed(3), language);
}

/** Metres to the millimetre whatever the arithmetic brought along. */
export function rounded(value: number, language: Lang = lang): string {
  return formatMeasure(value.toFixed(3), language);
}

/** A sum of square metres or metres with the given decimals and thousands set apart. */
export function grouped(value: number, decimals = 1, language: Lang = lang): string {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-GB', options).format(value);
}

/** A share in percent with two decimals; close to the limit, where these could hide on which side it is, with four. */
export function percent(value: number, limit?: number | null, language: Lang = lang): string {
  const isClose = typeof limit === 'number' && value !== limit && Math.abs(value - limit) < 0.01;
  return formatMeasure(value.toFixed(isClose ? 4 : 2), language);
}

/** Longitude or latitude with nine decimals (0.1 mm). */
export function degrees(value: number, language: Lang = lang): string {
  return `${formatMeasure(value.toFixed(9), language)}°`;
}

/** A central meridian such as 105°00′. */
export function meridianText(meridian: number): string {
  const whole = Math.floor(meridian);
  return `${whole}°${String(Math.round((meridian - whole) * 60)).padStart(2, '0')}′`;
}

/** A point for the clipboard: northing first, as surveyors write X and Y, with decimal points and a tab between. */
export function copyText([east, north]: Point): string {
  return `${metres(north, 'en')}\t${metres(east, 'en')}`;
}
