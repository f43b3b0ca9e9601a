/** The model calls of a map: many small ones, each under a key of its own. What passes is waited out; what is about the one item is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallAddress, callKeyOf, type Tier } from '../../src/contracts/addresses.ts';
import { FAILURES, type FailureType } from '../../src/contracts/failures.ts';
import { type AnswerFormat, type ConversationItem, requestHead } from '../../src/contracts/model.ts';
import { type RecordedProfile, wholeProfile } from '../../src/contracts/profile.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { SingleCall } from '../../src/model/journaled-wire.ts';
import type { Services } from '../services.ts';

export interface Question {
  /** Position of the item, or of the first of several. */
  turn: number;
  /** Which of the item's calls it is. */
  purpose: string;
  tier: Tier;
  format: AnswerFormat;
  prompt: () => ConversationItem[];
}

/** The text of an answer, or why the model gave none that can be used; what either cost. */
export type Said = { text: string; costMicros: number } | { failure: FailureType; message: string; costMicros: number };

/** Throws what is not about the item: a full budget, a provider that stays away, a cancellation. */
export type Ask = (question: Question) => Promise<Said>;

/** A provider that is away for longer is waited for outside, where waiting holds nothing. */
const MOST_WAITS = 5;
const FIRST_WAIT_MS = 500;

const ABOUT_THE_ITEM: ReadonlySet<FailureType> = new Set<FailureType>([
  'ModelRefused',
  'ModelContentFiltered',
  'ModelOutputTruncated',
  'ModelContextOverflow',
  'ModelAnswerInvalid',
  'ModelRequestRejected',
]);

/** What all of them have in common. */
export interface MapCalls {
  address: Pick<CallAddress, 'objectiveId' | 'subtaskId' | 'attempt'>;
  /** Of purposes: `map`, `map.pair`. */
  prefix: string;
  tiers: Record<Tier, RecordedProfile>;
}

export function singleCallOf(
  { address, prefix, tiers }: MapCalls,
  { turn, purpose, tier, format, prompt }: Question,
): SingleCall {
  const head = requestHead(wholeProfile(tiers[tier]), { tools: [], format, cacheKey: address.objectiveId });
  return { ...address, turn, purpose: `${prefix}.${purpose}`, tier, head, input: prompt() };
}

export function askOn(
  { caller, store }: Pick<Services, 'caller' | 'store'>,
  calls: MapCalls,
  cancelled: AbortSignal,
): Ask {
  return async (question) => {
    const call = singleCallOf(calls, question);
    for (let waits = 0; ; waits += 1) {
      try {
        const { reply, costMicros } = await caller.callSingle(call, cancelled);
        return { text: reply.text, costMicros };
      } catch (error) {
        if (!(error instanceof TypedFailure)) throw error;
        const { type, message, retryAfterMs } = error;
        if (ABOUT_THE_ITEM.has(type)) {
          const made = await store.journal.find(callKeyOf(call));
          return { failure: type, message, costMicros: made?.costMicros ?? 0 };
        }
        if (FAILURES[type].effect !== 'retry' || waits === MOST_WAITS) throw error;
        await sleep(retryAfterMs ?? FIRST_WAIT_MS * 2 ** waits, undefined, { signal: cancelled });
      }
    }
  };
}
