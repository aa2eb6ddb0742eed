/** The violations that wait on this device, at the desk. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { h } from '../../ui/h.ts';
import { signIn } from '../account.ts';
import type { Desk } from '../desk.ts';
import type { Draft } from '../drafts.ts';
import { whenText } from '../text.ts';
import { w } from '../words.ts';
import { sendAll, shelf } from './sending.ts';

/** The drafts that wait on this device, with the way to send or drop each. Null where there are none. */
export async function waitingList(desk: Desk): Promise<VNode | null> {
  const drafts = await shelf.all().catch(() => []);
  return drafts.length > 0 ? h(Waiting, { desk, first: drafts }) : null;
}

function Waiting({ desk, first }: { desk: Desk; first: Draft[] }): VNode {
  const [drafts, setDrafts] = useState(first);
  const [said, setSaid] = useState('');
  const [isSending, setSending] = useState(false);
  const read = async () => setDrafts(await shelf.all());

  async function sendNow(): Promise<void> {
    setSending(true);
    setSaid(w('saving'));
    const outcome = await sendAll(desk);
    const left = [...outcome.values()].filter((sent) => sent !== 'done').length;
    await read();
    setSaid(left === 0 ? w('allSent') : w('stillWaiting', { count: left }));
    setSending(false);
  }

  async function drop(draft: Draft): Promise<void> {
    if (!window.confirm(w('dropDraftSure'))) return;
    await shelf.remove(draft.id);
    await read();
  }

  const told = ({ at, photos, state, refused }: Draft) => [whenText(at), w('photoCount', { count: photos.length }), state === 'proposed' && w('waits'), refused].filter(Boolean).join(' · ');
  return h(
    'section',
    { class: 'edit-note waiting', 'aria-labelledby': 'waiting-title' },
    h('h3', { id: 'waiting-title' }, w('waitingTitle', { count: drafts.length })),
    h('ul', {}, drafts.map((draft) => h('li', { key: draft.id }, told(draft), ' ', h('button', { type: 'button', class: 'small', onclick: () => void drop(draft) }, w('dropDraft'))))),
    drafts.length > 0 && desk.me && h('button', { type: 'button', class: 'primary', disabled: isSending, onclick: () => void sendNow() }, w('sendNow')),
    desk.me ? h('p', { role: 'status' }, said) : h('button', { type: 'button', onclick: () => void signIn(desk) }, w('signIn')),
  );
}
