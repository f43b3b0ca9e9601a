/** The summary of a map, one item after the other. */
import { type Tier, TIERS } from '../../contracts/addresses.ts';
import type { ItemOutcome, OperationSettings } from '../../contracts/map.ts';
import type { MapSummary } from '../../contracts/map-summary.ts';
import type { Comparison } from './agreement/comparison.ts';
import { FieldComparison } from './agreement/fields.ts';
import { LabelComparison } from './agreement/labels.ts';
import { RankComparison } from './agreement/ranking.ts';
import { ScoreComparison } from './agreement/scores.ts';
import { distributionOf, Numbers } from './numbers.ts';
import { type Shape, shapeOf } from './shapes.ts';

const MOST_LABELS = 200;

interface Ended {
  items: number;
  costMicros: number;
}

export class Tally {
  readonly #operation: OperationSettings['name'];
  readonly #shape: Shape;
  readonly #comparison: Comparison | null;
  readonly #tiers = new Map<Tier, Ended>();
  readonly #deadLetters = new Map<string, number>();
  readonly #labels = new Map<string, number>();
  readonly #scores = new Numbers();
  #findings = { total: 0, items: 0 };
  #items = 0;
  #dead = 0;
  #reused = 0;

  constructor(operation: OperationSettings, hasGold: boolean) {
    this.#operation = operation.name;
    this.#shape = shapeOf(operation);
    this.#comparison = hasGold ? comparisonFor(this.#shape) : null;
  }

  add(outcome: ItemOutcome, gold: string | undefined): void {
    const { tier, costMicros, isReused } = outcome;
    this.#items += 1;
    if (isReused) this.#reused += 1;
    const ended = this.#tiers.get(tier) ?? { items: 0, costMicros: 0 };
    this.#tiers.set(tier, { items: ended.items + 1, costMicros: ended.costMicros + costMicros });
    if ('dead' in outcome) {
      this.#dead += 1;
      count(this.#deadLetters, outcome.dead.type);
      this.#comparison?.add(undefined, gold);
    } else {
      this.#addResult(outcome.result);
      this.#comparison?.add(outcome.result, gold);
    }
  }

  #addResult(result: unknown): void {
    const shape = this.#shape;
    if (shape.kind === 'label') count(this.#labels, shape.labelOf(result));
    if (shape.kind === 'score') this.#scores.add(shape.scoreOf(result));
    if (shape.kind === 'rank') this.#scores.add(shape.rankOf(result).score);
    if (shape.kind !== 'findings') return;
    const { length } = shape.findingsOf(result);
    this.#findings = {
      total: this.#findings.total + length,
      items: this.#findings.items + (length > 0 ? 1 : 0),
    };
  }

  /** `calls` were made for all of them together: several items may share one. */
  summary(calls: number): MapSummary {
    const { kind } = this.#shape;
    const tiers = TIERS.flatMap((tier) => {
      const ended = this.#tiers.get(tier);
      return ended ? [{ tier, ...ended }] : [];
    });
    return {
      version: 1,
      operation: this.#operation,
      items: this.#items,
      done: this.#items - this.#dead,
      dead: this.#dead,
      reused: this.#reused,
      calls,
      costMicros: tiers.reduce((sum, { costMicros }) => sum + costMicros, 0),
      tiers,
      deadLetters: byFrequency(this.#deadLetters).map(([type, items]) => ({ type, items })),
      labels: kind === 'label' ? labelCounts(this.#labels) : null,
      scores: distributionOf(this.#scores.all()),
      findings: kind === 'findings' ? this.#findings : null,
      agreement: this.#comparison?.agreement() ?? null,
    };
  }
}

function comparisonFor(shape: Shape): Comparison | null {
  switch (shape.kind) {
    case 'label':
      return new LabelComparison(shape.labels, shape.labelOf);
    case 'score':
      return new ScoreComparison(shape.scoreOf);
    case 'rank':
      return new RankComparison((result) => shape.rankOf(result).rank);
    case 'fields':
      return new FieldComparison(shape.fields, shape.fieldsOf);
    case 'findings':
      return null;
  }
}

const count = (counts: Map<string, number>, name: string): unknown => counts.set(name, (counts.get(name) ?? 0) + 1);

/** Names decide among equals, so that the same outcomes make the same summary. */
const byFrequency = (counts: Map<string, number>): [string, number][] =>
  [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));

const labelCounts = (counts: Map<string, number>): MapSummary['labels'] => ({
  distinct: counts.size,
  top: byFrequency(counts)
    .slice(0, MOST_LABELS)
    .map(([label, items]) => ({ label, items })),
});
