import { expect, test } from 'vitest';
import { drawingOptions, NO_DRAWING } from './drawing.ts';

test('a drawing is sent with what was said of it alone', () => {
  const named = { ...NO_DRAWING, isDrawing: true, plan: ' qh-500 ', site: 'clusters/phung' };
  expect(drawingOptions(named)).toEqual({ plan: 'qh-500', site: 'clusters/phung', name: undefined, unit: undefined, 'swap-xy': undefined, snap: undefined });
  expect(drawingOptions({ ...named, unit: 'mm', swaps: true, snap: '0,05' })).toMatchObject({ unit: 'mm', 'swap-xy': 'true', snap: '0.05' });
});

test('a drawing without its plan or its site is not sent', () => {
  expect(drawingOptions({ ...NO_DRAWING, plan: '  ', site: 'clusters/phung' })).toBeUndefined();
  expect(drawingOptions({ ...NO_DRAWING, plan: 'qh-500' })).toBeUndefined();
});
