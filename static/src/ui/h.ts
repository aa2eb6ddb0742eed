/**
 * What the page is drawn with: Preact, by calls instead of JSX, and held to what this page uses. Text is always set as
 * text, so nothing the server sends is read as markup.
 */

import { createElement, type Key, type Ref, type VNode } from 'preact';

/** What stands in an element; null, undefined and false are left out. */
export type Child = VNode<any> | string | number | null | undefined | false | readonly Child[];

type Value = string | number | boolean | null | undefined;
// Each handler knows of which kind its events are.
type Handler = (event: any) => void;
type Attributes = { [name: `on${string}`]: Handler | null | undefined | false; ref?: Ref<any>; key?: Key | undefined; style?: Value | Record<string, string | number> } & {
  [name: string]: Value | Handler | Ref<any> | Record<string, string | number>;
};

interface H {
  /** An element with attributes, `on…` listeners and children. */
  (tag: string, attributes?: Attributes, ...children: Child[]): VNode;
  /** A component with what it is given. */
  <P>(component: (given: P) => Child, given: P & { key?: Key | undefined }): VNode;
}

// A node of the document as a child would be left out without a word: the types above refuse it.
export const h = createElement as H;
