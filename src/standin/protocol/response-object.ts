/** Response objects as the Responses API sends them. Each names the stand-in in its metadata. */
import { randomUUID } from 'node:crypto';
import type { StandInRequest } from '../request.ts';

export const STAND_IN_NAME = 'flotilla stand-in: follows rules, is not a language model';

export const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

export type OutputItem = Record<string, unknown>;

export interface ResponseObject extends Record<string, unknown> {
  id: string;
  model: string;
  status: 'queued' | 'in_progress' | 'completed' | 'failed' | 'incomplete' | 'cancelled';
  output: OutputItem[];
  background: boolean;
  metadata: Record<string, string>;
}

/** A response of which nothing is made yet. */
export function pendingResponse(request: StandInRequest, model: string, createdAt: number): ResponseObject {
  return {
    id: newId('resp'),
    object: 'response',
    created_at: createdAt,
    completed_at: null,
    status: request.background ? 'queued' : 'in_progress',
    background: request.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request['max_tool_calls'] ?? null,
    model,
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...request.reasoning },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: tierUsed(request),
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? 1,
    truncation: request['truncation'] ?? 'disabled',
    usage: null,
    metadata: { ...request.metadata, stand_in: STAND_IN_NAME },
  };
}

/** What was used, which is what a price goes by. */
export function tierUsed({ service_tier: asked }: StandInRequest): string {
  if (asked === 'fast') return 'priority';
  return asked == null || asked === 'auto' ? 'default' : asked;
}

export const isPending = ({ status }: ResponseObject): boolean => status === 'queued' || status === 'in_progress';

export const messageItem = (content: OutputItem[], status = 'completed'): OutputItem => ({
  type: 'message',
  id: newId('msg'),
  role: 'assistant',
  status,
  content,
});

export const textPart = (text: string): OutputItem => ({ type: 'output_text', text, annotations: [], logprobs: [] });

export const callItem = (name: string, args: string, status = 'completed'): OutputItem => ({
  type: 'function_call',
  id: newId('fc'),
  call_id: newId('call'),
  name,
  arguments: args,
  status,
});
