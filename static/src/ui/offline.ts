/** Lets the page work without a network, and says what is a copy and from when. */

import { render } from 'preact';
import { serverUrl } from '../api.ts';
import { hear } from '../early.ts';
import { formatDate, lang, t } from '../i18n.ts';
import { h } from './h.ts';

/** Says in the bar what is a copy. */
export function showOffline(bar: HTMLElement): void {
  let oldest: string | undefined;
  hear((taken) => {
    if (taken === undefined) {
      // The network is back: what comes now is new, but what stands there is not.
      if (oldest === undefined) return;
      oldest = undefined;
      render([h('span', {}, t('online')), h('button', { type: 'button', onclick: () => location.reload() }, t('reload'))], bar);
      return;
    }
    if (taken !== null && (oldest === undefined || oldest === '' || taken < oldest)) oldest = taken;
    oldest ??= '';
    render(h('span', {}, oldest === '' ? t('offlineUnknown') : t('offline', { time: timeText(oldest) })), bar);
  });
}

/** Starts the service worker once the page stands, where the browser has any and the page came by a way that allows it. */
export function startOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  void navigator.serviceWorker
    .register(serverUrl('sw.js'))
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => {
      // A page that no worker answers for yet has loaded everything past it.
      if (navigator.serviceWorker.controller) return;
      const seen = performance.getEntriesByType('resource').map(({ name }) => name);
      active?.postMessage({ seen: [...new Set(seen)], page: location.href });
    })
    .catch((error: unknown) => console.info('this page will not work without a network:', error));
}

/** A time of the reader's own clock, such as `15:04, 26/11/2026`. */
function timeText(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${new Intl.DateTimeFormat(lang === 'vi' ? 'vi-VN' : 'en-GB', { hour: '2-digit', minute: '2-digit' }).format(time)}, ${formatDate(day)}`;
}
