/** The format that an answer is to have. */
import { invalid } from '../http/api-error.ts';
import { itemsOf, type StandInRequest, textOf } from '../request.ts';
import { strictProblem } from './strict-rules.ts';
import { unknownValue } from './settings.ts';

const TYPES = ['text', 'json_schema', 'json_object'];
/** Of formats and of functions. */
export const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export function checkFormat(request: StandInRequest): void {
  const format = request.text?.format;
  if (!format) return;
  if (!TYPES.includes(format.type)) throw unknownValue('text.format.type', format.type, TYPES);
  if (format.type === 'json_object' && !asksForJson(request)) {
    const message =
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
    throw invalid(null, 'input', message);
  }
  if (format.type !== 'json_schema') return;
  for (const name of ['name', 'schema']) {
    const param = `text.format.${name}`;
    if (format[name] === undefined)
      throw invalid('missing_required_parameter', param, `Missing required parameter: '${param}'.`);
  }
  if (!NAME.test(format.name ?? '')) {
    const message = `Invalid 'text.format.name': string does not match pattern. Expected a string that matches the pattern '${NAME.source}'.`;
    throw invalid('invalid_value', 'text.format.name', message);
  }
  const problem = format['strict'] === true ? strictProblem(format['schema']) : null;
  if (problem === null) return;
  throw invalid(
    'invalid_json_schema',
    'text.format.schema',
    `Invalid schema for response_format '${format.name}': ${problem}`,
  );
}

const asksForJson = (request: StandInRequest): boolean =>
  /json/i.test([request.instructions, ...itemsOf(request).map((item) => textOf(item['content']))].join('\n'));
