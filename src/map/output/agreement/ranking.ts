/**
 * An order against how relevant each item is by gold: nDCG@10 (Järvelin and Kekäläinen 2002, as scikit-learn has it), each gain
 * divided by log2(1 + place), over the same sum in the best order that all items with gold allow.
 */
import type { Agreement } from '../../../contracts/map-summary.ts';
import { type Comparison, numberIn } from './comparison.ts';

const AT = 10;

export class RankComparison implements Comparison {
  readonly #rankOf: (result: unknown) => number;
  #first: { rank: number; gain: number }[] = [];
  #best: number[] = [];
  #judged = 0;
  #withoutResult = 0;
  #unreadable = 0;

  constructor(rankOf: (result: unknown) => number) {
    this.#rankOf = rankOf;
  }

  add(result: unknown, gold: string | undefined): void {
    const gain = gold === undefined ? 0 : numberIn(gold);
    const isReadable = gain !== null && gain >= 0;
    if (!isReadable) this.#unreadable += 1;
    else if (gold !== undefined) {
      if (result === undefined) this.#withoutResult += 1;
      else this.#judged += 1;
      this.#best = [...this.#best, gain].toSorted((a, b) => b - a).slice(0, AT);
    }
    if (result === undefined) return;
    const placed = { rank: this.#rankOf(result), gain: isReadable ? gain : 0 };
    if (this.#first.length === AT && placed.rank >= (this.#first.at(-1)?.rank ?? 0)) return;
    this.#first = [...this.#first, placed].toSorted((a, b) => a.rank - b.rank).slice(0, AT);
  }

  agreement(): Agreement {
    const best = discounted(this.#best);
    return {
      kind: 'ranking',
      judged: this.#judged,
      withoutResult: this.#withoutResult,
      unreadable: this.#unreadable,
      ndcgAt10: best === 0 ? null : discounted(this.#first.map(({ gain }) => gain)) / best,
    };
  }
}

const discounted = (gains: number[]): number =>
  gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
