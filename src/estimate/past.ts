/** What past attempts of this home say about the next one: quantiles, where there are enough of the same kind of work, tier and model. */
import type { Tier } from '../contracts/addresses.ts';
import type { Basis, Range } from '../contracts/estimate.ts';
import type { PastAttempt } from '../store/ledger.ts';
import type { Effort } from './assumptions.ts';
import { each } from './range.ts';

/** Fewer say too little. */
const FEWEST_ATTEMPTS = 5;
const QUANTILES: Range = { low: 0.1, likely: 0.5, high: 0.9 };

export interface Wanted {
  /** First part of a call's purpose: `turn`, `triage`, `review`, `synthesis`. */
  purpose: string;
  tier: Tier;
  model: string;
}

/** The past where it suffices, else what is assumed; and which of them it was. A stand-in's past is told, and not gone by. */
export function known(
  past: PastAttempt[],
  { purpose, tier, model }: Wanted,
  assumed: Effort,
): Effort & { basis: Basis } {
  const same = past.filter((each) => each.purpose === purpose && each.tier === tier && each.model === model);
  const models = same.filter(({ isStandIn }) => !isStandIn);
  const attempts = models.length;
  if (attempts < FEWEST_ATTEMPTS)
    return { ...assumed, basis: { kind: 'assumption', attempts, standInAttempts: same.length - attempts } };
  return {
    costMicros: quantiles(models.map((attempt) => attempt.costMicros)),
    seconds: quantiles(models.map(({ workedMs }) => workedMs / 1000)),
    basis: { kind: 'history', attempts },
  };
}

/** Between two neighbours in proportion. Contract: there is a value. */
function quantiles(values: number[]): Range {
  const sorted = values.toSorted((a, b) => a - b);
  return each((which) => {
    const at = QUANTILES[which] * (sorted.length - 1);
    const below = sorted[Math.floor(at)] ?? 0;
    const above = sorted[Math.ceil(at)] ?? 0;
    return below + (above - below) * (at - Math.floor(at));
  });
}
