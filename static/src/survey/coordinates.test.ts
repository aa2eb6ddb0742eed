import { expect, test } from 'vitest';
import { coordinatesOf } from './coordinates.ts';

test('names, single numbers and places elsewhere are no coordinates', () => {
  for (const text of ['', 'Dương Liễu', '21', '21.02', '48.85, 2.35', '-21, 105.8', '21.02, 105.8, 4', '91 181', '21°60′ 105°', "21°01'60'' 105°", "21°S 105°E", '588591 588591', 'xã 21.02, 105.8']) expect(coordinatesOf(text), text).toBeUndefined();
});

test('degrees are read in both orders, with points or commas', () => {
  for (const text of ['21.02, 105.8', '105.8 21.02', '21.02;105.8', ' 21,02; 105,8 ', '105,8 21,02', '21,02, 105,8', '21.02,105.8']) expect(coordinatesOf(text), text).toEqual({ lonLat: [105.8, 21.02] });
});

test('degrees, minutes and seconds are read with what signs and letters people write', () => {
  // 1′30″ are 0.025°, 48′ are 0.8°.
  for (const text of ['21°01′30″N 105°48′E', `21°01'30"N, 105°48'00"E`, `N21°1'30'' E105°48'`, '105°48’Đ; 21°1.5’B', '21.025° 105.8°']) {
    const found = coordinatesOf(text);
    expect(found && 'lonLat' in found, text).toBe(true);
    const { lonLat } = found as { lonLat: [number, number] };
    expect(lonLat[0], text).toBeCloseTo(105.8, 9);
    expect(lonLat[1], text).toBeCloseTo(21.025, 9);
  }
});

test('metres are of the plane of Hanoi, in both orders', () => {
  expect(coordinatesOf('588591.94 2326345.31')).toEqual({ plane: [588591.94, 2326345.31] });
  expect(coordinatesOf('2326345,31; 588591,94')).toEqual({ plane: [588591.94, 2326345.31] });
});
