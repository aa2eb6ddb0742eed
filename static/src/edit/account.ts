/** Signing in and out, and the list of what can be done at the desk. */

import type { VNode } from 'preact';
import { h } from '../dom.ts';
import { formatDate, t } from '../i18n.ts';
import type { Me } from './api.ts';
import { failureBox, type Desk } from './desk.ts';
import { keep, tokenOf } from './session.ts';
import { h as draw } from '../ui.ts';
import { failureText, titleOf } from './text.ts';
import { w } from './words.ts';

/** Asks for a token over whatever is on the page, which stays; true once someone is signed in. */
export function signIn(desk: Desk): Promise<boolean> {
  return new Promise((resolve) => {
    const input = h('input', { id: 'token', type: 'password', autocomplete: 'current-password', spellcheck: 'false', required: true, 'aria-describedby': 'token-help token-fault' });
    const remember = h('input', { id: 'token-remember', type: 'checkbox' });
    const fault = h('p', { id: 'token-fault', class: 'fault', role: 'alert' });
    const go = h('button', { type: 'submit', class: 'primary' }, w('signIn'));
    const dialog = h(
      'dialog',
      { class: 'sign-in', 'aria-labelledby': 'sign-in-title' },
      h(
        'form',
        { method: 'dialog', novalidate: true, onsubmit: (event) => void submit(event) },
        h('h2', { id: 'sign-in-title' }, w('signIn')),
        h('p', { id: 'token-help', class: 'quiet' }, w('tokenHelp')),
        h('label', { for: 'token', class: 'field-label' }, w('token')),
        input,
        fault,
        h('label', { for: 'token-remember' }, remember, w('remember')),
        h('p', { class: 'quiet' }, w('rememberHelp')),
        h('div', { class: 'edit-buttons' }, go, h('button', { type: 'button', onclick: () => dialog.close() }, w('cancel'))),
      ),
    );
    let done = false;

    async function submit(event: Event): Promise<void> {
      event.preventDefault();
      fault.textContent = '';
      const typed = tokenOf(input.value);
      if (!typed) {
        fault.textContent = w('tokenMalformed');
        input.focus();
        return;
      }
      go.disabled = true;
      try {
        const me = await desk.client.me(typed);
        keep(typed, remember.checked);
        desk.seat(me);
        done = true;
        dialog.close();
      } catch (error) {
        fault.textContent = isWrong(error) ? w('tokenWrong') : failureText(error);
        input.select();
      } finally {
        go.disabled = false;
      }
    }

    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(done);
    });
    // Escape closes the dialog, and only that.
    dialog.addEventListener('keydown', (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}

const isWrong = (error: unknown) => typeof error === 'object' && error !== null && 'status' in error && error.status === 401;

/** One thing that can be done. */
export interface Action {
  label: string;
  hint: string;
  go(): void;
}

/** The desk as it is first seen: who is signed in, and what that person can do. */
export function accountScreen(desk: Desk, me: Me, actions: Action[], waiting: HTMLElement | null): void {
  desk.show({
    title: me.name,
    kind: w('desk'),
    body: [
      h('dl', { class: 'me' }, ...meRows(desk, me)),
      me.proposes && h('p', { class: 'edit-note' }, w('youPropose')),
      waiting,
      actions.length > 0
        ? h('ul', { class: 'actions' }, ...actions.map(({ label, hint, go }) => h('li', {}, h('button', { type: 'button', onclick: go }, h('strong', {}, label), h('span', { class: 'quiet' }, hint)))))
        : h('p', {}, w('nothingToDo')),
      h('p', {}, h('button', { type: 'button', class: 'sign-out', onclick: () => desk.mayLeave() && desk.signOut() }, w('signOut'))),
    ],
  });
}

function meRows(desk: Desk, { role, collections, districts, expires_at: expires }: Me): HTMLElement[] {
  const listed = (value: Me['collections'], name: (id: string) => string) => {
    const ids = typeof value === 'string' ? [value] : value;
    return !ids || ids.includes('*') || ids.includes('all') ? w('all') : ids.length === 0 ? w('none') : ids.map(name).join(', ');
  };
  const row = (term: string, text: string) => [h('dt', {}, term), h('dd', {}, text)];
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
  return draw('p', { class: 'quiet', role: 'status' }, t('loadingPart'));
}
