/** What is typed into the fields of a form, and what is said of it, apart from its picture. */

import { changesOf, textOf, type FormChanges, type FormField } from './form.ts';

type Values = Record<string, unknown>;

/** Counts forms, so that labels find their own inputs. */
let forms = 0;

/** A form as it stands. */
export class Typed {
  readonly fields: readonly FormField[];
  /** Parts the ids of its inputs from those of other forms. */
  readonly prefix = `f${(forms += 1)}`;
  private readonly texts: Map<string, string>;
  private readonly faults = new Map<string, string>();

  /** `before` is the record that changes are compared with; where `only` is given, other fields are not asked for. */
  constructor(
    fields: readonly FormField[],
    private before: Values,
    only?: readonly string[],
  ) {
    this.fields = fields.filter(({ name, readOnly }) => !readOnly && (!only || only.includes(name)));
    this.texts = new Map(this.fields.map((field) => [field.name, textOf(field, before[field.name])]));
  }

  has(name: string): boolean {
    return this.texts.has(name);
  }

  text(name: string): string {
    return this.texts.get(name) ?? '';
  }

  /** What is wrong with the field, in words; empty where nothing is known. */
  fault(name: string): string {
    return this.faults.get(name) ?? '';
  }

  /** The value that the record has. */
  was(name: string): unknown {
    return this.before[name];
  }

  /** What is changed, compared with the record. */
  changes(): FormChanges {
    return changesOf(this.fields, this.before, this.texts);
  }

  /** Whether something else than the record's value stands in the field, be it that it means nothing. */
  isChanged(field: FormField): boolean {
    const { values, faults } = changesOf([field], this.before, this.texts);
    return field.name in values || faults.has(field.name);
  }

  /** Takes what somebody types; what was wrong with it before is not said of it any more. */
  type(name: string, text: string): void {
    this.texts.set(name, text);
    this.faults.delete(name);
  }

  /** Puts other values in. */
  set(values: Values): void {
    for (const field of this.fields) if (field.name in values) this.texts.set(field.name, textOf(field, values[field.name]));
  }

  /** Another state of the record is what changes are compared with; what is typed stays. */
  rebase(before: Values): void {
    this.before = before;
  }

  /** Says of fields what is wrong with them, in words; the answer are the names that are no field of the form. */
  blame(faults: ReadonlyMap<string, string>): string[] {
    for (const [name, text] of faults) if (this.has(name)) this.faults.set(name, text);
    return [...faults.keys()].filter((name) => !this.has(name));
  }
}
