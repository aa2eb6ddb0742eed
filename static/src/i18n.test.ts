import { expect, test } from 'vitest';
import { formatDate, formatDistance, formatMeasure, formatNumber, formatRatio, langOf, strings, t, type Key } from './i18n.ts';

const keys = Object.keys(strings.vi) as Key[];
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test('an unknown language is Vietnamese', () => {
  expect(langOf('?lang=fr')).toBe('vi');
  expect(langOf('')).toBe('vi');
  expect(langOf('?lang=en')).toBe('en');
});

test('every sentence is there in both languages, with the same placeholders', () => {
  expect(Object.keys(strings.en).sort()).toEqual([...keys].sort());
  for (const key of keys) {
    expect(strings.vi[key].trim(), key).not.toBe('');
    expect(strings.en[key].trim(), key).not.toBe('');
    expect(placeholders(strings.en[key]), key).toEqual(placeholders(strings.vi[key]));
  }
});

test('Vietnamese sentences are in composed Unicode', () => {
  for (const key of keys) expect(strings.vi[key], key).toBe(strings.vi[key].normalize('NFC'));
});

test('placeholders are filled in', () => {
  expect(t('timesLimit', { ratio: '1,5' }, 'vi')).toBe('1,5 lần giới hạn');
});

test('a laboratory value keeps its sign and trailing zeros; only the decimal mark changes', () => {
  expect(formatMeasure('< 0.0020', 'vi')).toBe('< 0,0020');
  expect(formatMeasure('5.5-9', 'vi')).toBe('5,5-9');
  expect(formatMeasure('KPH', 'vi')).toBe('KPH');
  expect(formatMeasure('< 0.0020', 'en')).toBe('< 0.0020');
});

test('a year is not grouped, a larger number is', () => {
  expect(formatNumber(2018, 'vi')).toBe('2018');
  expect(formatNumber(12345.5, 'vi')).toBe('12.345,5');
});

test('what is no date stays as it is', () => {
  expect(formatDate('quý 3 năm 2025', 'vi')).toBe('quý 3 năm 2025');
});

test('a date is written as each language does and does not slip a day', () => {
  expect(formatDate('2025-06-30', 'vi')).toBe('30/06/2025');
  expect(formatDate('2025-06-30T23:30:00Z', 'en')).toBe('30 Jun 2025');
});

test('distances below a kilometre are in metres', () => {
  expect(formatDistance(999.4, 'vi')).toBe('999 m');
  expect(formatDistance(3300, 'vi')).toBe('3,3 km');
  expect(formatDistance(3300, 'en')).toBe('3.3 km');
});

test('a ratio close to one keeps the digits that tell on which side it is', () => {
  expect(formatRatio(1.0004, 'vi')).toBe('1,0004');
  expect(formatRatio(0.9973, 'en')).toBe('0.9973');
  expect(formatRatio(1.8666666666666667, 'vi')).toBe('1,87');
});

test('a decimal comma of the register is a point in English', () => {
  expect(formatMeasure('67,2', 'en')).toBe('67.2');
});
