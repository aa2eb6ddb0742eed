/** Vietnamese and English are both whole, and nothing that a person reads stands outside the dictionaries. */

import { expect, test } from 'vitest';

/** Every module of the page but the tests; dictionaries are those that export an object with `vi` and `en`. */
const sources = import.meta.glob<string>('./**/*.ts', { query: '?raw', import: 'default', eager: true });
const dictionaries = import.meta.glob<Record<string, unknown>>('./**/{words,i18n}.ts', { eager: true });

type Strings = Record<'vi' | 'en', Record<string, string>>;
const VIETNAMESE = /[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]/i;
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

/** Names, marks and units that are the same in both languages. */
const SAME = /^[^a-z]*$|^(?:\{\w+\}|[^\p{L}]|English|Làng Xanh|GeoPackage|GeoJSON|CSV|VN-2000|WGS ?84|ha|km|mm|m²|OGC|API|QGIS|EPSG|X|Y|N|E|C)*$/u;

const found = Object.entries(dictionaries).flatMap(([file, module]) =>
  Object.values(module).flatMap((one) => (one && typeof one === 'object' && 'vi' in one && 'en' in one && typeof (one as Strings).vi === 'object' ? [[file, one as Strings] as const] : [])),
);

test('the dictionaries are found', () => {
  expect(found.map(([file]) => file).sort()).toEqual(expect.arrayContaining(['./carto/words.ts', './desk/words.ts', './edit/words.ts', './hotspot/words.ts', './i18n.ts', './plan/words.ts', './report/words.ts', './site/words.ts']));
});

test.each(found)('%s: both languages have every sentence, with the same placeholders', (_, { vi, en }) => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
  for (const [key, text] of Object.entries(vi)) {
    expect(text.trim(), key).not.toBe('');
    expect(text, key).toBe(text.normalize('NFC'));
    expect(en[key]!.trim(), key).not.toBe('');
    expect(places(en[key]!), key).toEqual(places(text));
  }
});

test.each(found)('%s: no sentence is left untranslated', (_, { vi, en }) => {
  const untranslated = Object.keys(vi).filter((key) => (vi[key] === en[key] && !SAME.test(vi[key]!)) || VIETNAMESE.test(en[key]!.replace(/[\p{L}’ ]*\([^)]*\)/gu, '').replaceAll('Tiếng Việt', '').replaceAll('Hà Nội', '').replaceAll('Làng Xanh', '')));
  expect(untranslated).toEqual([]);
});

/** What stands in quotes in the code, without comments. */
function literals(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*import .*$/gm, '').replace(/(^|[\s;])\/\/.*$/gm, '$1');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map((match) => (match[1] ?? match[2] ?? '').replace(/\$\{[^}]*\}/g, ''));
}

const code = Object.entries(sources).filter(([file]) => !/\.test\.ts$|words\.ts$|sentences\.ts$/.test(file));

test('no word of Vietnamese stands in the code', () => {
  const outside = code.flatMap(([file, source]) => literals(source).filter((text) => VIETNAMESE.test(text)).map((text) => `${file}: ${text}`));
  // Letters by which the fonts are called, diacritics are folded and degrees are read.
  expect(outside.filter((one) => !/aĐệươữ|: đ$|: Đ$|\[NEBĐ\]/.test(one))).toEqual([]);
});

test('no sentence of English stands in the code where a person would read it', () => {
  // What is thrown, logged or named by a standard is for people at the console.
  const isForPeople = (text: string) => /^[A-Z][a-z]+ [a-z]{2,}/.test(text.trim()) && !/^(?:Be Vietnam|Map|Failed to fetch)/.test(text);
  const outside = code.flatMap(([file, source]) => literals(source).filter(isForPeople).map((text) => `${file}: ${text}`));
  expect(outside).toEqual([]);
});

test('attributes that are read aloud, and hints, are never written in the code', () => {
  const attribute = /['"]?(?:aria-label|title|placeholder|alt|aria-valuetext|aria-description)['"]?\s*:\s*(['"`])(?!\$\{)[^'"`]*\p{L}{3,}[^'"`]*\1/gu;
  const outside = code.flatMap(([file, source]) => [...source.matchAll(attribute)].map(([text]) => `${file}: ${text}`));
  // Keys of the dictionaries are names, not texts.
  expect(outside.filter((one) => !/: '[a-z]\w*'$/.test(one))).toEqual([]);
});
