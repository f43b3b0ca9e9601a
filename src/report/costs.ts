/** What the money of an objective went into. Pure: the books in, sums out. */
import type { SpendLine } from '../contracts/report.ts';
import type { Costs } from '../contracts/report-money.ts';
import { type SortedCalls, spentMicros } from './call-roles.ts';

export function costsOf(calls: SortedCalls[]): Costs {
  const spentOn = (isMeant: (call: SortedCalls) => boolean): number => spentMicros(calls.filter(isMeant));
  const total = (field: 'inputTokens' | 'cachedInputTokens' | 'unusableMicros' | 'repaidMicros' | 'inDoubtMicros') =>
    calls.reduce((sum, call) => sum + call[field], 0);
  const acceptedSubtasks = new Set(calls.filter(({ isAccepted }) => isAccepted).map(({ subtaskId }) => subtaskId)).size;
  return {
    planningMicros: spentOn(({ role }) => role === 'planning'),
    judgingMicros: spentOn(({ role }) => role === 'judging'),
    answerMicros: spentOn(({ role }) => role === 'answer'),
    acceptedMicros: spentOn(({ role, isAccepted }) => role === 'work' && isAccepted),
    notAcceptedMicros: spentOn(({ role, isAccepted }) => role === 'work' && !isAccepted),
    acceptedSubtasks,
    perAcceptedMicros: acceptedSubtasks === 0 ? null : Math.round(spentMicros(calls) / acceptedSubtasks),
    cacheHitRate: total('inputTokens') === 0 ? null : total('cachedInputTokens') / total('inputTokens'),
    unusableMicros: total('unusableMicros'),
    repaidMicros: total('repaidMicros'),
    inDoubtMicros: total('inDoubtMicros'),
  };
}

const SUMS = [
  ...(['calls', 'inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens'] as const),
  ...(['settledMicros', 'inDoubtMicros'] as const),
];

/** One line per tier and model, in the order of the tiers' first calls. */
export function spendByTier(calls: SortedCalls[]): SpendLine[] {
  const lines = new Map<string, SpendLine>();
  for (const call of calls) {
    const { tier, model } = call;
    const line = lines.get(`${tier} ${model}`) ?? { tier, model, ...NOTHING };
    for (const sum of SUMS) line[sum] += call[sum];
    lines.set(`${tier} ${model}`, line);
  }
  return [...lines.values()];
}

const NOTHING = {
  ...{ calls: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
  ...{ settledMicros: 0, inDoubtMicros: 0 },
};
