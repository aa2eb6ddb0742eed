/** The desk at which editing is done: who sits there, what it may do, and the one screen that lies on it. */

import './edit.css';
import { render, type VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Collection, Item } from '../api.ts';
import { t } from '../i18n.ts';
import type { LayerGroup } from '../map/layers.ts';
import type { MapData, SiteMap } from '../map/map.ts';
import { emptyPanel } from '../panel/host.ts';
import { h, type Child } from '../ui/h.ts';
import { Client, Refusal, type Me, type Rights } from './api.ts';
import { forget, token } from './session.ts';
import { createSketch, type Sketch } from './sketch.ts';
import { failureText } from './text.ts';
import { w } from './words.ts';

/** What the desk needs of the page, and does to it. */
export interface DeskPage {
  map(): SiteMap | undefined;
  panel: HTMLElement;
  collections: Map<string, Collection>;
  data(): MapData;
  layers(): ReadonlySet<LayerGroup>;
  /** Reads what the page shows anew, because something was written. */
  changed(): Promise<void>;
  /** Takes whatever has the panel off it, and off the map. */
  makeRoom(): void;
  /** Gives the panel back to what the page shows otherwise. */
  back(): void;
  /** Tells who is signed in now. */
  signed(me: Me | undefined): void;
}

/** A way back. */
export interface Back {
  label: string;
  go: () => void;
  keeps?: boolean;
}

/** What lies on the desk. */
export interface Screen {
  title: string;
  /** A line above the title. */
  kind?: string | undefined;
  /** What it shows: as it stays, or as it is each time that the desk is drawn. */
  body: Child | (() => Child);
  /** The way back, where it leads to another screen of the desk; one that `keeps` what was entered is gone without a question. */
  back?: Back | undefined;
  /** Whether something would be lost if the screen went. */
  isDirty?: () => boolean;
  onClose?: () => void;
}

export class Desk {
  readonly client = new Client(token);
  me: Me | undefined;
  private screen: Screen | undefined;
  private drawn: Sketch | undefined;
  // Counts screens, so that what comes late does not take the place of what a person has gone on to.
  private turn = 0;
  private readonly kept = new Map<string, Promise<Rights>>();

  constructor(readonly page: DeskPage) {
    window.addEventListener('beforeunload', (event) => {
      if (this.screen?.isDirty?.()) event.preventDefault();
    });
  }

  get collections(): Map<string, Collection> {
    return this.page.collections;
  }

  isOpen(): boolean {
    return this.screen !== undefined;
  }

  /** Asks the server who sits here. A token that it does not take any more is forgotten; without a network it is kept. */
  async identify(): Promise<Me | undefined> {
    if (!token()) return this.seat(undefined);
    try {
      return this.seat(await this.client.me());
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) {
        forget();
        return this.seat(undefined);
      }
      throw error;
    }
  }

  seat(me: Me | undefined): Me | undefined {
    this.me = me;
    this.kept.clear();
    this.page.signed(me);
    return me;
  }

  signOut(): void {
    forget();
    this.seat(undefined);
    this.leave();
  }

  /** What may be done to a collection; nothing where the server does not say. */
  rights(collection: string): Promise<Rights> {
    const none: Rights = { create: false, update: false, remove: false };
    const known = this.kept.get(collection) ?? this.client.rights(collection).catch(() => none);
    this.kept.set(collection, known);
    return known;
  }

  /** The collections that this person may add to. */
  async writable(): Promise<Collection[]> {
    const all = [...this.collections.values()].filter(({ langxanh }) => langxanh?.kind !== 'derived');
    const rights = await Promise.all(all.map(({ id }) => this.rights(id)));
    return all.filter((_, i) => rights[i]!.create);
  }

  /** Whether the screen that lies here now still does, when it is asked later. */
  ticket(): () => boolean {
    const mine = this.turn;
    return () => mine === this.turn;
  }

  /** Lays a screen on the desk. What lay there before must have been asked whether it may go. */
  show(screen: Screen): void {
    const { panel } = this.page;
    if (this.screen) this.screen.onClose?.();
    else this.page.makeRoom();
    this.screen = screen;
    this.turn += 1;
    this.draw();
    panel.classList.add('desk');
    panel.classList.remove('folded');
    panel.hidden = false;
    panel.querySelector('h2')?.focus();
  }

  /** Draws what lies on the desk as it is now. */
  draw(): void {
    if (this.screen) render(h(Sheet, { key: this.turn, desk: this, screen: this.screen }), this.page.panel);
  }

  /** Whether the screen may go: where something would be lost, the person is asked. */
  mayLeave(): boolean {
    return !this.screen?.isDirty?.() || window.confirm(w('leaveUnsaved'));
  }

  /** Clears the desk and gives the panel back. */
  leave(): void {
    this.clear();
    this.page.back();
  }

  /** Clears the desk without a word to the page. */
  clear(): void {
    if (this.screen) {
      this.screen.onClose?.();
      emptyPanel(this.page.panel);
    }
    this.screen = undefined;
    this.turn += 1;
    this.drawn?.remove();
    this.drawn = undefined;
    this.page.panel.classList.remove('desk', 'folded');
  }

  /** What is drawn over the map for the desk; undefined where there is no map. */
  sketch(): Sketch | undefined {
    const map = this.page.map();
    if (map) this.drawn ??= createSketch(map);
    return this.drawn;
  }

  /** The names of sites and plans by id, for fields that refer to them. */
  suggestions(references: string | null, field: string): { id: string; name: string }[] {
    const { sites, plans } = this.page.data();
    const named = (items: Item[]) => items.map(({ id, properties }) => ({ id, name: String(properties.name_vi ?? id) }));
    if (references === 'plans') return named(plans);
    if (references === 'clusters' || references === 'craft_villages') return sites.filter(({ collection }) => collection === references).map(({ id, name }) => ({ id, name }));
    return field === 'site_id' ? sites.map(({ id, name }) => ({ id, name })) : [];
  }
}

/** A screen as it lies on the desk, with the ways back and off it. */
function Sheet({ desk, screen: { title, kind, back, body } }: { desk: Desk; screen: Screen }): Child {
  return [
    h(
      'header',
      { class: 'panel-head' },
      back && h('button', { type: 'button', class: 'edit-back', onclick: () => (back.keeps || desk.mayLeave()) && back.go() }, '← ', back.label),
      h('div', { class: 'panel-title' }, kind && h('p', { class: 'kind' }, kind), h('h2', { tabindex: -1 }, title)),
      h('div', { class: 'panel-tools' }, h('button', { type: 'button', class: 'tool close', 'aria-label': t('close'), onclick: () => desk.mayLeave() && desk.leave() }, '✕')),
    ),
    h('div', { class: 'panel-body edit-body', tabindex: 0, role: 'region', 'aria-label': title }, typeof body === 'function' ? body() : body),
  ];
}

/** A box that says why something did not work; where the sign-in has ended, with the way to a new one. */
export function failureBox(error: unknown, ways: { retry?: () => void; signIn?: () => void } = {}): VNode {
  return h(Failure, { error, ...ways });
}

function Failure({ error, retry, signIn }: { error: unknown; retry?: () => void; signIn?: () => void }): VNode {
  useEffect(() => console.warn(error), [error]);
  const ended = error instanceof Refusal && error.status === 401;
  return h(
    'div',
    { class: 'error-box', role: 'alert' },
    h('p', {}, failureText(error)),
    ended && signIn && h('button', { type: 'button', onclick: signIn }, w('signIn')),
    retry && h('button', { type: 'button', onclick: retry }, t('retry')),
  );
}
