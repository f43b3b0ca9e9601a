/** A chat completion as the product's reply, or as the failure that it is. Parsed, never trusted. */
import { z } from 'zod';
import { isSameModel } from '../../catalogue/catalogue.ts';
import {
  type AskedRequest,
  type ConversationItem,
  type ModelReply,
  type Usage,
  UsageSchema,
} from '../../contracts/model.ts';
import { notUnderstood } from '../openai/response.ts';
import { ProviderFailure } from '../port.ts';
import { EXTRA, unfenced } from './translate.ts';

const ToolCallSchema = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
  [EXTRA]: z.unknown().optional(),
});

const CompletionSchema = z.looseObject({
  id: z.string(),
  model: z.string(),
  system_fingerprint: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        message: z.looseObject({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(ToolCallSchema).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.unknown().optional(),
});

const ChatUsageSchema = z.looseObject({
  prompt_tokens: z.number(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nullish() }).nullish(),
  completion_tokens: z.number(),
  total_tokens: z.number().nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: z.number().nullish() }).nullish(),
});

export function toChatReply(value: unknown, request: AskedRequest): ModelReply {
  const parsed = CompletionSchema.safeParse(value);
  if (!parsed.success) throw notUnderstood(value, request.model);
  const { id, model, choices, usage: told, system_fingerprint: fingerprint } = parsed.data;
  const [choice] = choices;
  const usage = toUsage(told);
  const failWith = (type: ProviderFailure['type'], message: string): never => {
    throw new ProviderFailure(type, message, { model, usage });
  };
  if (!isSameModel(request.model, model))
    failWith('ModelMismatch', `"${request.model}" was asked for, "${model}" answered.`);
  if (choice?.message.refusal) failWith('ModelRefused', `${request.model} refused.`);
  if (choice?.finish_reason === 'length')
    failWith(
      'ModelOutputTruncated',
      `The answer of ${request.model} is incomplete at ${request.maxOutputTokens} output tokens.`,
    );
  if (choice?.finish_reason === 'content_filter')
    failWith('ModelContentFiltered', `An answer of ${request.model} was filtered.`);
  const { content = null, tool_calls: calls = null } = choice?.message ?? {};
  const text = request.format && !request.strictSchema ? unfenced(content ?? '') : (content ?? '');
  return {
    responseId: id,
    model,
    standIn: fingerprint?.includes('stand-in') ? fingerprint : null,
    items: [
      ...(content
        ? [{ type: 'message' as const, role: 'assistant' as const, content: [{ type: 'output_text', text }] }]
        : []),
      ...(calls ?? []).map(
        ({ id: call_id, function: { name, arguments: args }, [EXTRA]: extra }): ConversationItem => ({
          type: 'function_call',
          call_id,
          name,
          arguments: args,
          ...(extra != null && { [EXTRA]: extra }),
        }),
      ),
    ],
    text,
    usage,
  };
}

/** Null when it is missing or contradicts itself. Some servers count the reasoning in the total alone, and bill it: all that is not input is output. */
function toUsage(value: unknown): Usage | null {
  const parsed = ChatUsageSchema.safeParse(value);
  if (!parsed.success) return null;
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = parsed.data;
  if (total != null && total < input + output) return null;
  const usage = UsageSchema.safeParse({
    inputTokens: input,
    cachedInputTokens: parsed.data.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: total == null ? output : total - input,
    reasoningTokens: parsed.data.completion_tokens_details?.reasoning_tokens ?? 0,
  });
  return usage.success ? consistent(usage.data) : null;
}

const consistent = (usage: Usage): Usage | null =>
  usage.cachedInputTokens > usage.inputTokens || usage.reasoningTokens > usage.outputTokens ? null : usage;
