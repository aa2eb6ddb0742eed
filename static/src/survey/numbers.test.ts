import { expect, test } from 'vitest';
import { planStrings, type PlanKey } from '../plan/words.ts';
import { copyText, degrees, meridianText, metres, percent, rounded, grouped } from './numbers.ts';

test('a share just below its limit does not read as the limit', () => {
  expect(percent(9.9962, 10, 'vi')).toBe('9,9962');
  expect(percent(10, 10, 'vi')).toBe('10,00');
  expect(percent(9.9962, null, 'vi')).toBe('10,00');
  expect(percent(9.96, 10, 'en')).toBe('9.96');
});

test('millimetres are kept, also where the last are zero, and the surveyor’s own further decimals', () => {
  expect(metres(568718.58, 'vi')).toBe('568718,580');
  expect(metres(2333118.9485, 'en')).toBe('2333118.9485');
  // What arithmetic brings along is not the surveyor's.
  expect(metres(0.1 + 0.2, 'en')).toBe('0.300');
  expect(rounded(12.34567, 'vi')).toBe('12,346');
});

test('areas are grouped, coordinates are not', () => {
  expect(grouped(12345.67, 1, 'vi')).toBe('12.345,7');
  expect(grouped(12345.67, 1, 'en')).toBe('12,345.7');
  expect(degrees(105.5, 'vi')).toBe('105,500000000°');
});

test('a meridian is in degrees and minutes', () => {
  expect(meridianText(105)).toBe('105°00′');
  expect(meridianText(107.75)).toBe('107°45′');
});

test('a copied point has north first and decimal points', () => {
  expect(copyText([568586.421, 2333118.948])).toBe('2333118.948\t568586.421');
});

test('every sentence of plan mode is there in both languages, composed, with the same placeholders', () => {
  const keys = Object.keys(planStrings.vi) as PlanKey[];
  const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  expect(Object.keys(planStrings.en).sort()).toEqual([...keys].sort());
  for (const key of keys) {
    expect(planStrings.vi[key].trim(), key).not.toBe('');
    expect(planStrings.en[key].trim(), key).not.toBe('');
    expect(planStrings.vi[key], key).toBe(planStrings.vi[key].normalize('NFC'));
    expect(placeholders(planStrings.en[key]), key).toEqual(placeholders(planStrings.vi[key]));
  }
});
