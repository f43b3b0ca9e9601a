/** A chat/completions request, checked: its own fields, then the rules of the Responses API with the names that they have here. */
import { ApiError, invalid } from '../http/api-error.ts';
import type { Models } from '../models.ts';
import { chatParam, type ChatRequest, ChatRequestSchema, toResponsesRequest } from '../protocol/chat-request.ts';
import type { StandInRequest } from '../request.ts';
import { checkRules } from './response-request.ts';
import { asObject, checkKnown, checkShape } from './shape.ts';

const KNOWN = new Set([
  ...['messages', 'model', 'audio', 'frequency_penalty', 'function_call', 'functions', 'logit_bias', 'logprobs'],
  ...['max_completion_tokens', 'max_tokens', 'metadata', 'modalities', 'moderation', 'n', 'parallel_tool_calls'],
  ...['prediction', 'presence_penalty', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention'],
  ...['reasoning_effort', 'response_format', 'safety_identifier', 'seed', 'service_tier', 'stop', 'store', 'stream'],
  ...['stream_options', 'temperature', 'tool_choice', 'tools', 'top_logprobs', 'top_p', 'user', 'verbosity'],
  'web_search_options',
]);

export function checkedChatRequest(body: unknown, models: Models): { chat: ChatRequest; request: StandInRequest } {
  const fields = asObject(body);
  checkKnown(fields, KNOWN);
  const chat = checkShape(ChatRequestSchema, fields);
  if (chat['n'] != null && chat['n'] !== 1) throw invalid('unsupported_value', 'n', 'The stand-in gives one choice.');
  if (chat.max_completion_tokens === 0 || chat.max_tokens === 0) {
    throw invalid(
      'integer_below_min_value',
      'max_completion_tokens',
      "Invalid 'max_completion_tokens': integer below minimum value.",
    );
  }
  const request = toResponsesRequest(chat);
  // The least number of tokens is a rule of the Responses API alone.
  const { max_output_tokens: _most, ...rest } = request;
  inChatWords(() => checkRules((request.max_output_tokens ?? 16) < 16 ? rest : request, models.get(request.model)));
  return { chat, request };
}

/** Runs a check; what it throws names the parameter as chat/completions does. */
export function inChatWords<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw toChatError(error);
  }
}

export function toChatError(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status, code, type, headers, message } = error;
  return new ApiError({
    status,
    code,
    type,
    headers,
    message: message.replace('[stand-in] ', ''),
    param: chatParam(error.param),
  });
}
