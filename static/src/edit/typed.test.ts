import { expect, test } from 'vitest';
import type { FormField } from './form.ts';
import { Typed } from './typed.ts';

const field = (over: Partial<FormField>): FormField => ({ name: 'x', title: 'x', type: 'string', unit: null, codes: [], required: false, readOnly: false, references: null, ...over });
const fields = [field({}), field({ name: 'n', type: 'integer' }), field({ name: 'made', readOnly: true })];

test('what nobody touched is no change, even where no input of a browser could show it as it is', () => {
  const form = new Typed([field({}), field({ name: 'at', type: 'datetime' }), field({ name: 'code', codes: [{ code: 'a', title: { vi: 'A', en: 'A' } }] })], { x: 'two\r\nlines', at: '2026-11-26T03:30:00Z', code: 'unknown here' });
  expect(form.changes()).toEqual({ values: {}, faults: new Map() });
});

test('a fault stays until its field is typed into, whatever comes of the others', () => {
  const form = new Typed(fields, { x: 'a', n: 1 });
  expect(form.blame(new Map([['n', 'too much'], ['made', 'wrong'], ['elsewhere', 'lost']]))).toEqual(['made', 'elsewhere']);
  form.type('x', 'b');
  expect(form.fault('n')).toBe('too much');
  form.type('n', '2');
  expect(form.fault('n')).toBe('');
});

test('over another state of the record what is typed stays, and is a change only where it still differs', () => {
  const form = new Typed(fields, { x: 'a', n: 1 });
  form.type('x', 'mine');
  form.type('n', '2');
  form.rebase({ x: 'mine', n: 3 });
  expect(form.text('n')).toBe('2');
  expect(form.changes().values).toEqual({ n: 2 });
  form.set({ n: 3, made: 'computed' });
  expect(form.changes().values).toEqual({});
  expect(form.has('made')).toBe(false);
});

test('a short form asks for its fields alone', () => {
  expect(new Typed(fields, {}, ['n', 'made']).fields.map(({ name }) => name)).toEqual(['n']);
});
