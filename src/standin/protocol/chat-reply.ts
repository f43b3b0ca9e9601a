/** A response as a chat completion. There is no metadata in one, so the stand-in names itself as the system that answers. */
import { ApiError } from '../http/api-error.ts';
import type { ResponseUsage } from '../usage/usage.ts';
import { type OutputItem, type ResponseObject, STAND_IN_NAME } from './response-object.ts';

export interface ChatMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  tool_calls?: { id: unknown; type: 'function'; function: { name: unknown; arguments: string } }[];
}

export interface ChatReply {
  id: string;
  created: unknown;
  model: string;
  message: ChatMessage;
  finishReason: string;
  usage: unknown;
  serviceTier: unknown;
}

/** A chat completion can't be a failed one: what failed is an error. */
const STATUS_BY_CODE: Record<string, number> = {
  rate_limit_exceeded: 429,
  server_error: 500,
  vector_store_timeout: 500,
};

export function toChatReply(response: ResponseObject): ChatReply {
  if (response.status === 'failed') throw failureOf(response);
  return {
    id: response.id.replace('resp_', 'chatcmpl-'),
    created: response['created_at'],
    model: response.model,
    message: messageOf(response.output),
    finishReason: finishReasonOf(response),
    usage: response['usage'] == null ? response['usage'] : toChatUsage(response['usage']),
    serviceTier: response['service_tier'],
  };
}

export function chatCompletion({ id, created, model, message, finishReason, usage, serviceTier }: ChatReply) {
  const choice = { index: 0, message: { ...message, annotations: [] }, logprobs: null, finish_reason: finishReason };
  return {
    ...{ id, object: 'chat.completion', created, model, choices: [choice], usage },
    ...{ service_tier: serviceTier, system_fingerprint: STAND_IN_NAME },
  };
}

function messageOf(output: OutputItem[]): ChatMessage {
  const parts = output.flatMap((item) => (item['type'] === 'message' ? (item['content'] as OutputItem[]) : []));
  const texts = parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  const refusal = parts.find(({ type }) => type === 'refusal')?.['refusal'];
  const calls = output.filter(({ type }) => type === 'function_call');
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('') : null,
    refusal: typeof refusal === 'string' ? refusal : null,
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ call_id, name, arguments: args }) => ({
        ...{ id: call_id, type: 'function' },
        function: { name, arguments: String(args) },
      })),
    }),
  };
}

function finishReasonOf({ status, output, incomplete_details: details }: ResponseObject): string {
  if (status === 'incomplete') {
    return (details as { reason: string }).reason === 'content_filter' ? 'content_filter' : 'length';
  }
  return output.some(({ type }) => type === 'function_call') ? 'tool_calls' : 'stop';
}

/** What a script put in place of the bill stays what it is. */
function toChatUsage(usage: unknown): unknown {
  const { input_tokens, input_tokens_details, output_tokens, output_tokens_details, total_tokens, ...rest } =
    usage as Partial<ResponseUsage>;
  return {
    ...{ prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens },
    prompt_tokens_details: { audio_tokens: 0, ...input_tokens_details },
    completion_tokens_details: {
      ...{ audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
      ...output_tokens_details,
    },
    ...rest,
  };
}

export function failureOf({ error }: ResponseObject): ApiError {
  const { code, message } = error as { code: string; message: string };
  return new ApiError({ status: STATUS_BY_CODE[code] ?? 400, code, message: message.replace('[stand-in] ', '') });
}
