/** What the server says of edits, in the page's language and Hanoi's time. */

import type { Collection } from '../api.ts';
import { lang, pick, type Lang, type Text } from '../i18n.ts';
import { collectionTitle, valueText } from '../values.ts';
import { Refusal, type Operation } from './api.ts';
import { w, type WordKey } from './words.ts';

/**
 * The page's language of a text that has both with ` / ` between, or of one that is sent as two; others stay as they are.
 * What a message repeats of a file may have the same sign, once in each language, so that they meet at the one in the middle.
 */
export function ownText(text: string | Partial<Text> | null | undefined, language: Lang = lang): string {
  if (typeof text !== 'string') return pick(text);
  const parts = text.split(' / ');
  if (parts.length % 2 === 1) return text;
  const halves = [parts.slice(0, parts.length / 2), parts.slice(parts.length / 2)].map((half) => half.join(' / '));
  // Within brackets it parts the names of one thing, not two sentences.
  const opened = (half: string) => half.split('(').length - half.split(')').length;
  return opened(halves[0]!) > 0 && opened(halves[1]!) < 0 ? text : halves[language === 'vi' ? 0 : 1]!;
}

/** What the server said, in the page's language; what it says in English alone is told to be so where the page is not English. */
export function saidText(text: string | Partial<Text> | null | undefined, language: Lang = lang): string {
  const own = ownText(text, language);
  return language === 'vi' && isEnglish(own) ? w('inEnglish', { text: own }, language) : own;
}

/** Several words, and none of them with a mark of Vietnamese. */
export function isEnglish(text: string): boolean {
  return /[a-z]{2,} [a-z]{2,}/i.test(text) && !/[^\p{ASCII}–—’“”…×≤≥²³°]/u.test(text);
}

/** A moment as people in Hanoi write it. */
export function whenText(iso: string, language: Lang = lang): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return new Intl.DateTimeFormat(language === 'vi' ? 'vi-VN' : 'en-GB', {
    timeZone: 'Asia/Ho_Chi_Minh',
    day: '2-digit',
    month: language === 'vi' ? '2-digit' : 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

const OPERATIONS: Record<Operation, WordKey> = { insert: 'opCreate', create: 'opCreate', update: 'opUpdate', replace: 'opUpdate', delete: 'opDelete' };

export function operationText(operation: Operation): string {
  return w(OPERATIONS[operation]);
}

/** What the program noted of how a change came about, in words; nothing where it only repeats what the change shows. */
export function causeText(what: string | Partial<Text> | null | undefined): string {
  const text = ownText(what);
  const undone = /^undo of change (\d+)$/.exec(text);
  if (undone) return w('causeUndo', { change: undone[1]! });
  const proposal = /^proposal (\d+), accepted by (.+)$/.exec(text);
  if (proposal) return w('causeProposal', { proposal: proposal[1]!, by: proposal[2]! });
  if (/^attach .+ sha256:[0-9a-f]{64}$/.test(text)) return w('causeAttach');
  if (/^detach sha256:/.test(text)) return w('causeDetach');
  const file = /^import (.+) sha256:[0-9a-f]{64}$/.exec(text);
  if (file) return w('causeImport', { file: file[1]! });
  return /^((create|replace|update|delete) \S+|\d+ edits)$/.test(text) ? '' : text;
}

/** What a collection is called, or its id where the page does not know it. */
export function titleOf(collections: Map<string, Collection>, id: string | null | undefined): string {
  const collection = collections.get(id ?? '');
  return collection ? collectionTitle(collection) : (id ?? '');
}

/** Fields that say of every record of a site the same, and so tell none from another. */
const SHARED = new Set(['site_collection', 'status', 'is_demo', 'source_date']);

/** What a record is called; one without a name by its first coded value and its first date, else by its id. */
export function nameOf(collection: Collection | undefined, properties: Record<string, unknown> | null | undefined, id: string): string {
  const name = properties?.name_vi ?? properties?.lot_symbol ?? properties?.name;
  if (typeof name === 'string' && name !== '') return name;
  const filled = collection?.langxanh?.fields.filter((field) => !SHARED.has(field.name) && (properties?.[field.name] ?? '') !== '') ?? [];
  // Of a sample its readings differ by what was measured, which stands in no list.
  const measured = [properties?.parameter_code, properties?.value_reported].filter((text) => typeof text === 'string' && text !== '').join(' ');
  const coded = measured ? undefined : filled.find(({ codes }) => codes?.length);
  const parts = [measured, ...[coded, filled.find(({ type }) => type === 'date')].flatMap((field) => (field ? [valueText(field, properties?.[field.name])] : []))].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : id;
}

/** Why something did not work, in plain words, with what the server said of it. */
export function failureText(error: unknown): string {
  if (!(error instanceof Refusal)) return w('failUnreachable');
  const said = saidText(error.problem.detail) || ownText(error.problem.title);
  const known: Partial<Record<number, WordKey>> = { 401: 'fail401', 403: 'fail403', 404: 'fail404', 405: 'fail405', 409: 'fail409', 413: 'fail413', 415: 'fail415', 422: 'fail422' };
  if (error.status === 429) return error.retryAfter === undefined ? w('fail429') : w('fail429Wait', { seconds: error.retryAfter });
  const key = known[error.status];
  if (error.status === 401) return w('fail401');
  return [key ? w(key) : w('failOther', { status: error.status }), said].filter(Boolean).join(' ');
}

/** Whether the network failed rather than the server refused. */
export function isOffline(error: unknown): boolean {
  return !(error instanceof Refusal) || error.status === 502 || error.status === 503 || error.status === 504;
}

/** An id that nobody else makes: made here, so that what is sent twice is made once. */
export function newId(prefix: string): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return `${prefix}-${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
