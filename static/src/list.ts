/** The list of sites: the same choice as on the map, for keyboard and screen reader. */

import { h } from './dom.ts';
import { t } from './i18n.ts';
import { byName, placeOf, STATUSES, type Site } from './sites.ts';
import { symbolElement } from './symbols.ts';

/** Fills the list with the sites, grouped by status and ordered by name. */
export function showList(target: HTMLElement, sites: Site[], onChoose: (site: Site) => void): void {
  const groups = STATUSES.map((status) => sites.filter((site) => site.status === status).sort(byName));
  const lists = groups
    .filter((members) => members.length > 0)
    .flatMap((members) => [
      h('h3', {}, `${members[0]!.statusTitle} (${members.length})`),
      h('ul', {}, ...members.map((site) => h('li', {}, siteButton(site, onChoose)))),
    ]);
  target.replaceChildren(...(lists.length > 0 ? lists : [h('p', { class: 'quiet' }, t('listEmpty'))]));
}

function siteButton(site: Site, onChoose: (site: Site) => void): HTMLElement {
  return h(
    'button',
    { type: 'button', 'data-site': site.key, onclick: () => onChoose(site) },
    symbolElement(site.collection, site.status),
    h('span', { class: 'site-name' }, site.name),
    h('span', { class: 'site-place' }, [t(site.collection), placeOf(site.properties)].filter(Boolean).join(' · ')),
  );
}
