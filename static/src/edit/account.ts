/** Signing in and out, and the list of what can be done at the desk. */

import { render, type VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatDate, t } from '../i18n.ts';
import { h, type Child } from '../ui/h.ts';
import { row } from '../ui/parts.ts';
import { Refusal, type Me } from './api.ts';
import { failureBox, type Desk } from './desk.ts';
import { keep, tokenOf } from './session.ts';
import { failureText, titleOf } from './text.ts';
import { w } from './words.ts';

/** Asks for a token over whatever is on the page, which stays; true once someone is signed in. */
export function signIn(desk: Desk): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.className = 'sign-in';
    dialog.setAttribute('aria-labelledby', 'sign-in-title');
    let isDone = false;
    dialog.addEventListener('close', () => {
      render(null, dialog);
      dialog.remove();
      resolve(isDone);
    });
    // Escape closes the dialog, and only that.
    dialog.addEventListener('keydown', (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
    const close = (done: boolean) => {
      isDone = done;
      dialog.close();
    };
    render(h(SignIn, { desk, close }), dialog);
  });
}

function SignIn({ desk, close }: { desk: Desk; close(done: boolean): void }): VNode {
  const [state, setState] = useState<{ isBusy?: boolean; fault?: string }>({});
  const input = useRef<HTMLInputElement>(null);
  const remember = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const typed = tokenOf(input.current!.value);
    if (!typed) {
      setState({ fault: w('tokenMalformed') });
      input.current?.focus();
      return;
    }
    setState({ isBusy: true });
    try {
      const me = await desk.client.me(typed);
      keep(typed, remember.current!.checked);
      desk.seat(me);
      close(true);
    } catch (error) {
      setState({ fault: error instanceof Refusal && error.status === 401 ? w('tokenWrong') : failureText(error) });
      input.current?.select();
    }
  }

  return h(
    'form',
    { method: 'dialog', novalidate: true, onsubmit: (event) => void submit(event) },
    h('h2', { id: 'sign-in-title' }, w('signIn')),
    h('p', { id: 'token-help', class: 'quiet' }, w('tokenHelp')),
    h('label', { for: 'token', class: 'field-label' }, w('token')),
    h('input', { id: 'token', type: 'password', autocomplete: 'current-password', spellcheck: false, required: true, 'aria-describedby': 'token-help token-fault', ref: input }),
    h('p', { id: 'token-fault', class: 'fault', role: 'alert' }, state.fault),
    h('label', { for: 'token-remember' }, h('input', { id: 'token-remember', type: 'checkbox', ref: remember }), w('remember')),
    h('p', { class: 'quiet' }, w('rememberHelp')),
    h('div', { class: 'edit-buttons' }, h('button', { type: 'submit', class: 'primary', disabled: state.isBusy }, w('signIn')), h('button', { type: 'button', onclick: () => close(false) }, w('cancel'))),
  );
}

/** One thing that can be done. */
export interface Action {
  label: string;
  hint: string;
  go(): void;
}

/** The desk as it is first seen: who is signed in, and what that person can do. */
export function accountScreen(desk: Desk, me: Me, actions: Action[], waiting: Child): void {
  desk.show({
    title: me.name,
    kind: w('desk'),
    body: [
      h('dl', { class: 'me' }, meRows(desk, me)),
      me.proposes && h('p', { class: 'edit-note' }, w('youPropose')),
      waiting,
      actions.length > 0
        ? h('ul', { class: 'actions' }, ...actions.map(({ label, hint, go }) => h('li', {}, h('button', { type: 'button', onclick: go }, h('strong', {}, label), h('span', { class: 'quiet' }, hint)))))
        : h('p', {}, w('nothingToDo')),
      h('p', {}, h('button', { type: 'button', class: 'sign-out', onclick: () => desk.mayLeave() && desk.signOut() }, w('signOut'))),
    ],
  });
}

function meRows(desk: Desk, { role, collections, districts, expires_at: expires }: Me): VNode[] {
  const listed = (value: Me['collections'], name: (id: string) => string) => {
    const ids = typeof value === 'string' ? [value] : value;
    return !ids || ids.includes('*') || ids.includes('all') ? w('all') : ids.length === 0 ? w('none') : ids.map(name).join(', ');
  };
  const isWriter = role !== 'viewer';
  return [
    ...row(w('role'), w(`role_${role}`)),
    ...(isWriter ? row(w('collections'), listed(collections, (id) => titleOf(desk.collections, id))) : []),
    ...(isWriter ? row(w('districts'), listed(districts, (id) => id)) : []),
    ...row(w('expires'), expires ? formatDate(expires) : w('never')),
  ];
}

/** A screen that says why the desk cannot be used now. */
export function deskFailure(desk: Desk, error: unknown, retry: () => void): void {
  desk.show({ title: w('desk'), body: [failureBox(error, { retry, signIn: () => void signIn(desk).then((done) => done && retry()) })] });
}

/** A line that something is being loaded. */
export function loadingLine(): VNode {
  return h('p', { class: 'quiet', role: 'status' }, t('loadingPart'));
}
