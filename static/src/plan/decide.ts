/** What an official decides on proposed violations: how each stands and, for who is signed in, the decision. */

import { h } from '../dom.ts';
import { Client } from '../edit/api.ts';
import { token } from '../edit/session.ts';
import { failureText } from '../edit/text.ts';
import { formatDate } from '../i18n.ts';
import type { Proposal } from './review.ts';
import { p } from './words.ts';

const client = new Client(token);

/** How the proposals of one finding stand. Who may not decide is told so by the server. */
export function decisionBoxes(plan: string, proposals: Proposal[]): HTMLElement[] {
  return proposals.filter(({ state }) => state).map((proposal) => decisionBox(plan, proposal));
}

function decisionBox(plan: string, first: Proposal): HTMLElement {
  const box = h('div', { class: 'decision', 'data-proposal': first.id });
  show(first);
  return box;

  function show(proposal: Proposal): void {
    const { state, decision } = proposal;
    const by = [decision?.who, decision?.on && formatDate(decision.on), decision?.note].filter(Boolean).join(', ');
    box.dataset.state = state ?? 'open';
    box.replaceChildren(h('p', { role: 'status' }, h('strong', {}, p(`proposal_${state ?? 'open'}`)), by && ` (${by})`));
    if (token() !== undefined && state !== 'accepted') box.append(form(proposal));
  }

  function form({ id }: Proposal): HTMLElement {
    const note = h('textarea', { rows: 2, maxlength: 4000, 'aria-label': p('decideNote') });
    const fault = h('div', {});
    const buttons = (['accept', 'dismiss'] as const).map((decision) => h('button', { type: 'button', onclick: () => void decide(decision) }, p(`decide_${decision}`)));
    async function decide(decision: 'accept' | 'dismiss'): Promise<void> {
      if (decision === 'dismiss' && note.value.trim() === '') {
        fault.replaceChildren(h('p', { class: 'fault', role: 'alert' }, p('decideNeedsNote')));
        note.focus();
        return;
      }
      for (const button of buttons) button.disabled = true;
      try {
        show(await client.decideViolation<Proposal>(plan, id, decision, note.value.trim()));
      } catch (error) {
        for (const button of buttons) button.disabled = false;
        console.warn(error);
        fault.replaceChildren(h('p', { class: 'fault', role: 'alert' }, failureText(error)));
      }
    }
    return h('details', { class: 'decide' }, h('summary', {}, p('decide')), h('label', {}, p('decideNote'), note), fault, h('p', {}, ...buttons));
  }
}
