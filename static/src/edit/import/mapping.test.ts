import { expect, test } from 'vitest';
import type { ImportColumn } from '../api.ts';
import type { FormField } from '../form.ts';
import { chosen, columnsIn, constantsOf, mappingOf, matching, missing, proposed, sameChoices } from './mapping.ts';

const columns: ImportColumn[] = [
  { source: 'Tên cụm', field: 'name_vi', why: 'title' },
  { source: 'DT (ha)', field: 'area_ha', why: 'title' },
  { source: 'Ghi chú', field: null, why: 'unused' },
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

test('the mapping names for each field its column, and empties what the server would match by itself', () => {
  const first = proposed([...columns, { source: 'x', field: 'geometry', why: 'place' }]);
  expect(mappingOf(first, first, new Map())).toEqual({ fields: { name_vi: 'Tên cụm', area_ha: 'DT (ha)' }, constants: {} });
  expect(mappingOf(first, chosen(first, 'DT (ha)', null), new Map())).toEqual({ fields: { name_vi: 'Tên cụm' }, constants: { area_ha: '' } });
});

test('one value for all rows goes before a column', () => {
  expect(mappingOf(proposed(columns), proposed(columns), new Map([['area_ha', '5']]))).toEqual({ fields: { name_vi: 'Tên cụm' }, constants: { area_ha: '5' } });
});

test('what was left out before stays out, and values for all rows stay', () => {
  const before = constantsOf({ fields: {}, constants: { area_ha: '', status: 'operating' } });
  const now = proposed([columns[0]!, { source: 'DT (ha)', field: null, why: 'unused' }]);
  expect(mappingOf(now, now, before.values, before.emptied)).toEqual({ fields: { name_vi: 'Tên cụm' }, constants: { area_ha: '', status: 'operating' } });
  expect(mappingOf(now, chosen(now, 'DT (ha)', 'area_ha'), before.values, before.emptied)).toEqual({ fields: { name_vi: 'Tên cụm', area_ha: 'DT (ha)' }, constants: { status: 'operating' } });
  expect(constantsOf(null).values.size).toBe(0);
});

test('a required field without a column or a value is missing', () => {
  const fields = [field('name_vi', true), field('notes', false), field('status', true)];
  expect(missing(fields, proposed(columns), new Map()).map(({ name }) => name)).toEqual(['status']);
  expect(missing(fields, proposed(columns), new Map([['status', 'operating']]))).toEqual([]);
});

test('faults are found by row, field or words, in any case of letters', () => {
  const faults = [
    { row: 12, field: 'area_ha', detail: "'ba' is no number" },
    { row: 3, field: null, detail: 'Hình tự cắt' },
  ];
  expect(matching(faults, 'HÌNH')).toHaveLength(1);
  expect(matching(faults, '12')[0]!.row).toBe(12);
  expect(matching(faults, '  ')).toHaveLength(2);
});

test('the columns of a file that was refused for want of a field are those that the refusal names', () => {
  const refusal =
    "ghép cột: không có cột nào cho trường bắt buộc 'site_id' (Mã cơ sở); các cột là ngay, hanh vi, lon: hãy chọn cột, hoặc viết tệp ghép cột (--map) với [fields] site_id = \"…\" / mapping: no column matches the required field 'site_id' (Site id); the columns are ngay, hanh vi, lon: write a mapping file (--map) with [fields] site_id = \"…\"";
  expect(columnsIn(refusal).map(({ source }) => source)).toEqual(['ngay', 'hanh vi', 'lon']);
  expect(columnsIn("ghép cột: tệp không có cột 'x'; các cột là a, b / mapping: the file has no column 'x'; its columns are a, b").map(({ source }) => source)).toEqual(['a', 'b']);
  expect(columnsIn('reference system: the file does not name its reference system')).toEqual([]);
  expect(columnsIn(null)).toEqual([]);
});
