/**
 * What a plan may cost and how long it may take. Pure: the plan, the rules, the files' sizes and the past come in. Every figure says what it is
 * based on; parts are whole numbers, so that totals are their sums.
 */
import { JUDGE, type Tier } from '../contracts/addresses.ts';
import type { Estimate, ManagerEstimate, Range, RungEstimate, SubtaskEstimate } from '../contracts/estimate.ts';
import type { Kind, Ladders } from '../contracts/kinds.ts';
import { climb } from '../contracts/ladder.ts';
import { acceptanceOf, type Checks, type Subtask } from '../contracts/plan.ts';
import type { Prices } from '../pricing.ts';
import type { PastAttempt } from '../store/ledger.ts';
import { assumedCall, type Effort, type Model, tokensOf, type Worker } from './assumptions.ts';
import { makespan } from './makespan.ts';
import { known } from './past.ts';
import { add, each, NOTHING, sum, times, whole } from './range.ts';
import { assumedWork, FINDING_TOKENS, FINDINGS_PER_DEPENDENCY, RESULT_TOKENS, type WorkFacts } from './work.ts';

export interface EstimateFacts extends WorkFacts {
  objectiveId: string | null;
  checks: Checks;
  ladders: Ladders;
  tiers: Record<Tier, Worker>;
  priceOf: (model: string) => Prices;
  /** What the subtasks bring is all that is asked for. */
  isWithoutAnswer?: boolean;
  past: { attempts: PastAttempt[]; objectives: number };
  /** Rounds that are planned: 1 with the first plan. */
  round: number;
  /** Subtasks of earlier rounds, which the manager reads about, too. */
  earlier: number;
  spentMicros: number;
  budgetMicros: number | null;
  approveAboveMicros: number | null;
}

/** What a kind's calls are for: how the journal knows them again. */
const PURPOSES: Record<Exclude<Kind, 'check'>, RungEstimate['purpose']> = {
  investigate: 'turn',
  code: 'turn',
  triage: 'triage',
  ask: 'ask',
  map: 'map',
};

const MOST_FINDINGS_LISTED = 200;
/** What the manager writes. */
const REVIEW_TOKENS: Range = { low: 100, likely: 200, high: 4000 };
const JUDGEMENT_TOKENS: Range = { low: 50, likely: 150, high: 800 };
const ANSWER_TOKENS: Range = { low: 300, likely: 1200, high: 4000 };

export function estimate(facts: EstimateFacts): Estimate {
  const subtasks = facts.subtasks.map((subtask) => subtaskEstimate(subtask, facts));
  const manager = managerEstimate(facts);
  const scheduled = makespan(
    facts.subtasks.map(({ id, dependsOn, weight }, index) => ({
      ...{ id, dependsOn, weight },
      seconds: subtasks[index]?.seconds ?? NOTHING,
    })),
    facts.limits.slots,
  );
  const { objectiveId, spentMicros, budgetMicros, approveAboveMicros, limits, files } = facts;
  return {
    version: 1,
    ...{ objectiveId, spentMicros },
    costMicros: add(sum(subtasks.map(({ costMicros }) => costMicros)), manager.costMicros),
    seconds: add(scheduled, manager.seconds),
    slots: limits.slots,
    subtasks,
    manager,
    tiers: byTier([...subtasks.flatMap(({ rungs }) => rungs), ...manager.calls]),
    basedOn: {
      objectives: facts.past.objectives,
      files: files.length,
      bytes: files.reduce((total, { bytes }) => total + bytes, 0),
    },
    ...{ budgetMicros, approveAboveMicros },
  };
}

function subtaskEstimate(subtask: Subtask, facts: EstimateFacts): SubtaskEstimate {
  const { id, kind, title } = subtask;
  const base = { id, kind, title };
  const rungs = rungsOf(subtask, facts);
  const [first] = rungs;
  if (kind === 'check' || !first) {
    const timeout = kind === 'check' ? (facts.checks[subtask.check]?.timeoutSeconds ?? 0) : 0;
    const seconds = { low: 0, likely: Math.min(timeout, 60), high: timeout };
    return { ...base, tier: null, costMicros: NOTHING, seconds, basis: { kind: 'command' }, rungs: [] };
  }
  return {
    ...{ ...base, tier: first.tier, basis: first.basis, rungs },
    costMicros: sum(rungs.map(({ costMicros }) => costMicros)),
    seconds: sum(rungs.map(({ seconds }) => seconds)),
  };
}

