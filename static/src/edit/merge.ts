/** Somebody changed the record meanwhile: what each side changed, and what is sent after the person has chosen. */

import { sameValue } from './form.ts';

/** The name under which the place of a record is compared. */
export const GEOMETRY = 'geometry';

/** A field that at least one side changed. */
export interface Meeting {
  name: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
  /** `both`: the two sides want different things, and a person has to say which. */
  kind: 'mine' | 'theirs' | 'both' | 'same';
}

/** What one side makes of the fields it changed. */
type Values = Record<string, unknown>;

/**
 * Each field that mine or theirs changed against the common base, what must be decided first. `mine` holds the changed fields
 * alone, `theirs` the whole record as it is now.
 */
export function meetingsOf(base: Values, mine: Values, theirs: Values, names: readonly string[]): Meeting[] {
  const order: Meeting['kind'][] = ['both', 'mine', 'same', 'theirs'];
  return names
    .flatMap((name): Meeting[] => {
      const changedByMe = name in mine;
      const changedByThem = !sameValue(base[name], theirs[name]);
      if (!changedByMe && !changedByThem) return [];
      const kind = !changedByThem ? 'mine' : !changedByMe ? 'theirs' : sameValue(mine[name], theirs[name]) ? 'same' : 'both';
      return [{ name, base: base[name] ?? null, mine: changedByMe ? mine[name] : (base[name] ?? null), theirs: theirs[name] ?? null, kind }];
    })
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** What is still to be sent on top of theirs: my changes, less those for which theirs was taken and those that are there already. */
export function resolved(meetings: Meeting[], choice: ReadonlyMap<string, 'mine' | 'theirs'>): Values {
  const wanted = meetings.filter(({ name, kind }) => kind === 'mine' || (kind === 'both' && choice.get(name) === 'mine'));
  return Object.fromEntries(wanted.map(({ name, mine }) => [name, mine]));
}

/** Whether everything that must be decided is. */
export function isDecided(meetings: Meeting[], choice: ReadonlyMap<string, 'mine' | 'theirs'>): boolean {
  return meetings.every(({ name, kind }) => kind !== 'both' || choice.has(name));
}
