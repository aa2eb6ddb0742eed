import { expect, test, vi } from 'vitest';
import { arrivals } from './arrivals.ts';

/** A promise, and what settles it. */
function later<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

test('each thing arrives in its own time, and one that cannot be had does not keep the others', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const [a, b] = [later<string>(), later<string>()];
  const seen: string[] = [];
  const { of, all } = arrivals({ a: () => a.promise, b: () => b.promise }, () => seen.push(Object.keys(of).join('')));
  expect(of).toEqual({});
  b.reject('gone');
  await b.promise.catch(() => undefined);
  a.resolve('here');
  await all;
  expect(of).toEqual({ a: { value: 'here' }, b: { error: 'gone' } });
  expect(seen).toEqual(['b', 'ba']);
});

test('what is asked for anew is on its way until it comes, and an older answer that comes late is not taken', async () => {
  const answers = [later<string>(), later<string>()];
  let asked = 0;
  const { of, again, all } = arrivals({ a: () => answers[asked++]!.promise }, () => undefined);
  again('a');
  answers[1]!.resolve('new');
  await answers[1]!.promise;
  answers[0]!.resolve('old');
  await all;
  expect(of).toEqual({ a: { value: 'new' } });
});
