import { expect, test } from 'vitest';
import { fold } from './fold.ts';

test('text of marks and signs alone folds to nothing', () => {
  expect(fold(' \u0301 – ')).toBe('');
});

test('đ is folded although it does not decompose', () => {
  expect(fold('Đường Đê')).toBe('duong de');
});

test('composed and decomposed spellings fold alike', () => {
  expect(fold('Dương Liễu'.normalize('NFC'))).toBe('duong lieu');
  expect(fold('Dương Liễu'.normalize('NFD'))).toBe('duong lieu');
});

test('stacked marks, dashes and case are dropped', () => {
  expect(fold('Cụm công nghiệp Ứng Thiên – Phường Nghĩa Đô')).toBe('cum cong nghiep ung thien phuong nghia do');
});
