import { describe, expect, test } from 'vitest';
import { modulesOf, pathOf } from './qr.ts';

const ADDRESS = 'https://gis.example.vn/langxanh/sites/clusters/cụm-phùng?as-of=2025-06-30';

/** The upper left corner of a finder pattern: a square of seven, a ring free, a square of three (ISO/IEC 18004, 6.3.3). */
const FINDER = ['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111'];

describe('a QR code', () => {
  test('has finder patterns in three corners and none in the fourth, and a size of 17 + 4 times its version', () => {
    const modules = modulesOf(ADDRESS);
    const size = modules.length;
    expect((size - 17) % 4).toBe(0);
    const at = (x: number, y: number) => Array.from({ length: 7 }, (_, row) => Array.from({ length: 7 }, (_, column) => (modules[y + row]![x + column] ? '1' : '0')).join(''));
    expect(at(0, 0)).toEqual(FINDER);
    expect(at(size - 7, 0)).toEqual(FINDER);
    expect(at(0, size - 7)).toEqual(FINDER);
    expect(at(size - 7, size - 7)).not.toEqual(FINDER);
  });

  test('is drawn with every dark module once and none besides', () => {
    const modules = modulesOf(ADDRESS);
    const drawn = new Set<string>();
    for (const [, x, y, width] of pathOf(modules).matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let i = 0; i < Number(width); i++) {
        const key = `${Number(x) + i},${y}`;
        expect(drawn.has(key)).toBe(false);
        drawn.add(key);
      }
    }
    const dark = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x + 4},${y + 4}`] : [])));
    expect([...drawn].sort()).toEqual(dark.sort());
  });

  test('differs with the address', () => {
    expect(pathOf(modulesOf(`${ADDRESS}x`))).not.toBe(pathOf(modulesOf(ADDRESS)));
  });
});