/** The ladder: all tries of a tier together. The low and likely ends need the first try alone. */
function rungsOf(subtask: Subtask, facts: EstimateFacts): RungEstimate[] {
  if (subtask.kind === 'check') return [];
  const purpose = PURPOSES[subtask.kind];
  const tiers = climb({ kind: subtask.kind, tier: subtask.tier ?? null }, facts.ladders);
  const rungs = [...new Set(tiers)].map((tier) => {
    const model = modelOf(tier, facts);
    const assumed = assumedWork(model, subtask, facts);
    const tries = tiers.filter((each) => each === tier).length;
    const needed = tier === tiers[0] ? 1 : 0;
    return rung({ purpose, tier, tries: { low: needed, likely: needed, high: tries } }, assumed, facts);
  });
  return acceptanceOf(subtask) === undefined ? rungs : [...rungs, judging(subtask, tiers.length, facts)];
}

/** The manager's, once for each attempt that ends with a result: its subtask lasts until then. */
function judging(subtask: Subtask, tries: number, facts: EstimateFacts): RungEstimate {
  const said = tokensOf(Buffer.byteLength(acceptanceOf(subtask) ?? '') + Math.min(facts.textBytes, 4000));
  const reads = each((which) => said + FINDINGS_PER_DEPENDENCY[which] * FINDING_TOKENS.shown);
  const assumed = assumedCall(modelOf('manager', facts), reads, JUDGEMENT_TOKENS);
  return rung({ purpose: JUDGE, tier: 'manager', tries: { low: 1, likely: 1, high: tries } }, assumed, facts);
}

function managerEstimate(facts: EstimateFacts): ManagerEstimate {
  const { maxReplans, maxSubtasks } = facts.limits;
  const planned = facts.earlier + facts.subtasks.length;
  const reviews = planned < maxSubtasks ? Math.max(0, maxReplans - facts.round + 1) : 0;
  const model = modelOf('manager', facts);
  const reads = tokensOf(Math.min(facts.textBytes, 8000)) + planned * RESULT_TOKENS.listed;
  const review = assumedCall(model, { low: reads, likely: reads, high: reads }, REVIEW_TOKENS);
  const findings = each((which) => Math.min(MOST_FINDINGS_LISTED, planned * FINDINGS_PER_DEPENDENCY[which]));
  const answer = assumedCall(
    model,
    each((which) => reads + findings[which] * FINDING_TOKENS.listed),
    ANSWER_TOKENS,
  );
  const [atLeast, answers] = [Math.min(1, reviews), facts.isWithoutAnswer ? 0 : 1];
  const wanted = [
    { purpose: 'review' as const, tries: { low: atLeast, likely: atLeast, high: reviews }, assumed: review },
    { purpose: 'synthesis' as const, tries: { low: answers, likely: answers, high: answers }, assumed: answer },
  ];
  const calls = wanted
    .filter(({ tries }) => tries.high > 0)
    .map(({ purpose, tries, assumed }) => rung({ purpose, tier: 'manager', tries }, assumed, facts));
  return {
    costMicros: sum(calls.map(({ costMicros }) => costMicros)),
    seconds: sum(calls.map(({ seconds }) => seconds)),
    calls,
  };
}

function rung(
  { purpose, tier, tries }: { purpose: RungEstimate['purpose']; tier: Tier; tries: Range },
  assumed: Effort,
  { tiers, past }: EstimateFacts,
): RungEstimate {
  const { model } = tiers[tier];
  // What a map of another size came to says nothing about this one.
  const attempts = purpose === 'map' ? [] : past.attempts;
  const { costMicros, seconds, basis } = known(attempts, { purpose, tier, model }, assumed);
  return {
    ...{ purpose, tier, model, basis, tries: tries.high },
    costMicros: whole(times(costMicros, tries)),
    seconds: whole(times(seconds, tries)),
  };
}

function modelOf(tier: Tier, { tiers, priceOf }: EstimateFacts): Model {
  return { profile: tiers[tier], figures: priceOf(tiers[tier].model) };
}

function byTier(rungs: RungEstimate[]): Estimate['tiers'] {
  const sums = new Map<Tier, Estimate['tiers'][number]>();
  for (const { tier, model, costMicros } of rungs) {
    const before = sums.get(tier)?.costMicros ?? NOTHING;
    sums.set(tier, { tier, model, costMicros: add(before, costMicros) });
  }
  return [...sums.values()];
}
