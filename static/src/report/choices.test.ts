import { expect, test } from 'vitest';
import { choicesOf } from './choices.ts';

const site = (key: string, name: string, district = '') => ({ key, properties: { name_vi: name, district_legacy: district } });

test('sites that go by one name are told apart, and each name leads back to its site', () => {
  const { labels, keys } = choicesOf([site('clusters/b', 'Bát Tràng'), site('clusters/a', 'An Dương'), site('craft_villages/b', 'Bát Tràng')]);
  expect([...labels.keys()]).toEqual(['clusters/a', 'clusters/b', 'craft_villages/b']);
  expect(new Set(labels.values()).size).toBe(3);
  for (const [key, label] of labels) expect(keys.get(label)).toBe(key);
});

test('each former district can be chosen once, in the order of names; a site that names none adds none', () => {
  const { districts } = choicesOf([site('clusters/a', 'A', 'Quốc Oai'), site('clusters/b', 'B', 'Đan Phượng'), site('clusters/c', 'C', 'Quốc Oai'), site('clusters/d', 'D'), { key: 'clusters/e', properties: {} }]);
  expect(districts).toEqual(['Đan Phượng', 'Quốc Oai']);
});
