/** Response objects as the Responses API sends them. Each names the stand-in in its metadata. */
import { randomBytes } from 'node:crypto';
import type { Utterance } from './mind.ts';
import type { Reaction } from './reaction.ts';
import type { StandInRequest } from './request.ts';

export const STAND_IN_NAME = 'flotilla stand-in: follows rules, is not a language model';

const id = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`;

export interface ResponseObject extends Record<string, unknown> {
  id: string;
  status: string;
  output: Record<string, unknown>[];
}

export function pendingResponse(request: StandInRequest): ResponseObject {
  return {
    id: id('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'queued',
    background: request.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: request.max_output_tokens ?? null,
    model: request.model,
    output: [],
    parallel_tool_calls: true,
    service_tier: 'default',
    store: request.store ?? true,
    temperature: 1,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: request.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    metadata: { ...request.metadata, stand_in: STAND_IN_NAME },
  };
}

/** How a pending response ends. `snapshot` is the dated id that a provider answers with. */
export function endedResponse(
  pending: ResponseObject,
  request: StandInRequest,
  reaction: Reaction,
  utterance: Utterance,
): ResponseObject {
  const model = reaction.kind === 'answer' && reaction.model !== undefined ? reaction.model : request.model;
  const ended = { ...pending, model, status: 'completed' };
  switch (reaction.kind) {
    case 'failed':
      return {
        ...ended,
        status: 'failed',
        error: { code: reaction.code, message: `The stand-in was told to fail with ${reaction.code}.` },
      };
    case 'incomplete':
      return {
        ...ended,
        status: 'incomplete',
        incomplete_details: { reason: reaction.reason },
        usage: usageOf(request, []),
      };
    case 'refusal': {
      const output = [message([{ type: 'refusal', refusal: 'The stand-in was told to refuse.' }])];
      return { ...ended, output, usage: usageOf(request, output) };
    }
    default: {
      const output = outputOf(utterance);
      const usage = reaction.kind === 'answer' && 'usage' in reaction ? reaction.usage : usageOf(request, output);
      return { ...ended, output, usage };
    }
  }
}

function outputOf(utterance: Utterance): Record<string, unknown>[] {
  if ('text' in utterance)
    return [message([{ type: 'output_text', text: utterance.text, annotations: [], logprobs: [] }])];
  return utterance.calls.map(({ name, args }) => ({
    type: 'function_call',
    id: id('fc'),
    call_id: id('call'),
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
    status: 'completed',
  }));
}

const message = (content: unknown[]): Record<string, unknown> => ({
  type: 'message',
  id: id('msg'),
  role: 'assistant',
  status: 'completed',
  content,
});

/** Four characters a token, as a rule of thumb. */
const tokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);

function usageOf(request: StandInRequest, output: unknown[]) {
  const input = tokens([request.input, request.tools ?? []]);
  const out = output.length > 0 ? tokens(output) : 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: out,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + out,
  };
}
