import { expect, test } from 'vitest';
import type { Collection, Field } from './api.ts';
import { codeText, fieldTitle, measureText, valueText } from './values.ts';

const field = (declared: Partial<Field>): Field => ({ name: 'x', title: { vi: 'X', en: 'X' }, type: 'string', ...declared });
const status = field({ name: 'status', codes: [{ code: 'operating', title: { vi: 'Đang vận hành', en: 'Operating' } }] });
const stations: Collection = {
  id: 'treatment_stations',
  title: 'Trạm',
  langxanh: { title: { vi: 'Trạm', en: 'Stations' }, description: { vi: '', en: '' }, geometry: 'Point', fields: [status] },
};

test('an absent value is said to be unknown, a zero and a no are not absent', () => {
  expect(valueText(undefined, null)).toBe('chưa có thông tin');
  expect(valueText(undefined, '')).toBe('chưa có thông tin');
  expect(valueText(field({ type: 'integer' }), 0)).toBe('0');
  expect(valueText(field({ type: 'boolean' }), false)).toBe('không');
});

test('a field and a code that nobody declared go by their own names', () => {
  expect(fieldTitle(stations, 'colour')).toBe('colour');
  expect(valueText(status, 'sunk')).toBe('sunk');
  expect(codeText(undefined, 'bod5')).toBe('bod5');
});

test('a declared code is written in words', () => {
  expect(valueText(status, 'operating')).toBe('Đang vận hành');
  expect(codeText(stations, 'operating')).toBe('Đang vận hành');
  expect(measureText(status, 'operating')).toBe('Đang vận hành');
});

test('units are written as people do, and not at all for bare numbers', () => {
  expect(valueText(field({ type: 'number', unit: 'har' }), 37.78)).toBe('37,78 ha');
  expect(valueText(field({ type: 'number', unit: '1' }), 1.667)).toBe('1,667');
  expect(measureText(undefined, '7.2', '-')).toBe('7,2');
  expect(measureText(undefined, '≤ 74.25', 'mg/l')).toBe('≤ 74,25 mg/l');
});

test('a date is written as a date, a year without a thousands mark', () => {
  expect(valueText(field({ type: 'date' }), '2025-06-30')).toBe('30/06/2025');
  expect(valueText(field({ type: 'integer' }), 2018)).toBe('2018');
});
