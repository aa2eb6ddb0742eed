import { expect, test } from 'vitest';
import { searchOf } from './search.ts';

const search = searchOf([
  { name: 'Liễu Dương', kind: 'Làng nghề', where: 'Xã Minh Châu' },
  { name: 'CCN Dương Liễu', kind: 'Cụm công nghiệp', where: 'Xã Dương Hoà, Hoài Đức cũ' },
  { name: 'Dương Liễu', kind: 'Làng nghề', where: 'Xã Dương Hoà, Hoài Đức cũ' },
  { name: 'Đa Sỹ', kind: 'Làng nghề', where: 'Phường Kiến Hưng, Hà Đông cũ' },
  { name: 'Đa Sỹ', kind: 'Làng nghề', where: 'Phường Khác' },
]);

const names = (query: string) => search(query).map((place) => place.name);

test('an empty query and one of signs alone find nothing', () => {
  expect(names('')).toEqual([]);
  expect(names(' - ')).toEqual([]);
});

test('a name nobody has is not found', () => {
  expect(names('duong lieuu')).toEqual([]);
});

test('"duong lieu" finds Dương Liễu, the exact name first', () => {
  expect(names('duong lieu')).toEqual(['Dương Liễu', 'CCN Dương Liễu', 'Liễu Dương']);
});

test('a query typed with marks, in capitals or half-way finds the same', () => {
  expect(names('DƯƠNG LIỄU')[0]).toBe('Dương Liễu');
  expect(names('duong l')[0]).toBe('Dương Liễu');
});

test('a letter within a word is no match', () => {
  expect(names('ieu')).toEqual([]);
});

test('the place tells two villages of one name apart', () => {
  expect(search('da sy ha dong').map((place) => place.where)).toEqual(['Phường Kiến Hưng, Hà Đông cũ']);
});

test('the kind in full words narrows the search', () => {
  expect(names('cum cong nghiep duong lieu')).toEqual(['CCN Dương Liễu']);
});
