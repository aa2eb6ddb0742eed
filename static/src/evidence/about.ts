/** What the register says of a site, where that is known from, and where the rest of its record is. */

import type { VNode } from 'preact';
import { assessmentUrl, recordUrl, type Collection } from '../api.ts';
import { formatDate, formatDistance, formatRatio, t } from '../i18n.ts';
import type { Site } from '../sites.ts';
import { h } from '../ui/h.ts';
import { CopyButton, demoMark, row } from '../ui/parts.ts';
import { confidenceText, fieldOf, fieldTitle, valueText } from '../values.ts';

const ABOUT_FIELDS = ['status', 'area_ha', 'main_trade', 'trade_vi', 'craft_group', 'recognition', 'established_year', 'investor', 'decision', 'pollution_class', 'pollution_report'];
const COMPLIANCE_FIELDS = ['wastewater_status', 'plan_500_status', 'land_handed_over_pct', 'open_violations', 'detail_status'];

/** The names of parameters by their codes. */
type Names = ReadonlyMap<string, string>;

/** What the register says of the site, and what follows from it; parameters go by their codes until their names are known. */
export function attributes(site: Site, collection: Collection | undefined, names: Names | undefined): VNode[] {
  const rows = (fields: string[]) =>
    fields
      .filter((name) => name in site.properties)
      .flatMap((name) => row(fieldTitle(collection, name), valueText(fieldOf(collection, name), site.properties[name])));
  return [h('dl', {}, rows(ABOUT_FIELDS)), h('h4', {}, t('compliance')), h('dl', {}, worstEffluent(site, names), infrastructure(site), rows(COMPLIANCE_FIELDS))];
}

function worstEffluent({ properties }: Site, names: Names | undefined): VNode[] {
  const { effluent_worst_parameter: parameter, effluent_worst_ratio: ratio, effluent_sampled_on: date } = properties;
  if (typeof parameter !== 'string' || parameter === '') return row(t('worstEffluent'), t('notKnown'));
  const parts = [
    typeof ratio === 'number' && t('timesLimit', { ratio: formatRatio(ratio) }),
    typeof date === 'string' && t('sampledOn', { date: formatDate(date) }),
  ].filter(Boolean);
  // The register has the parameter's code; its name comes with the assessment.
  return row(t('worstEffluent'), h('span', { 'data-parameter': parameter }, names?.get(parameter) || parameter), parts.map((part) => `, ${part}`).join(''));
}

function infrastructure({ properties }: Site): VNode[] {
  const { infrastructure_done: done, infrastructure_total: total } = properties;
  return typeof done === 'number' && typeof total === 'number' ? row(t('infrastructure'), `${done} / ${total}`) : [];
}

/** Where the site's own record comes from, and how sure its place is. */
export function provenance(site: Site): VNode {
  const { position_precision_m: precision, source, source_date, confidence, notes } = site.properties;
  const drawn = site.geometry?.type !== 'Point' && site.properties.is_demo === true;
  return h(
    'dl',
    {},
    row(t('source'), typeof source === 'string' && source ? source : t('notKnown')),
    Boolean(source_date) && row(t('sourceDate'), formatDate(String(source_date))),
    Boolean(confidence) && row(t('confidence'), confidenceText(String(confidence))),
    Boolean(notes) && row(t('notes'), String(notes)),
    row(t('position'), typeof precision === 'number' ? t('precision', { distance: formatDistance(precision) }) : t('precisionUnknown'), drawn && [' ', t('boundaryDrawn'), ' ', demoMark()]),
  );
}

/** Where the rest of the record is, and an address of this site to hand on. */
export function links({ key, collection, id }: Site, asOf: string | undefined): VNode {
  const address = new URL(`#${[key, asOf && `as-of=${asOf}`].filter(Boolean).join('&')}`, location.href).href;
  return h(
    'section',
    { class: 'links' },
    h('h4', {}, t('links')),
    h(
      'ul',
      {},
      h('li', {}, h('a', { href: recordUrl(collection, id, asOf) }, t('record'))),
      h('li', {}, h('a', { href: assessmentUrl(collection, id, asOf).href }, t('assessmentJson'))),
      h('li', {}, h('a', { href: address }, t('siteLink')), ' ', h(CopyButton, { key: address, address: () => address })),
    ),
  );
}
