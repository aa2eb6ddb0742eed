import { expect, test } from 'vitest';
import type { Collection } from '../api.ts';
import type { Schema } from './api.ts';
import { changesOf, fieldOfPointer, fieldsOf, readingOf, textOf, type FormField } from './form.ts';

const field = (over: Partial<FormField>): FormField => ({ name: 'x', title: 'x', type: 'string', unit: null, codes: [], required: false, readOnly: false, references: null, ...over });
const number = field({ type: 'number' });

test('a number whose mark could as well set thousands apart is not guessed, in either language', () => {
  expect(readingOf(number, '1.234', 'vi')).toEqual({ fault: 'faultThousands' });
  expect(readingOf(number, '1.234', 'en')).toEqual({ value: 1.234 });
  expect(readingOf(number, '1,234', 'en')).toEqual({ fault: 'faultThousands' });
  expect(readingOf(number, '1,234', 'vi')).toEqual({ value: 1.234 });
});

test('what is no number is said, and not cut to one', () => {
  for (const text of ['12 ha', '1,2,3', '1.234,5', '--1', 'NaN', 'Infinity', '1e999']) expect(readingOf(number, text, 'vi'), text).toHaveProperty('fault');
  expect(readingOf(number, ' 12 345,5 ', 'vi')).toEqual({ value: 12345.5 });
});

test('an integer takes no decimals and none that are too large to be exact', () => {
  const integer = field({ type: 'integer' });
  expect(readingOf(integer, '12,5')).toHaveProperty('fault');
  expect(readingOf(integer, '9007199254740993')).toHaveProperty('fault');
  expect(readingOf(integer, '007')).toEqual({ value: 7 });
});

test('a day that no calendar has is refused', () => {
  const date = field({ type: 'date' });
  expect(readingOf(date, '2026-02-30')).toEqual({ fault: 'faultDate' });
  expect(readingOf(date, '2026-02-28')).toEqual({ value: '2026-02-28' });
});

test('a moment is typed in the time of Hanoi and sent in universal time', () => {
  const moment = field({ type: 'datetime' });
  expect(readingOf(moment, '2026-11-26T10:30')).toEqual({ value: '2026-11-26T03:30:00Z' });
  expect(textOf(moment, '2026-11-26T03:30:00Z')).toBe('2026-11-26T10:30:00');
});

test('nothing typed takes the value away, but not where one is required', () => {
  expect(readingOf(field({}), '  ')).toEqual({ value: null });
  expect(readingOf(field({ required: true }), '  ')).toEqual({ fault: 'faultRequired' });
});

test('a code that is not declared is refused', () => {
  const coded = field({ codes: [{ code: 'open', title: { vi: 'Mở', en: 'Open' } }] });
  expect(readingOf(coded, 'closed')).toEqual({ fault: 'faultCode' });
  expect(readingOf(coded, 'open')).toEqual({ value: 'open' });
});

test('text is sent in composed letters', () => {
  expect(readingOf(field({}), 'Đa Sỹ'.normalize('NFD'))).toEqual({ value: 'Đa Sỹ' });
});

test('what nobody touched is not sent, whatever digits it has', () => {
  const fields = [number, field({ name: 'y' })];
  const before = { x: 0.1 + 0.2, y: ' with blanks ' };
  const texts = new Map(fields.map((one) => [one.name, textOf(one, before[one.name as 'x' | 'y'])]));
  expect(changesOf(fields, before, texts).values).toEqual({});
  texts.set('y', 'other');
  expect(changesOf(fields, before, texts).values).toEqual({ y: 'other' });
});

test('a value that is typed anew as it was changes nothing, and a computed one is never sent', () => {
  expect(changesOf([number], { x: 5 }, new Map([['x', '5,0']])).values).toEqual({});
  expect(changesOf([field({ readOnly: true })], { x: 'a' }, new Map([['x', 'b']])).values).toEqual({});
});

test('fields are those of the schema without id and place, with titles of the declaration', () => {
  const collection: Collection = {
    id: 'c',
    title: 'C',
    langxanh: { title: { vi: 'C', en: 'C' }, description: { vi: '', en: '' }, geometry: 'Point', fields: [{ name: 'area_ha', title: { vi: 'Diện tích', en: 'Area' }, type: 'number', unit: 'har', codes: [] }] },
  };
  const schema: Schema = {
    required: ['area_ha'],
    properties: {
      id: { type: 'string', readOnly: true, 'x-ogc-role': 'id' },
      geom: { format: 'geometry-point', 'x-ogc-role': 'primary-geometry' },
      area_ha: { type: 'number', title: 'Diện tích / Area' },
      status: { type: 'string', readOnly: true, enum: ['a'] },
      seen_on: { type: 'string', format: 'date' },
    },
  };
  const fields = fieldsOf(collection, schema);
  expect(fields.map(({ name, type, required, readOnly }) => [name, type, required, readOnly])).toEqual([
    ['area_ha', 'number', true, false],
    ['status', 'string', false, true],
    ['seen_on', 'date', false, false],
  ]);
  expect(fields[0]!.title).toBe('Diện tích');
});

test('a pointer leads to its field, also from within a batch', () => {
  expect(fieldOfPointer('/properties/name_vi')).toBe('name_vi');
  expect(fieldOfPointer('/edits/3/feature/properties/a~1b')).toBe('a/b');
  expect(fieldOfPointer('/geometry/coordinates/0/3')).toBe('geometry');
  expect(fieldOfPointer('/id')).toBeUndefined();
  expect(fieldOfPointer('')).toBeUndefined();
});
