import { expect, test } from 'vitest';
import { Refusal } from './api.ts';
import { tokenOf } from './session.ts';
import { causeText, failureText, newId, ownText, saidText, whenText } from './text.ts';
import { editStrings } from './words.ts';

test('both languages of editing have every sentence with the same placeholders', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [key, text] of Object.entries(editStrings.vi)) expect(places(editStrings.en[key as keyof typeof editStrings.en]), key).toEqual(places(text));
});

test('a text with both languages is cut to one, any other stays whole', () => {
  expect(ownText('Không tìm thấy / Not found', 'en')).toBe('Not found');
  expect(ownText('Không tìm thấy / Not found', 'vi')).toBe('Không tìm thấy');
  expect(ownText('a / b / c', 'en')).toBe('a / b / c');
  const quoted = "tệp không có cột 'Tên / Name'; các cột là a, b / the file has no column 'Tên / Name'; its columns are a, b";
  expect(ownText(quoted, 'vi')).toBe("tệp không có cột 'Tên / Name'; các cột là a, b");
  expect(ownText(quoted, 'en')).toBe("the file has no column 'Tên / Name'; its columns are a, b");
  expect(ownText("no column matches 'site_id' (Mã cơ sở / Site id); the columns are a, b", 'en')).toMatch(/the columns are a, b$/);
  expect(ownText(null)).toBe('');
});

test('what the server says in English alone is told to be English on a Vietnamese page, and names are not taken for it', () => {
  expect(saidText('the form: incomplete stream', 'vi')).toBe('Máy chủ báo bằng tiếng Anh: “the form: incomplete stream”');
  expect(saidText('the form: incomplete stream', 'en')).toBe('the form: incomplete stream');
  expect(saidText('đang bận / the file is busy', 'vi')).toBe('đang bận');
  for (const text of ['Không đọc được file text', 'EPSG:5897', 'clusters/a', '']) expect(saidText(text, 'vi')).toBe(text);
});

test('a moment is told in the time of Hanoi', () => {
  expect(whenText('2026-11-26T18:05:00Z', 'vi')).toMatch(/01:05.*27\/11\/2026/);
  expect(whenText('not a date')).toBe('not a date');
});

test('a refusal is told in plain words, a lock-out with the time to wait', () => {
  expect(failureText(new Refusal(429, {}, 30))).toMatch(/30/);
  expect(failureText(new TypeError('Failed to fetch'))).toMatch(/Không kết nối/);
  expect(failureText(new Refusal(409, { detail: 'Hai dòng đã đổi / Two rows changed' }, undefined))).toMatch(/Hai dòng đã đổi$/);
});

test('a token is taken as pasted, and nothing that a header could not carry', () => {
  expect(tokenOf('  Bearer abc.DEF-1 \n')).toBe('abc.DEF-1');
  expect(tokenOf('mã của tôi')).toBeUndefined();
  expect(tokenOf('a b')).toBeUndefined();
  expect(tokenOf('')).toBeUndefined();
});

test('ids made here do not repeat', () => {
  expect(new Set(Array.from({ length: 1000 }, () => newId('vio'))).size).toBe(1000);
});

test('how a change came about is told in words, and not at all where it says nothing new', () => {
  expect(causeText('update clusters')).toBe('');
  expect(causeText('3 edits')).toBe('');
  expect(causeText('undo of change 12')).toMatch(/12/);
  expect(causeText(`import lots.gpkg sha256:${'0'.repeat(64)}`)).toMatch(/lots\.gpkg$/);
  expect(causeText('proposal 7, accepted by hoa')).toMatch(/7.*hoa/);
  expect(causeText('sample')).toBe('sample');
});
