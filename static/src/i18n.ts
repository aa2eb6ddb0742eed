/** Sentences, numbers and dates as each language writes them. */

import { en, vi, type Key } from './sentences.ts';

export type { Key };

/** A language of the page. */
export type Lang = 'vi' | 'en';

/** A text that the server sends in both languages. */
export type Text = Record<Lang, string>;

/** All sentences, by language. */
export const strings: Record<Lang, Record<Key, string>> = { vi, en };

/** The language asked for by a page address's query; Vietnamese unless it says `lang=en`. */
export function langOf(query: string): Lang {
  return new URLSearchParams(query).get('lang') === 'en' ? 'en' : 'vi';
}

/** The language of this page view; switching it loads the page anew. */
export const lang: Lang = langOf(globalThis.location?.search ?? '');

/** How a part of the page takes a sentence out of its dictionary, with its `{placeholders}` filled in. */
export function sentencesOf<K extends string>(of: Record<Lang, Record<K, string>>) {
  return (key: K, values: Record<string, string | number> = {}, language: Lang = lang): string => filledIn(of[language][key], values);
}

/** A sentence with its `{placeholders}` filled in. */
export const t = sentencesOf(strings);

function filledIn(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
}

/** The page's language of a text sent in both, or the other one where this is empty. */
export function pick(text: Partial<Text> | null | undefined): string {
  return text?.[lang] || text?.[lang === 'vi' ? 'en' : 'vi'] || '';
}

const LOCALE: Record<Lang, string> = { vi: 'vi-VN', en: 'en-GB' };

/** A number with at most three decimals; thousands are set apart from five digits on, so that years stay years. */
export function formatNumber(value: number, language: Lang = lang): string {
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 3, useGrouping: 'min2' }).format(value);
}

/**
 * A measured value or a limit as text, such as `< 0.0020` or `5.5–9`. It keeps every digit it came with:
 * laboratories report precision by trailing zeros. Only the decimal mark is the language's: registers have either.
 */
export function formatMeasure(value: string, language: Lang = lang): string {
  return language === 'vi' ? value.replace(/(\d)\.(\d)/g, '$1,$2') : value.replace(/(\d),(\d)/g, '$1.$2');
}

/** A value over its limit, e.g. `1.87`; close to 1, where two decimals could hide on which side it is, with four. */
export function formatRatio(ratio: number, language: Lang = lang): string {
  const digits = Math.abs(ratio - 1) < 0.01 ? 4 : 2;
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(ratio);
}

/** An ISO date (or the date of a date-time) as people write it; other text as it stands. */
export function formatDate(iso: string, language: Lang = lang): string {
  const date = /^\d{4}-\d{2}-\d{2}/.exec(iso);
  if (!date) return iso;
  return new Intl.DateTimeFormat(LOCALE[language], {
    timeZone: 'UTC',
    day: '2-digit',
    month: language === 'vi' ? '2-digit' : 'short',
    year: 'numeric',
  }).format(new Date(`${date[0]}T00:00:00Z`));
}

/** Metres as metres or, from one kilometre on, as kilometres with one decimal. */
export function formatDistance(metres: number, language: Lang = lang): string {
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(value);
  return metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, 1)} km`;
}
