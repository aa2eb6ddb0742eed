import { expect, test } from 'vitest';
import { areaOf, areaOfGeometry, crossesItself, lengthOf, lengthOfGeometry, type Point } from './plane.ts';

const SQUARE: Point[] = [
  [568586.421, 2333118.948],
  [568596.421, 2333118.948],
  [568596.421, 2333128.948],
  [568586.421, 2333128.948],
];

test('too few points have no length and no area', () => {
  expect(lengthOf([])).toBe(0);
  expect(areaOf([])).toBe(0);
  expect(lengthOf([SQUARE[0]!])).toBe(0);
  expect(areaOf(SQUARE.slice(0, 2))).toBe(0);
  // There and back again would count the one side twice.
  expect(lengthOf(SQUARE.slice(0, 2), true)).toBeCloseTo(10, 6);
});

test('a line of a 3-4-5 triangle is 5 m long wherever it lies', () => {
  expect(lengthOf([[568586.421, 2333118.948], [568589.421, 2333122.948]])).toBeCloseTo(5, 6);
});

test('a square of 10 m in Hanoi has 100 m² to the square millimetre, closed or not, either way round', () => {
  for (const ring of [SQUARE, [...SQUARE, SQUARE[0]!], SQUARE.toReversed()]) expect(areaOf(ring)).toBeCloseTo(100, 6);
  expect(lengthOf(SQUARE, true)).toBeCloseTo(40, 6);
});

test('an outline of 60 corners has its area to the square millimetre, as whole millimetres give it', () => {
  // Eastings and northings multiplied as they are reach 1.3e12, where a double steps by 2.4e-4 m².
  const corners = Array.from({ length: 60 }, (_, i): [number, number] => [568586421 + Math.round(31234 * Math.cos(i / 9.55)), 2333118948 + Math.round(17891 * Math.sin(i / 9.55))]);
  const twice = corners.reduce((sum, [x, y], i) => {
    const [x2, y2] = corners[(i + 1) % 60]!;
    return sum + BigInt(x) * BigInt(y2) - BigInt(x2) * BigInt(y);
  }, 0n);
  expect(Math.abs(areaOf(corners.map(([x, y]): Point => [x / 1000, y / 1000])) - Number(twice) / 2e6)).toBeLessThan(1e-6);
});

test('a hole is not counted, and parts add up', () => {
  const ring = (size: number) => [[0, 0], [size, 0], [size, size], [0, size], [0, 0]];
  // 10 × 10 less 2 × 2, and once more 3 × 3.
  expect(areaOfGeometry({ type: 'MultiPolygon', coordinates: [[ring(10), ring(2)], [ring(3)]] })).toBe(105);
  expect(areaOfGeometry({ type: 'LineString', coordinates: [[0, 0], [1, 0]] })).toBe(0);
  expect(areaOfGeometry(null)).toBe(0);
  expect(lengthOfGeometry({ type: 'MultiLineString', coordinates: [[[0, 0], [3, 4]], [[0, 0], [0, 2]]] })).toBe(7);
});

test('a bow tie crosses itself, a square and a triangle do not', () => {
  expect(crossesItself([SQUARE[0]!, SQUARE[2]!, SQUARE[1]!, SQUARE[3]!])).toBe(true);
  expect(crossesItself(SQUARE)).toBe(false);
  expect(crossesItself(SQUARE.slice(0, 3))).toBe(false);
});
