/** Says that the server failed, in both languages: whoever helps may read the other one. */

import type { VNode } from 'preact';
import { ServerError } from '../api.ts';
import { lang, t, type Lang } from '../i18n.ts';
import { h, type Child } from './h.ts';

/** A box with what went wrong and a button to try again; another way out may stand beside that. */
export function errorBox(error: unknown, retry: () => void, further?: Child): VNode {
  const sentence = (language: Lang) =>
    error instanceof ServerError ? t('serverError', { status: error.status }, language) : t('unreachable', {}, language);
  const other: Lang = lang === 'vi' ? 'en' : 'vi';
  return h(
    'div',
    { class: 'error-box', role: 'alert' },
    h('p', {}, sentence(lang)),
    h('p', { lang: other }, sentence(other)),
    h('button', { type: 'button', onclick: retry }, `${t('retry', {}, 'vi')} / ${t('retry', {}, 'en')}`),
    further,
  );
}
