/** Extracted fields against a gold object in JSON: a field is right where it has the very same value. */
import { isDeepStrictEqual } from 'node:util';
import type { Agreement } from '../../../contracts/map-summary.ts';
import { type Comparison, share } from './comparison.ts';

export class FieldComparison implements Comparison {
  readonly #fieldsOf: (result: unknown) => Record<string, unknown>;
  readonly #right: Map<string, number>;
  #judged = 0;
  #exact = 0;
  #withoutResult = 0;
  #unreadable = 0;

  constructor(fields: string[], fieldsOf: (result: unknown) => Record<string, unknown>) {
    this.#fieldsOf = fieldsOf;
    this.#right = new Map(fields.map((field) => [field, 0]));
  }

  add(result: unknown, gold: string | undefined): void {
    if (gold === undefined) return;
    const wanted = objectIn(gold);
    if (wanted === null) this.#unreadable += 1;
    else if (result === undefined) this.#withoutResult += 1;
    else this.#compare(this.#fieldsOf(result), wanted);
  }

  #compare(given: Record<string, unknown>, wanted: Record<string, unknown>): void {
    this.#judged += 1;
    const right = [...this.#right.keys()].filter((field) =>
      isDeepStrictEqual(given[field] ?? null, wanted[field] ?? null),
    );
    for (const field of right) this.#right.set(field, (this.#right.get(field) ?? 0) + 1);
    if (right.length === this.#right.size) this.#exact += 1;
  }

  agreement(): Agreement {
    return {
      kind: 'fields',
      judged: this.#judged,
      withoutResult: this.#withoutResult,
      unreadable: this.#unreadable,
      exact: share(this.#exact, this.#judged),
      fields: [...this.#right].map(([field, right]) => ({ field, right, share: share(right, this.#judged) })),
    };
  }
}

function objectIn(gold: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(gold);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
