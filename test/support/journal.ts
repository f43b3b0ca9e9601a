/** Intents and replies for tests of the journal. */
import { callKeyOf } from '../../src/contracts/addresses.ts';
import { type Amounts, NOTHING } from '../../src/contracts/amounts.ts';
import type { ModelReply, RequestHead } from '../../src/contracts/model.ts';
import type { Answer, Intent } from '../../src/store/journal.ts';
import { chunkOf } from '../../src/store/transcripts.ts';

/** One call that cost so much. */
export const costing = (micros: number): Amounts => ({ ...NOTHING, micros, calls: 1 });

export const head = (change: Partial<RequestHead> = {}): RequestHead => ({
  provider: 'openai',
  model: 'gpt-5.4-mini',
  effort: 'low',
  maxOutputTokens: 1000,
  background: true,
  strictSchema: true,
  tools: [],
  format: null,
  cacheKey: 'test',
  ...change,
});

export function intent(subtaskId: string, change: Partial<Intent> = {}): Intent {
  const address = { objectiveId: 'objective', subtaskId, attempt: 1, turn: 1, purpose: 'turn' };
  return {
    ...address,
    callKey: callKeyOf(address),
    accountId: 'objective',
    tier: 'mini',
    head: head(),
    transcriptHead: 'sha256:head',
    unsaved: null,
    body: '{}',
    requestDigest: 'digest',
    ownerId: 'owner',
    reserve: costing(100),
    ...change,
  };
}

export const reply = (text: string): ModelReply => ({
  responseId: 'resp_1',
  model: 'gpt-5.4-mini',
  standIn: 'stand-in',
  items: [{ type: 'message', role: 'assistant', content: text }],
  text,
  usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 },
});

export const answer = (callKey: string, n: number, text: string, costMicros = 30): Answer => ({
  callKey,
  n,
  reply: reply(text),
  cost: costing(costMicros),
  chunk: chunkOf('sha256:head', reply(text).items),
});
