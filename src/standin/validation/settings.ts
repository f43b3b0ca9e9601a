/** Settings of a request: what the model has, and the bounds of what is sent along. */
import { EFFORTS } from '../../contracts/model.ts';
import { invalid } from '../http/api-error.ts';
import type { ModelFigures } from '../../catalogue/catalogue.ts';
import { effortOf, type StandInRequest } from '../request.ts';

const SERVICE_TIERS = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'];
const SAMPLING = ['temperature', 'top_p'] as const;
const LEAST_OUTPUT_TOKENS = 16;
const MOST_METADATA = 16;
const LONGEST_METADATA_KEY = 64;
const LONGEST_METADATA_VALUE = 512;
const LONGEST_SAFETY_IDENTIFIER = 128;

export function checkSettings(request: StandInRequest, model: ModelFigures): void {
  checkEffort(request, model);
  checkOutputTokens(request, model);
  checkMetadata(request);
  checkLength('safety_identifier', request.safety_identifier ?? '', LONGEST_SAFETY_IDENTIFIER);
  const tier = request.service_tier;
  if (tier != null && !SERVICE_TIERS.includes(tier)) throw unknownValue('service_tier', tier, SERVICE_TIERS);
}

function checkEffort(request: StandInRequest, { id, efforts }: ModelFigures): void {
  const asked = request.reasoning?.effort ?? null;
  if (asked !== null && !isAmong(EFFORTS, asked)) throw unknownValue('reasoning.effort', asked, EFFORTS);
  if (asked !== null && !isAmong(efforts, asked)) {
    const message = `Unsupported value: '${asked}' is not supported with the '${id}' model. Supported values are: ${quoted(efforts)}.`;
    throw invalid('unsupported_value', 'reasoning.effort', message);
  }
  const effort = effortOf(request);
  const sampling = SAMPLING.find((name) => request[name] != null);
  if (sampling === undefined || effort === 'none') return;
  const message = `Unsupported parameter: '${sampling}' is not supported with this model when it reasons (effort '${effort}').`;
  throw invalid('unsupported_parameter', sampling, message);
}

function checkOutputTokens({ max_output_tokens: most }: StandInRequest, { maxOutputTokens }: ModelFigures): void {
  const param = 'max_output_tokens';
  if (most == null) return;
  if (most < LEAST_OUTPUT_TOKENS) {
    const message = `Invalid '${param}': integer below minimum value. Expected a value >= ${LEAST_OUTPUT_TOKENS}, but got ${most} instead.`;
    throw invalid('integer_below_min_value', param, message);
  }
  if (most > maxOutputTokens) {
    const message = `Invalid '${param}': integer above maximum value. Expected a value <= ${maxOutputTokens}, but got ${most} instead.`;
    throw invalid('integer_above_max_value', param, message);
  }
}

export function checkMetadata({ metadata }: Pick<StandInRequest, 'metadata'>): void {
  const pairs = Object.entries(metadata ?? {});
  if (pairs.length > MOST_METADATA) {
    const message = `Invalid 'metadata': too many properties. Expected an object with at most ${MOST_METADATA} properties, but got an object with ${pairs.length} properties instead.`;
    throw invalid('object_above_max_properties', 'metadata', message);
  }
  for (const [key, value] of pairs) {
    checkLength('metadata', key, LONGEST_METADATA_KEY);
    checkLength(`metadata.${key}`, value, LONGEST_METADATA_VALUE);
  }
}

function checkLength(param: string, value: string, most: number): void {
  if (value.length <= most) return;
  const message = `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${value.length} instead.`;
  throw invalid('string_above_max_length', param, message);
}

const isAmong = (values: readonly string[], value: string): boolean => values.includes(value);

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

export const unknownValue = (param: string, value: string, supported: readonly string[]) =>
  invalid('invalid_value', param, `Invalid value: '${value}'. Supported values are: ${quoted(supported)}.`);
