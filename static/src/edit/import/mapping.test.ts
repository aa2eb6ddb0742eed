import { expect, test } from 'vitest';
import type { FormField } from '../form.ts';
import { chosen, mappingOf, matching, missing, proposed, sameChoices } from './mapping.ts';

const columns = [
  { source: 'Tên cụm', field: 'name_vi' },
  { source: 'DT (ha)', field: 'area_ha' },
  { source: 'Ghi chú', field: null },
];
const field = (name: string, required: boolean): FormField => ({ name, title: name, type: 'string', unit: null, codes: [], required, readOnly: false, references: null });

test('a column that takes over a field leaves the other column without one', () => {
  const after = chosen(proposed(columns), 'Ghi chú', 'name_vi');
  expect([...after]).toEqual([
    ['Tên cụm', null],
    ['DT (ha)', 'area_ha'],
    ['Ghi chú', 'name_vi'],
  ]);
  expect(sameChoices(proposed(columns), after)).toBe(false);
});

test('the mapping names for each field its column and leaves out what goes nowhere', () => {
  expect(mappingOf(proposed(columns))).toEqual({ name_vi: 'Tên cụm', area_ha: 'DT (ha)' });
});

test('a required field without a column is missing', () => {
  const fields = [field('name_vi', true), field('notes', false), field('status', true)];
  expect(missing(fields, proposed(columns)).map(({ name }) => name)).toEqual(['status']);
});

test('faults are found by row, field or reason, in any case of letters', () => {
  const faults = [
    { row: 12, field: 'area_ha', reason: "'ba' is no number" },
    { row: 3, field: null, reason: 'Hình tự cắt' },
  ];
  expect(matching(faults, 'HÌNH')).toHaveLength(1);
  expect(matching(faults, '12')[0]!.row).toBe(12);
  expect(matching(faults, '  ')).toHaveLength(2);
});
