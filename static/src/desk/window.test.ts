import { expect, test } from 'vitest';
import { rowByKey, rowWindow, scrollTo } from './window.ts';

test('no rows make no window', () => {
  expect(rowWindow(0, 300, 30, 0)).toEqual({ from: 0, to: 0, above: 0, below: 0 });
  expect(rowByKey('ArrowDown', -1, 0, 5)).toBeUndefined();
});

test('a window is what is in view with eight rows around it, and the room of the rest', () => {
  // 300 px hold ten rows of 30; scrolled by 3000 the first in view is row 100.
  expect(rowWindow(3000, 300, 30, 1400)).toEqual({ from: 92, to: 118, above: 2760, below: 38_460 });
  expect(rowWindow(0, 300, 30, 1400)).toEqual({ from: 0, to: 18, above: 0, below: 41_460 });
});

test('a list that grew shorter than it is scrolled still shows its end', () => {
  expect(rowWindow(30_000, 300, 30, 20)).toEqual({ from: 2, to: 20, above: 60, below: 0 });
});

test('scrolling goes only as far as it must', () => {
  expect(scrollTo(5, 0, 300, 30)).toBe(0);
  expect(scrollTo(10, 0, 300, 30)).toBe(30);
  expect(scrollTo(2, 300, 300, 30)).toBe(60);
});

test('keys stop at both ends, and others lead nowhere', () => {
  expect(rowByKey('ArrowUp', 0, 9, 5)).toBe(0);
  expect(rowByKey('PageDown', 6, 9, 5)).toBe(8);
  expect(rowByKey('End', 0, 9, 5)).toBe(8);
  expect(rowByKey('a', 3, 9, 5)).toBeUndefined();
});
