/** The findings of a review as a list: each leads to its place on the map. */

import { h } from '../dom.ts';
import { formatDate, formatNumber, pick, t } from '../i18n.ts';
import { confidenceText, unitText } from '../values.ts';
import type { Plan } from './data.ts';
import { markElement } from './marks.ts';
import { grouped } from './numbers.ts';
import { classOf, FINDING_CLASSES, type Finding, type FindingClass, type Review } from './review.ts';
import { p, type PlanKey } from './words.ts';

/** How many findings of each class there are, in words. */
export function countsText(findings: readonly Finding[]): string {
  return FINDING_CLASSES.flatMap((kind) => {
    const count = findings.filter((finding) => classOf(finding) === kind).length;
    return count > 0 ? [p(`short_${kind}`, { count })] : [];
  }).join(' · ');
}

/** The findings by class. Open at first is what needs attention; `onChoose` is called with the one to show on the map. */
export function findingList(review: Review, plan: Plan, onChoose: (finding: Finding) => void): HTMLElement[] {
  const { findings, proposed_violations: proposals = [] } = review;
  const law = h('p', { class: 'quiet' }, p('asOfLaw', { law: formatDate(review.law_on) }));
  if (findings.length === 0) return [h('p', {}, p('findingsNone')), law];
  const proposed = new Set(proposals.map(({ finding }) => finding));
  const names = namesOf(plan);
  const group = (kind: FindingClass) => {
    const members = findings.filter((finding) => classOf(finding) === kind);
    if (members.length === 0) return [];
    return [
      h(
        'details',
        { class: `finding-group finding-${kind}`, open: kind === 'error' || kind === 'warning' },
        h('summary', {}, h('h4', {}, `${p(`class_${kind}`)} (${members.length})`)),
        h('ul', {}, ...members.map((finding) => h('li', {}, findingItem(finding, names, proposed.has(finding.number), onChoose)))),
      ),
    ];
  };
  const note = proposals.length > 0 && h('p', { class: 'quiet' }, p('proposalNote'));
  return [law, ...FINDING_CLASSES.flatMap(group), note].filter((one) => one instanceof HTMLElement);

  function findingItem(finding: Finding, names: Map<string, string>, isProposed: boolean, onChoose: (finding: Finding) => void): HTMLElement {
    const { number, message, rule, geometry, law = [] } = finding;
    const hasPlace = Boolean(geometry);
    const text = pick(message);
    const concerned = (ids: string[] | undefined, title: PlanKey) =>
      ids && ids.length > 0 ? [h('dt', {}, p(title)), h('dd', {}, ids.map((id) => names.get(id) ?? id).join(', '))] : [];
    return h(
      'article',
      { class: 'finding', id: `finding-${number}`, 'data-number': number },
      h(
        'button',
        { type: 'button', class: 'finding-head', disabled: !hasPlace, 'aria-pressed': 'false', 'data-number': number, onclick: () => onChoose(finding) },
        markElement(classOf(finding), number),
        h('span', { class: 'finding-text' }, h('span', { class: 'visually-hidden' }, `${number}. `), text, !hasPlace && h('small', {}, ` ${p('noPlace')}`)),
      ),
      h('p', { class: 'finding-numbers' }, ...numbers(finding), isProposed && h('span', { class: 'tag proposal' }, p('proposal'))),
      h(
        'details',
        { class: 'finding-more' },
        h('summary', {}, p('law'), ' · ', h('code', {}, rule)),
        h('ul', {}, ...law.map(({ document, article, confidence }) => h('li', {}, [document, article, confidence && confidenceText(confidence)].filter(Boolean).join(', ')))),
        h('dl', {}, ...concerned(finding.parcels, 'lots'), ...concerned(finding.buildings, 'building')),
      ),
    );
  }

  function numbers({ measured, required, unit, verdict }: Finding): (HTMLElement | string)[] {
    const value = (number: number) => valueText(number, unit);
    const parts: (HTMLElement | string)[] = [];
    if (typeof measured === 'number') parts.push(h('span', {}, `${p('measured')} `, h('strong', {}, value(measured))));
    if (typeof required === 'number') parts.push(h('span', {}, `${p('required')} `, h('strong', {}, value(required))));
    if (verdict === 'undetermined') parts.push(h('span', { class: 'tag' }, t('outcomeUnknown')));
    return parts;
  }

  function namesOf({ parcels, buildings }: Plan): Map<string, string> {
    const named = (id: string, ...of: unknown[]): [string, string] => [id, String(of.find((name) => typeof name === 'string' && name !== '') ?? id)];
    return new Map([...parcels.map(({ id, properties }) => named(id, properties.lot_symbol)), ...buildings.map(({ id, properties }) => named(id, properties.name_vi))]);
  }
}

/** A measured or required value with its unit; areas to a tenth, lengths to the millimetre where they have one. */
function valueText(value: number, unit: string | null | undefined): string {
  const text = unit === 'm2' ? grouped(value, 1) : formatNumber(value);
  if (unit === '%') return `${text}%`;
  if (unit === 'd') return `${text} ${t('perDay')}`;
  return [text, unitText(unit)].filter(Boolean).join(' ');
}
