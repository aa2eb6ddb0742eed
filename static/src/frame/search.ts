/** Finds places by name, with or without diacritics; pure, the box that people type into is `combobox.ts`. */

import { fold } from '../fold.ts';

/** Something that can be found by its name. */
export interface Place {
  name: string;
  /** What it is, e.g. "craft village". */
  kind: string;
  /** Where it lies, to tell places of one name apart. */
  where: string;
}

/** A search over the places; answers at most `limit`, the closest match first. */
export function searchOf<P extends Place>(places: P[]): (query: string, limit?: number) => P[] {
  const entries = places.map((place) => ({
    place,
    name: fold(place.name),
    all: fold(`${place.name} ${place.kind} ${place.where}`),
  }));
  return (query, limit = 12) => {
    const wanted = fold(query);
    if (!wanted) return [];
    const words = wanted.split(' ');
    return entries
      .filter((entry) => words.every((word) => beginsAWord(entry.all, word)))
      .map((entry) => ({ place: entry.place, rank: rank(entry.name, wanted) }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, limit)
      .map(({ place }) => place);
  };
}

/** 0 for the name itself, then names that begin with the query, hold it, and those only described by it. */
function rank(name: string, wanted: string): number {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  return beginsAWord(name, wanted) ? 2 : 3;
}

function beginsAWord(text: string, word: string): boolean {
  return ` ${text}`.includes(` ${word}`);
}
