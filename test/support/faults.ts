/** How a provider misbehaves, by name: what the stand-in does then, whether a bill would have it, and whether anybody can know. */
import type { Reaction } from '../../src/standin/reaction.ts';

/** What a provider does to a request, by name; `isServed` as a bill would have it. */
export const FAULTS = {
  answers: { isServed: true, reaction: { kind: 'answer', utterance: { text: 'hello' } } },
  'is over its limit': { isServed: false, reaction: error(429, 'rate_limit_exceeded', { 'retry-after-ms': '1' }) },
  'is over its limit, and says no more': { isServed: false, reaction: error(429, 'rate_limit_exceeded') },
  'has run out of credit': { isServed: false, reaction: error(429, 'insufficient_quota') },
  breaks: { isServed: false, reaction: error(500, 'server_error') },
  'is overloaded': { isServed: false, reaction: error(503, 'server_is_overloaded') },
  'is behind a broken gateway': { isServed: false, reaction: error(502, 'bad_gateway') },
  'rejects the question': { isServed: false, reaction: error(400, 'invalid_prompt') },
  'hangs up': { isServed: false, reaction: { kind: 'cut', at: 'start' } },
  'hangs up after it named the response': { isServed: true, reaction: { kind: 'cut', at: 'named' } },
  'sends a page': { isServed: true, reaction: { kind: 'garbage', body: '<html>', contentType: 'text/html' } },
  'cuts its answer short': { isServed: true, reaction: { kind: 'incomplete', reason: 'max_output_tokens' } },
  refuses: { isServed: true, reaction: { kind: 'refusal' } },
  'answers by another model': { isServed: true, reaction: { kind: 'answer', model: 'gpt-5.4-nano' } },
  'tells no usage': { isServed: true, reaction: { kind: 'answer', usage: null } },
  'tells a negative usage': { isServed: true, reaction: { kind: 'answer', usage: usage(-5, 0, 1) } },
  'tells more cached than came in': { isServed: true, reaction: { kind: 'answer', usage: usage(5, 50, 1) } },
  // A failed response tells no usage: nothing is billed.
  'fails while it thinks': { isServed: false, reaction: { kind: 'failed', code: 'server_error' } },
} as const satisfies Record<string, { isServed: boolean; reaction: Reaction }>;
export type Fault = keyof typeof FAULTS;

/** After these nobody knows whether the call ran. */
const LEAVE_DOUBT: Fault[] = ['is behind a broken gateway', 'hangs up', 'sends a page'];

/** May the call have run, with nobody to be asked about it? A background response can be asked about once it is named. */
export const leavesDoubt = (fault: Fault, isBackground: boolean): boolean =>
  LEAVE_DOUBT.includes(fault) || (fault === 'hangs up after it named the response' && !isBackground);

function error(status: number, code: string, headers: Record<string, string> = {}): Reaction {
  return { kind: 'error', status, code, headers };
}

function usage(input_tokens: number, cached_tokens: number, output_tokens: number) {
  return { input_tokens, input_tokens_details: { cached_tokens }, output_tokens };
}
