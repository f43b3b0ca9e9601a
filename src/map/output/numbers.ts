/** Numbers of many items, eight bytes each, and what is said of them. */
import type { Distribution } from '../../contracts/map-summary.ts';

export class Numbers {
  #values = new Float64Array(1024);
  #length = 0;

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** In the order in which they came. */
  all(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

export function distributionOf(values: Float64Array): Distribution | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted();
  return {
    mean: meanOf(values),
    min: quantile(sorted, 0),
    p10: quantile(sorted, 0.1),
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    p90: quantile(sorted, 0.9),
    max: quantile(sorted, 1),
  };
}

export const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? 0;
  return below + (above - below) * (at - Math.floor(at));
}

/** Spearman's: Pearson's correlation of the ranks, equal values sharing the mean of theirs. Null where one side doesn't vary. */
export function rankCorrelation(left: Float64Array, right: Float64Array): number | null {
  const [a, b] = [ranksOf(left), ranksOf(right)];
  const middle = (left.length + 1) / 2;
  let together = 0;
  let ofA = 0;
  let ofB = 0;
  for (const [index, rank] of a.entries()) {
    const [fromA, fromB] = [rank - middle, (b[index] ?? 0) - middle];
    together += fromA * fromB;
    ofA += fromA * fromA;
    ofB += fromB * fromB;
  }
  return ofA === 0 || ofB === 0 ? null : together / Math.sqrt(ofA * ofB);
}

function ranksOf(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    const value = values[order[start] ?? 0];
    let end = start;
    while (end < order.length && values[order[end] ?? 0] === value) end += 1;
    for (let at = start; at < end; at += 1) ranks[order[at] ?? 0] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
