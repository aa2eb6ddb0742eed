/** What the frame of the page says of what is shown: the day, what is made up, and an address that leads nowhere. */

import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { formatDate, formatDistance, t } from '../i18n.ts';
import { isDemo, type Site } from '../sites.ts';
import { byId } from '../ui/dom.ts';
import { useKeptFocus } from '../ui/focus.ts';
import { h, type Child } from '../ui/h.ts';
import { demoMark } from '../ui/parts.ts';

/** The bar that says that another day than today is shown or on its way, and leads back. */
export function DayBanner({ asOf, isLoading, toToday }: { asOf?: string | undefined; isLoading?: boolean | undefined; toToday?: () => void }): VNode {
  const bar = useRef<HTMLDivElement>(null);
  // The button that led back to today goes with the banner.
  useKeptFocus(bar, () => byId('stage').focus());
  const said: Child = isLoading
    ? h('span', {}, t('loading'))
    : asOf && [h('span', {}, t('dayShown', { date: formatDate(asOf) })), h('button', { type: 'button', onclick: toToday }, t('toToday'))];
  return h('div', { id: 'day-banner', role: 'status', ref: bar }, said);
}

/** What is told of data that are made up: within how many metres their places are true, 0 where nobody knows. */
export interface Demo {
  precision: number;
}

/** What is made up of the sites, or undefined. */
export function demoOf(sites: readonly Site[]): Demo | undefined {
  return sites.some(isDemo) ? { precision: Math.max(0, ...sites.map((site) => Number(site.properties.position_precision_m ?? 0))) } : undefined;
}

/** Says that data are made up. */
export function demoNotice({ precision }: Demo): Child {
  return [h('span', {}, demoMark(), ' ', t('demoNotice')), ' ', precision > 0 && h('span', {}, t('demoPrecision', { distance: formatDistance(precision) }))];
}

/** Says that an address names a site that is in no register. */
export function unknownSite(key: string, close: () => void): VNode {
  return h('div', { class: 'error-box passing', role: 'alert' }, h('p', {}, t('noSuchSite', { site: key })), h('button', { type: 'button', onclick: close }, t('close')));
}
