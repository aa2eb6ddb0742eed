/** What a row of the table says, in words and for ordering. */

import type { Collection } from '../api.ts';
import { formatNumber, formatRatio, pick, t } from '../i18n.ts';
import { STATUSES, type SiteCollection } from '../sites.ts';
import { fieldOf, valueText } from '../values.ts';
import type { Row } from './facets.ts';
import type { Texts } from './order.ts';
import type { Column, Facet } from './state.ts';
import { s } from './words.ts';
import type { Rule } from './data.ts';

/** What the server declares of values. */
export interface Declared {
  collections: Map<string, Collection>;
  rules: ReadonlyMap<string, Rule> | undefined;
}

/** A facet's value in words. */
export function facetText(facet: Facet, value: string, { collections, rules }: Declared): string {
  if (value === '') return s('noValue');
  if (facet === 'kind') return value === 'clusters' || value === 'craft_villages' ? t(value) : value;
  if (facet === 'breached' || facet === 'unknown') {
    const rule = rules?.get(value);
    return rule ? pick(rule.title) : value;
  }
  if (facet === 'trade') return valueText(fieldOf(collections.get('craft_villages'), 'craft_group'), value);
  return value;
}

/** A cell in words; a dash where nothing is on record. */
export function cellText(row: Row, column: Column, declared: Declared): string {
  const { site, values } = row;
  switch (column) {
    case 'name':
      return site.name;
    case 'kind':
      return t(site.collection === 'clusters' ? 'clusterShort' : 'villageShort');
    case 'status':
      return site.statusTitle;
    case 'breaches':
    case 'unknowns':
      return row[column] === null ? s('noNumber') : formatNumber(row[column]);
    case 'ratio':
      return row.ratio === null ? s('noNumber') : formatRatio(row.ratio);
    default: {
      const known = values[column].filter(Boolean);
      return known.length > 0 ? known.map((value) => facetText(column, value, declared)).join(', ') : s('noValue');
    }
  }
}

/** How rows order: numbers as numbers, statuses as pressing as they are, all else as it reads. */
export function readerOf(declared: Declared): Texts {
  const kinds: SiteCollection[] = ['clusters', 'craft_villages'];
  return (row, column) => {
    switch (column) {
      case 'breaches':
      case 'unknowns':
      case 'ratio':
        return row[column];
      case 'status':
        return STATUSES.indexOf(row.site.status);
      case 'kind':
        return kinds.indexOf(row.site.collection);
      case 'year':
        return row.values.year[0] ? Number(row.values.year[0]) : null;
      case 'name':
        return row.site.name;
      default:
        return row.values[column].some(Boolean) ? cellText(row, column, declared) : null;
    }
  };
}
