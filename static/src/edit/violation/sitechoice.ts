/** The choice of the site that a violation belongs to. */

import type { RefObject, VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatDistance, t } from '../../i18n.ts';
import { placeOf, type Site } from '../../sites.ts';
import { h } from '../../ui/h.ts';
import type { Near } from '../nearby.ts';
import { w } from '../words.ts';

interface Given {
  sites: readonly Site[];
  /** Those around the place; undefined while there is no place. */
  near: readonly Near[] | undefined;
  chosen: string;
  fault: string;
  choose(key: string): void;
  select: RefObject<HTMLSelectElement | null>;
}

export function SiteChoice({ sites, near, chosen, fault, choose, select }: Given): VNode {
  // All sites of the city are in it: it is made anew only where the place changes.
  const options = useMemo(() => optionsOf(sites, near ?? []), [sites, near]);
  return h(
    'div',
    { class: 'edit-field' },
    h('label', { for: 'violation-site', class: 'field-label' }, w('site'), h('span', { class: 'required' }, ` (${w('required')})`)),
    h('select', { id: 'violation-site', ref: select, 'aria-required': 'true', 'aria-describedby': 'site-help site-fault', value: chosen, onchange: ({ currentTarget: { value } }) => choose(value) }, options),
    h('p', { class: 'quiet', id: 'site-help' }, near === undefined ? w('siteHelp') : near.length > 0 ? w('siteNear', { count: near.length }) : w('siteNone')),
    h('p', { class: 'fault', id: 'site-fault', role: 'alert' }, fault),
  );
}

/** The sites around the place first, then all others. */
function optionsOf(sites: readonly Site[], near: readonly Near[]): VNode[] {
  const option = ({ key, name, collection: register }: Site, words: string) => h('option', { value: key }, `${name} (${[t(register), words].filter(Boolean).join(', ')})`);
  const isNear = new Set(near.map(({ site: { key } }) => key));
  const around = h('optgroup', { label: w('sitesNear') }, near.map(({ site, metres }) => option(site, metres > 0 ? formatDistance(metres) : w('within'))));
  return [
    h('option', { value: '' }, w('chooseSite')),
    ...(near.length > 0 ? [around] : []),
    h('optgroup', { label: w('sitesAll') }, sites.filter(({ key }) => !isNear.has(key)).map((site) => option(site, placeOf(site.properties)))),
  ];
}
