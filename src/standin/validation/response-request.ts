/**
 * A create for the Responses API, checked as the provider checks it: the first thing that is wrong is an error with its parameter. Codes
 * that no published page states are those that the API was seen to answer with; the live key will confirm them.
 */
import { invalid } from '../http/api-error.ts';
import type { ModelFigures } from '../../catalogue/catalogue.ts';
import type { Models } from '../models.ts';
import { RequestSchema, type StandInRequest } from '../request.ts';
import { checkFormat } from './format.ts';
import { checkItems } from './items.ts';
import { checkSettings } from './settings.ts';
import { asObject, checkKnown, checkShape } from './shape.ts';
import { checkTools } from './tools.ts';

/** Of a create. Those that nobody of ours uses are known, and not looked into. */
const KNOWN = new Set([
  ...[
    'access_programs',
    'background',
    'context_management',
    'conversation',
    'image',
    'include',
    'input',
    'instructions',
  ],
  ...['max_output_tokens', 'max_tool_calls', 'metadata', 'model', 'moderation', 'parallel_tool_calls'],
  ...[
    'previous_response_id',
    'prompt',
    'prompt_cache_key',
    'prompt_cache_options',
    'prompt_cache_retention',
    'reasoning',
  ],
  ...['safety_identifier', 'service_tier', 'store', 'stream', 'stream_options', 'temperature', 'text', 'tool_choice'],
  ...['tools', 'top_logprobs', 'top_p', 'truncation', 'user'],
]);

/** What waits for its first user. */
const NOT_OFFERED = ['conversation', 'prompt'];

export function checkedResponseRequest(body: unknown, models: Models): StandInRequest {
  const fields = asObject(body);
  checkKnown(fields, KNOWN);
  const request = checkShape(RequestSchema, fields);
  const missing = NOT_OFFERED.find((name) => fields[name] != null);
  if (missing !== undefined) throw invalid('unsupported_parameter', missing, `The stand-in has no '${missing}' yet.`);
  checkRules(request, models.get(request.model));
  return request;
}

/** The rules that hold by whichever protocol a request comes. */
export function checkRules(request: StandInRequest, model: ModelFigures): void {
  checkSettings(request, model);
  checkFormat(request);
  checkTools(request, model);
  checkItems(request);
}
