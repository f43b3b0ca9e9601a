/** A request on the wire of the Responses API. */
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import type { ModelRequest } from '../../contracts/model.ts';

/** The caller's own id of a request, for logs of both sides (developers.openai.com/api/reference/overview, debugging requests). */
export const CALL_KEY_HEADER = 'x-client-request-id';

/** Instructions are a leading developer message: some models do not cache the `instructions` field. */
export function toBody(request: ModelRequest): ResponseCreateParamsBase {
  const { model, input, effort, maxOutputTokens, background, tools, format, cacheKey, callKey } = request;
  return {
    model,
    input: input as ResponseCreateParamsBase['input'] & object,
    reasoning: { effort: effort as 'low' },
    max_output_tokens: maxOutputTokens,
    // Stated, so that a project's own default can't make a call dearer than what was reserved for it.
    service_tier: 'default',
    store: background,
    background,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: cacheKey,
    metadata: { call_key: callKey },
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function' as const, strict: true, ...tool })),
      parallel_tool_calls: true,
    }),
    ...(format && { text: { format: { type: 'json_schema' as const, strict: true, ...format } } }),
  };
}
