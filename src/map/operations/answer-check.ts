/** Holds answers to a caller's JSON Schema. The schema is compiled once for all of them; nothing that a model wrote is. */
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { JsonSchema } from '../../model/json-schema.ts';

const MOST_PROBLEMS = 10;

/** `allErrors`, because the model is told them; `strict` is about how schemas are written, which is looked at before. */
function checker(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
  formats.default(ajv);
  return ajv;
}

/** What keeps a schema from being compiled: keywords with values of the wrong kind, references that lead nowhere, broken patterns. */
export function wellFormedProblems(schema: JsonSchema): string[] {
  const ajv = checker();
  if (ajv.validateSchema(schema) !== true) return problemsOf(ajv.errors, '#');
  try {
    ajv.compile(schema);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Problems of an answer, each with its path. Of a schema without problems. */
export function answerCheck(schema: JsonSchema): (answer: unknown) => string[] {
  const isValid = checker().compile(schema);
  return (answer) => (isValid(answer) ? [] : problemsOf(isValid.errors, ''));
}

function problemsOf(errors: ErrorObject[] | null | undefined, root: string): string[] {
  return (errors ?? []).slice(0, MOST_PROBLEMS).map(({ instancePath, message, params }) => {
    const detail = 'additionalProperty' in params ? ` ("${String(params['additionalProperty'])}")` : '';
    const allowed = 'allowedValues' in params ? `: ${JSON.stringify(params['allowedValues'])}` : '';
    return `${root}${instancePath || '/'} ${message}${detail}${allowed}.`;
  });
}
