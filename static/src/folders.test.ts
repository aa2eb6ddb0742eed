/** Which folders know which: what several screens share knows none of them. */

import { expect, test } from 'vitest';

const sources = import.meta.glob<string>(['./*/**/*.ts', '!./**/*.test.ts'], { query: '?raw', import: 'default', eager: true });

/** Beside the files at the top, each of these knows only the folders named. */
const SHARED: Record<string, string[]> = { survey: [], ui: [], map: ['ui'], evidence: ['ui'] };

test('what several screens share knows none of them', () => {
  const arrows = Object.entries(sources).flatMap(([file, text]) => {
    const [, folder = ''] = file.split('/');
    const named = [...text.matchAll(/(?:from|import|import\()\s*'(?:\.\.\/)+([a-z]+)\//g)].map(([, other = '']) => other);
    return folder in SHARED ? named.filter((other) => other !== folder && !SHARED[folder]!.includes(other)).map((other) => `${file} -> ${other}`) : [];
  });
  expect(arrows).toEqual([]);
  expect(Object.keys(SHARED).filter((folder) => !Object.keys(sources).some((file) => file.startsWith(`./${folder}/`)))).toEqual([]);
});
