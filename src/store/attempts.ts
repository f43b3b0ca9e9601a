/** The log of attempts, as its users see it. What an attempt used is summed from the journal when it is read, so that log and ledger agree. */
import type { Attempt, EndedAttempt } from '../contracts/attempts.ts';

/** What the journal says of one attempt. */
export type AttemptUsage = Pick<
  Attempt,
  | 'model'
  | 'isStandIn'
  | 'calls'
  | 'inputTokens'
  | 'cachedInputTokens'
  | 'outputTokens'
  | 'reasoningTokens'
  | 'costMicros'
  | 'judgeCostMicros'
>;

export type LoggedAttempt = EndedAttempt & { objectiveId: string };

export interface Attempts {
  /** Logging twice is logging once. */
  log(objectiveId: string, attempts: EndedAttempt[]): Promise<void>;
  /** As they ended. Of one objective what there is yet; of every one that has ended, the first one first, where none is named. */
  logged(objectiveId?: string): Promise<LoggedAttempt[]>;
  /** By `usageKeyOf`, calls in flight included. */
  usage(objectiveId?: string): Promise<Map<string, AttemptUsage>>;
}

export const usageKeyOf = ({
  objectiveId,
  subtaskId,
  attempt,
}: Pick<LoggedAttempt, 'objectiveId' | 'subtaskId' | 'attempt'>): string => `${objectiveId}/${subtaskId}/${attempt}`;
