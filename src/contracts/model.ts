/**
 * What is asked of a model and what comes back, in the product's own words; providers translate. Conversation items
 * keep the shape of the Responses API (the richest common one), unknown item types pass through unchanged.
 */
import { z } from 'zod';
import { CAPABILITIES } from './kinds.ts';

/** Tokens of one call. `inputTokens` includes the cached ones, `outputTokens` the reasoning ones. */
export const UsageSchema = z.object({
  inputTokens: z.int().min(0),
  cachedInputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  reasoningTokens: z.int().min(0),
});
export type Usage = z.infer<typeof UsageSchema>;

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** What a tier runs on. Part of the objective's input: a deploy never changes the model of a run under way. */
export const TierProfileSchema = z.strictObject({
  provider: z.string().min(1).describe('who serves it, a row of the catalogue'),
  model: z.string().min(1),
  effort: z.enum(EFFORTS).describe('stated on each request'),
  maxOutputTokens: z.int().min(16).max(1_000_000).describe('reasoning included'),
  background: z.boolean().describe('created as a stored response that can be asked for by id after a crash'),
  capabilities: z.array(z.enum(CAPABILITIES)),
});
export type TierProfile = z.infer<typeof TierProfileSchema>;

/** One entry of a conversation. */
export type ConversationItem =
  | { role: 'developer' | 'user'; content: string }
  | FunctionCallItem
  | { type: 'function_call_output'; call_id: string; output: string }
  | { type: 'message'; role: 'assistant'; content: unknown; [key: string]: unknown }
  | { type: 'reasoning'; [key: string]: unknown };

export interface FunctionCallItem {
  type: 'function_call';
  call_id: string;
  name: string;
  arguments: string;
  [key: string]: unknown;
}

export const isFunctionCall = (item: ConversationItem): item is FunctionCallItem =>
  'type' in item && item.type === 'function_call';

export interface ToolSpec {
  name: string;
  description: string;
  /** JSON Schema within the strict subset. */
  parameters: Record<string, unknown>;
}

export interface AnswerFormat {
  name: string;
  /** JSON Schema within the strict subset. */
  schema: Record<string, unknown>;
}

/** Everything of a request but its conversation: stored with the intent, so that a deploy cannot change the question. */
export interface RequestHead {
  provider: string;
  model: string;
  effort: TierProfile['effort'];
  maxOutputTokens: number;
  background: boolean;
  /** Does the provider hold answers to the schema? Where not, the schema is part of the prompt. */
  strictSchema: boolean;
  tools: ToolSpec[];
  format: AnswerFormat | null;
  /** Groups calls with a common prefix at the provider. */
  cacheKey: string;
}

/** A profile as the head of a request. */
export function requestHead(
  { capabilities, ...profile }: TierProfile,
  rest: Pick<RequestHead, 'tools' | 'format' | 'cacheKey'>,
): RequestHead {
  return { ...profile, strictSchema: capabilities.includes('strictSchema'), ...rest };
}

/** A request but for its conversation: what an answer to it is read by. */
export interface AskedRequest extends RequestHead {
  callKey: string;
}

export interface ModelRequest extends AskedRequest {
  input: ConversationItem[];
}

/** An answer that can be used: completed, of the right model, whole. Everything else is thrown as a failure. */
export interface ModelReply {
  responseId: string;
  model: string;
  /** Names a stand-in; null for a language model. */
  standIn: string | null;
  items: ConversationItem[];
  text: string;
  /** Null where the provider told none, or one that contradicts itself: booked at the worst case. */
  usage: Usage | null;
  /** The provider's word for how it served the call, which is part of the price. */
  serviceTier?: string | null;
}
