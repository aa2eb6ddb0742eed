/** What an official decides on proposed violations: how each stands and, for who is signed in, the decision. */

import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Client } from '../edit/api.ts';
import { token } from '../edit/session.ts';
import { failureText } from '../edit/text.ts';
import { formatDate } from '../i18n.ts';
import { h } from '../ui/h.ts';
import type { Proposal } from './review.ts';
import { p } from './words.ts';

const client = new Client(token);

/** How the proposals of one finding stand. Who may not decide is told so by the server. */
export function decisionBoxes(plan: string, proposals: Proposal[]): VNode[] {
  return proposals.filter(({ state }) => state).map((proposal) => h(DecisionBox, { key: proposal.id, plan, first: proposal }));
}

function DecisionBox({ plan, first }: { plan: string; first: Proposal }): VNode {
  // Decisions are counted: after each its form begins anew.
  const [{ proposal, count }, setProposal] = useState({ proposal: first, count: 0 });
  const { id, decision } = proposal;
  const state = proposal.state ?? 'open';
  const by = [decision?.who, decision?.on && formatDate(decision.on), decision?.note].filter(Boolean).join(', ');
  return h(
    'div',
    { class: 'decision', 'data-proposal': first.id, 'data-state': state },
    h('p', { role: 'status' }, h('strong', {}, p(`proposal_${state}`)), by && ` (${by})`),
    token() !== undefined && state !== 'accepted' && h(DecisionForm, { key: count, plan, id, onDecided: (decided) => setProposal({ proposal: decided, count: count + 1 }) }),
  );
}

function DecisionForm({ plan, id, onDecided }: { plan: string; id: string; onDecided: (proposal: Proposal) => void }): VNode {
  const note = useRef<HTMLTextAreaElement>(null);
  const [fault, setFault] = useState('');
  const [isSending, setSending] = useState(false);
  const decide = async (decision: 'accept' | 'dismiss') => {
    const reason = note.current?.value.trim() ?? '';
    if (decision === 'dismiss' && reason === '') {
      setFault(p('decideNeedsNote'));
      note.current?.focus();
      return;
    }
    setSending(true);
    try {
      onDecided(await client.decideViolation<Proposal>(plan, id, decision, reason));
    } catch (error) {
      console.warn(error);
      setSending(false);
      setFault(failureText(error));
    }
  };
  return h(
    'details',
    { class: 'decide' },
    h('summary', {}, p('decide')),
    h('label', {}, p('decideNote'), h('textarea', { rows: 2, maxlength: 4000, 'aria-label': p('decideNote'), ref: note })),
    h('div', {}, fault && h('p', { class: 'fault', role: 'alert' }, fault)),
    h('p', {}, ...(['accept', 'dismiss'] as const).map((decision) => h('button', { type: 'button', disabled: isSending, onclick: () => void decide(decision) }, p(`decide_${decision}`)))),
  );
}
