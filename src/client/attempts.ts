/** The log of attempts as callers read it: what ended how, joined with what the journal says it used. */
import type { Attempt } from '../contracts/attempts.ts';
import { type AttemptUsage, type LoggedAttempt, usageKeyOf } from '../store/attempts.ts';
import type { Store } from '../store/store.ts';

const NOTHING_USED: AttemptUsage = {
  model: null,
  isStandIn: false,
  calls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costMicros: 0,
  judgeCostMicros: 0,
};

/** Of one objective, or of all that have ended: what the store has been given, and `more` that it has not been given yet. */
export async function readAttempts(
  { attempts }: Pick<Store, 'attempts'>,
  objectiveId?: string,
  more: LoggedAttempt[] = [],
): Promise<Attempt[]> {
  const logged = new Map([...(await attempts.logged(objectiveId)), ...more].map((each) => [usageKeyOf(each), each]));
  const usage = await attempts.usage(objectiveId);
  return [...logged].map(([key, ended]) => ({
    ...ended,
    seconds: (ended.endedAtMs - ended.startedAtMs) / 1000,
    ...(usage.get(key) ?? NOTHING_USED),
  }));
}
