/** Scores against gold numbers. Both are held, eight bytes each, for the correlation of their ranks. */
import type { Agreement } from '../../../contracts/map-summary.ts';
import { meanOf, Numbers, rankCorrelation } from '../numbers.ts';
import { type Comparison, numberIn } from './comparison.ts';

export class ScoreComparison implements Comparison {
  readonly #scoreOf: (result: unknown) => number;
  readonly #scores = new Numbers();
  readonly #gold = new Numbers();
  #withoutResult = 0;
  #unreadable = 0;

  constructor(scoreOf: (result: unknown) => number) {
    this.#scoreOf = scoreOf;
  }

  add(result: unknown, gold: string | undefined): void {
    if (gold === undefined) return;
    const wanted = numberIn(gold);
    if (wanted === null) this.#unreadable += 1;
    else if (result === undefined) this.#withoutResult += 1;
    else {
      this.#scores.add(this.#scoreOf(result));
      this.#gold.add(wanted);
    }
  }

  agreement(): Agreement {
    const [scores, gold] = [this.#scores.all(), this.#gold.all()];
    const errors = scores.map((score, index) => Math.abs(score - (gold[index] ?? 0)));
    return {
      kind: 'scores',
      judged: scores.length,
      withoutResult: this.#withoutResult,
      unreadable: this.#unreadable,
      meanAbsoluteError: scores.length === 0 ? null : meanOf(errors),
      rankCorrelation: rankCorrelation(scores, gold),
    };
  }
}
