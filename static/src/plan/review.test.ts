import { expect, test } from 'vitest';
import { classOf } from './review.ts';

test('what cannot be decided or is not on record is never shown as a fault', () => {
  for (const severity of ['error', 'warning', 'info', 'breach', '']) {
    expect(classOf({ severity, verdict: 'undetermined' })).toBe('undetermined');
    expect(classOf({ severity, verdict: 'unknown' })).toBe('unknown');
  }
});

test('a word that the page does not know informs and does not accuse', () => {
  expect(classOf({ severity: 'fatal', verdict: 'fail' })).toBe('info');
  expect(classOf({ severity: 'error', verdict: 'perhaps' as never })).toBe('info');
});

test('a fault weighs as its severity says', () => {
  expect(classOf({ severity: 'error', verdict: 'fail' })).toBe('error');
  expect(classOf({ severity: 'warning', verdict: 'fail' })).toBe('warning');
  expect(classOf({ severity: 'info', verdict: 'fail' })).toBe('info');
});
