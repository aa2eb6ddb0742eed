/** Edits that wait for an approver: what each would change, and the decision. */

import { element, h } from '../dom.ts';
import { loadingLine } from './account.ts';
import type { Proposal } from './api.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges } from './diff.ts';
import { rowList } from './history.ts';
import { whenText } from './text.ts';
import { w } from './words.ts';

export function proposalsScreen(desk: Desk, back: Back): void {
  const decides = desk.me?.role === 'approver' || desk.me?.role === 'admin';
  const said = h('p', { class: 'edit-note', role: 'status', hidden: true });
  const list = h('ol', { class: 'versions proposals' });
  desk.show({
    title: w('proposals'),
    back,
    onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
    body: [h('p', { class: 'quiet' }, decides ? w('proposalsDecide') : w('proposalsOwn')), said, list],
  });

  async function load(): Promise<void> {
    list.replaceChildren(h('li', {}, loadingLine()));
    try {
      const open = await desk.client.proposals();
      list.replaceChildren(...(open.length > 0 ? open.map(entry) : [h('li', { class: 'quiet' }, w('noProposals'))]));
    } catch (error) {
      list.replaceChildren(h('li', {}, failureBox(error, { retry: () => void load() })));
    }
    list.dataset.ready = 'true';
  }

  function entry(proposal: Proposal): HTMLElement {
    const { id, at, who } = proposal;
    const { why } = proposal;
    const isOwn = who === desk.me?.name;
    const rows = h('div', { class: 'part-content' });
    const fault = h('div', {});
    void fillRows();
    async function fillRows(): Promise<void> {
      try {
        const { edits } = await desk.client.proposal(id);
        const isStale = edits.some(({ is_current: isCurrent }) => isCurrent === false);
        rows.replaceChildren(...(isStale ? [h('p', { class: 'fault' }, w('proposalStale'))] : []), ...rowList(desk, edits));
        rows.dataset.ready = 'true';
      } catch (error) {
        rows.replaceChildren(element(failureBox(error)));
      }
    }
    const note = h('textarea', { id: `note-${id}`, rows: 2, maxlength: 1000 });
    const buttons = [
      h('button', { type: 'button', class: 'primary', onclick: () => void decide('accept') }, w('accept')),
      h('button', { type: 'button', class: 'danger', onclick: () => void decide('reject') }, w('reject')),
    ];
    const withdraw = h('button', { type: 'button', class: 'danger withdraw', onclick: () => void decide('reject') }, w('withdraw'));
    async function decide(decision: 'accept' | 'reject'): Promise<void> {
      for (const button of buttons) button.disabled = true;
      try {
        await desk.client.decide(id, decision, note.value.trim());
        if (decision === 'accept') void desk.page.changed();
        said.hidden = false;
        said.textContent = decision === 'accept' ? w('accepted') : isOwn ? w('withdrawn') : w('rejected');
        await load();
      } catch (error) {
        for (const button of buttons) button.disabled = false;
        fault.replaceChildren(element(failureBox(error)));
      }
    }
    return h(
      'li',
      { class: 'version proposal', 'data-proposal': String(id) },
      h('div', { class: 'entry-head' }, h('p', {}, h('time', { datetime: at }, whenText(at)), ' · ', h('strong', {}, who)), why ? h('p', { class: 'why' }, `“${why}”`) : h('p', { class: 'quiet' }, w('noWhy'))),
      rows,
      fault,
      decides && !isOwn ? h('div', { class: 'edit-field' }, h('label', { for: `note-${id}`, class: 'field-label' }, w('note')), note, h('div', { class: 'edit-buttons' }, ...buttons)) : h('p', { class: 'quiet' }, decides ? w('notYourOwn') : w('waits')),
      // Whoever proposed it may take it back, but nobody accepts what is his own.
      isOwn && !decides && h('div', { class: 'edit-buttons' }, withdraw),
    );
  }

  void load();
}
