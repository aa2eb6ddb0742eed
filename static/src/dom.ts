/** Builds page elements; text is always set as text, so nothing the server sends is read as markup. */

import { render, type VNode } from 'preact';

type Child = Node | VNode | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/** An element with attributes, `on…` listeners and children; null, undefined and false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(isDrawn(child) ? fragment(child) : child);
  return element;
}

function isDrawn(child: Node | VNode | string): child is VNode {
  return typeof child !== 'string' && !(child instanceof Node);
}

function fragment(drawn: VNode): DocumentFragment {
  const parent = document.createDocumentFragment();
  render(drawn, parent as unknown as Element);
  return parent;
}

/** The node that is drawn, for a place that is not drawn by Preact yet. */
export function element(drawn: VNode): HTMLElement {
  return fragment(drawn).firstElementChild as HTMLElement;
}

/** The element of the page with this id; the page's own skeleton has it. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}
