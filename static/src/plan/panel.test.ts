import { expect, test } from 'vitest';
import { intakeNotes } from './panel.ts';

test('notes that are no list of sentences stay as they are written', () => {
  for (const value of [null, undefined, '', 'đã sửa tay', '[', '{}', 7]) expect(intakeNotes(value)).toEqual([]);
});

test('notes of an intake are read as sentences, in the other language where one is missing', () => {
  const notes = JSON.stringify([{ kind: 'joined', vi: 'Nối 2 đầu đường.', en: 'Joined 2 ends.' }, { kind: 'x', en: 'Only English.' }, { kind: 'y' }]);
  expect(intakeNotes(notes)).toEqual(['Nối 2 đầu đường.', 'Only English.']);
});
