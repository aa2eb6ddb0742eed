/** What can be compared: sites by names that tell them apart, and former districts. */

import { byName, placeOf } from '../sites.ts';

export interface Choices {
  /** How each site is called, by its key, and the other way round. */
  labels: Map<string, string>;
  keys: Map<string, string>;
  districts: string[];
}

/** The choices in the order of their names; sites of one name and place are told apart by their keys. */
export function choicesOf(all: readonly { key: string; properties: Record<string, unknown> }[]): Choices {
  const sites = all.map(({ key, properties }) => ({ key, name: String(properties.name_vi ?? key), place: placeOf(properties) })).sort(byName);
  const labels = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const { key, name, place } of sites) {
    const plain = [name, place].filter(Boolean).join(', ');
    const label = keys.has(plain) ? `${plain} (${key})` : plain;
    labels.set(key, label);
    keys.set(label, key);
  }
  const districts = new Set(all.map(({ properties }) => properties.district_legacy).filter((name): name is string => typeof name === 'string' && name !== ''));
  return { labels, keys, districts: [...districts].map((name) => ({ name })).sort(byName).map(({ name }) => name) };
}
