/** Edits that wait for an approver: what each would change, and the decision. */

import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { h } from '../ui/h.ts';
import type { Arrival } from '../ui/parts.ts';
import { answered, settled } from './answers.ts';
import type { Proposal, ProposalWithEdits } from './api.ts';
import { failureBox, type Back, type Desk } from './desk.ts';
import { geometryChanges } from './diff.ts';
import { rowList } from './history.ts';
import { whenText } from './text.ts';
import { w } from './words.ts';

type Decision = 'accept' | 'reject';

export function proposalsScreen(desk: Desk, back: Back): void {
  const decides = desk.me?.role === 'approver' || desk.me?.role === 'admin';
  let open: Arrival<Proposal[]>;
  let isRead = false;
  let said = '';

  async function load(): Promise<void> {
    open = undefined;
    desk.draw();
    open = await settled(desk.client.proposals());
    isRead = true;
    desk.draw();
  }

  async function decide({ id, who }: Proposal, decision: Decision, note: string): Promise<void> {
    await desk.client.decide(id, decision, note);
    if (decision === 'accept') void desk.page.changed();
    said = decision === 'accept' ? w('accepted') : who === desk.me?.name ? w('withdrawn') : w('rejected');
    await load();
  }

  desk.show({
    title: w('proposals'),
    back,
    onClose: () => desk.sketch()?.setDiff(geometryChanges(null, null)),
    body: () => [
      h('p', { class: 'quiet' }, decides ? w('proposalsDecide') : w('proposalsOwn')),
      h('p', { class: 'edit-note', role: 'status', hidden: !said }, said),
      h(
        'ol',
        { class: 'versions proposals', 'data-ready': isRead ? 'true' : null },
        !open || 'error' in open
          ? h('li', {}, answered(open, () => null, () => void load()))
          : open.value.length === 0
            ? h('li', { class: 'quiet' }, w('noProposals'))
            : open.value.map((proposal) => h(Entry, { key: proposal.id, desk, proposal, decides, decide: (decision, note) => decide(proposal, decision, note) })),
      ),
    ],
  });
  void load();
}

interface EntryGiven {
  desk: Desk;
  proposal: Proposal;
  decides: boolean;
  decide(decision: Decision, note: string): Promise<void>;
}

function Entry({ desk, proposal: { id, at, who, why }, decides, decide }: EntryGiven): VNode {
  const isOwn = who === desk.me?.name;
  const [whole, setWhole] = useState<Arrival<ProposalWithEdits>>(undefined);
  const [state, setState] = useState<'open' | 'busy' | { error: unknown }>('open');
  const note = useRef<HTMLTextAreaElement>(null);
  useEffect(() => void settled(desk.client.proposal(id)).then(setWhole), []);

  async function go(decision: Decision): Promise<void> {
    setState('busy');
    try {
      await decide(decision, note.current?.value.trim() ?? '');
    } catch (error) {
      setState({ error });
    }
  }
  const button = (decision: Decision, name: string, label: string) => h('button', { type: 'button', class: name, disabled: state === 'busy', onclick: () => void go(decision) }, label);

  return h(
    'li',
    { class: 'version proposal', 'data-proposal': String(id) },
    h('div', { class: 'entry-head' }, h('p', {}, h('time', { datetime: at }, whenText(at)), ' · ', h('strong', {}, who)), why ? h('p', { class: 'why' }, `“${why}”`) : h('p', { class: 'quiet' }, w('noWhy'))),
    h(
      'div',
      { class: 'part-content', 'data-ready': whole && 'value' in whole ? 'true' : null },
      whole && answered(whole, ({ edits }) => [edits.some(({ is_current: isCurrent }) => isCurrent === false) && h('p', { class: 'fault' }, w('proposalStale')), rowList(desk, edits)]),
    ),
    h('div', {}, typeof state === 'object' && failureBox(state.error)),
    decides && !isOwn
      ? h(
          'div',
          { class: 'edit-field' },
          h('label', { for: `note-${id}`, class: 'field-label' }, w('note')),
          h('textarea', { id: `note-${id}`, rows: 2, maxlength: 1000, ref: note }),
          h('div', { class: 'edit-buttons' }, button('accept', 'primary', w('accept')), button('reject', 'danger', w('reject'))),
        )
      : h('p', { class: 'quiet' }, decides ? w('notYourOwn') : w('waits')),
    // Whoever proposed it may take it back, but nobody accepts what is his own.
    isOwn && !decides && h('div', { class: 'edit-buttons' }, button('reject', 'danger withdraw', w('withdraw'))),
  );
}
