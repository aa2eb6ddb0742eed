import { expect, test } from 'vitest';
import { once } from './once.ts';

test('after a failure who asks again has the server asked again, and all others share one answer', async () => {
  let asked = 0;
  const read = once(async () => {
    asked += 1;
    if (asked === 1) throw new Error('no network');
    return asked;
  });
  await Promise.all([expect(read()).rejects.toThrow('no network'), expect(read()).rejects.toThrow('no network')]);
  expect(asked).toBe(1);
  expect([await read(), await read()]).toEqual([2, 2]);
});
