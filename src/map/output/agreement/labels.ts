/** Labels against gold labels: accuracy, and precision and recall of each. Letters count as they are, white space around them doesn't. */
import type { Agreement, LabelAgreement } from '../../../contracts/map-summary.ts';
import { type Comparison, share } from './comparison.ts';

interface Counts {
  gold: number;
  given: number;
  right: number;
}

export class LabelComparison implements Comparison {
  readonly #labelOf: (result: unknown) => string;
  readonly #counts: Map<string, Counts>;
  #judged = 0;
  #withoutResult = 0;
  #unreadable = 0;

  constructor(labels: string[], labelOf: (result: unknown) => string) {
    this.#labelOf = labelOf;
    this.#counts = new Map(labels.map((label) => [label, { gold: 0, given: 0, right: 0 }]));
  }

  add(result: unknown, gold: string | undefined): void {
    if (gold === undefined) return;
    const wanted = this.#counts.get(gold.trim());
    if (wanted === undefined) this.#unreadable += 1;
    if (result === undefined) {
      this.#withoutResult += 1;
      return;
    }
    const label = this.#labelOf(result);
    const given = this.#counts.get(label);
    this.#judged += 1;
    if (wanted) wanted.gold += 1;
    if (given) given.given += 1;
    if (wanted && wanted === given) wanted.right += 1;
  }

  agreement(): Agreement {
    const right = [...this.#counts.values()].reduce((sum, count) => sum + count.right, 0);
    return {
      kind: 'labels',
      judged: this.#judged,
      withoutResult: this.#withoutResult,
      unreadable: this.#unreadable,
      accuracy: share(right, this.#judged),
      labels: [...this.#counts].map(([label, counts]) => labelAgreement(label, counts)),
    };
  }
}

function labelAgreement(label: string, { gold, given, right }: Counts): LabelAgreement {
  const precision = share(right, given);
  const recall = share(right, gold);
  const f1 = precision === null || recall === null ? null : (2 * right) / (given + gold);
  return { label, gold, given, right, precision, recall, f1 };
}
