/**
 * A response object as the product's reply, or as the failure that it is. What a provider sends is parsed, never trusted:
 * HTTP is 200 for failed and incomplete responses, and for some HTML pages.
 */
import { z } from 'zod';
import { isSameModel } from '../../catalogue/catalogue.ts';
import { type ConversationItem, type ModelReply, type Usage, UsageSchema } from '../../contracts/model.ts';
import { type AskedCall, ProviderFailure } from '../port.ts';
import { typeOfCode } from './failures.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Kept as it came, so it is not copied. */
const OutputItemSchema = z.custom<Record<string, unknown> & { type: string }>(
  (item) => isObject(item) && typeof item['type'] === 'string',
);

const ResponseSchema = z.object({
  id: z.string(),
  model: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'incomplete', 'cancelled']),
  output: z.array(OutputItemSchema).default([]),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  usage: z.unknown().optional(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
type ResponseObject = z.infer<typeof ResponseSchema>;

/** The key under which a stand-in names itself. */
export const STAND_IN_KEY = 'stand_in';

export function parseResponse(value: unknown, model: string): ResponseObject {
  const parsed = ResponseSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notUnderstood(value, model);
}

/** HTTP says that all is well, and the body is not an answer: a page of some proxy, or another protocol. It may have been billed. */
export function notUnderstood(value: unknown, model: string): ProviderFailure {
  const what = typeof value === 'string' ? 'a page of text' : 'something else';
  return new ProviderFailure(
    'ModelNotUnderstood',
    `${model} answered 200 with ${what} instead of an answer.`,
    'unknown',
  );
}

export const isPending = ({ status }: ResponseObject): boolean => status === 'queued' || status === 'in_progress';

/** Contract: the response is not pending. Throws what it is if it can't be used; its usage travels with the failure. */
export function toReply(response: ResponseObject, { model, maxOutputTokens }: AskedCall): ModelReply {
  const usage = toUsage(response.usage);
  const serviceTier = response.service_tier ?? null;
  const billed = { model: response.model, usage, serviceTier };
  const failWith = (type: ProviderFailure['type'], message: string): never => {
    throw new ProviderFailure(type, message, billed);
  };
  if (response.status === 'failed') {
    const type = typeOfCode(response.error?.code ?? 'server_error');
    throw new ProviderFailure(
      type,
      `${model} failed: ${response.error?.message ?? 'no reason given'}`,
      usage ? billed : 'no',
    );
  }
  if (response.status === 'cancelled') {
    throw new ProviderFailure(
      'ModelUnavailable',
      `The response ${response.id} of ${model} was cancelled.`,
      usage ? billed : 'unknown',
    );
  }
  if (!isSameModel(model, response.model)) {
    failWith('ModelMismatch', `"${model}" was asked for, "${response.model}" answered.`);
  }
  if (response.status === 'incomplete') {
    const reason = response.incomplete_details?.reason ?? 'unknown';
    const type = reason === 'content_filter' ? 'ModelContentFiltered' : 'ModelOutputTruncated';
    failWith(type, `The answer of ${model} is incomplete (${reason}) at ${maxOutputTokens} output tokens.`);
  }
  const refusal = partsOf(response, 'refusal')[0];
  if (refusal !== undefined) failWith('ModelRefused', `${model} refused.`);
  const standIn = response.metadata?.[STAND_IN_KEY];
  return {
    responseId: response.id,
    model: response.model,
    standIn: typeof standIn === 'string' ? standIn : null,
    items: response.output as unknown as ConversationItem[],
    text: partsOf(response, 'output_text').join(''),
    usage,
    serviceTier,
  };
}

/** The texts of one type of content part, over all messages of the output. */
function partsOf({ output }: ResponseObject, type: 'output_text' | 'refusal'): string[] {
  const property = type === 'refusal' ? 'refusal' : 'text';
  return output.flatMap((item) => {
    const content = item.type === 'message' ? item['content'] : undefined;
    if (!Array.isArray(content)) return [];
    const parts = (content as unknown[]).filter(isObject).filter((part) => part['type'] === type);
    return parts.map((part) => (typeof part[property] === 'string' ? part[property] : ''));
  });
}

const ProviderUsageSchema = z.object({
  input_tokens: z.number(),
  input_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
  output_tokens: z.number(),
  output_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
});

/** Null when it is missing or contradicts itself: negative, fractional, or a part larger than its whole. */
function toUsage(value: unknown): Usage | null {
  const parsed = ProviderUsageSchema.safeParse(value);
  if (!parsed.success) return null;
  const usage = UsageSchema.safeParse({
    inputTokens: parsed.data.input_tokens,
    cachedInputTokens: parsed.data.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: parsed.data.output_tokens,
    reasoningTokens: parsed.data.output_tokens_details?.reasoning_tokens ?? 0,
  });
  if (!usage.success) return null;
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage.data;
  return cachedInputTokens > inputTokens || reasoningTokens > outputTokens ? null : usage.data;
}
