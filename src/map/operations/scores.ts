/** What `score` and `rank` share: an answer that is a number within bounds. */
import type { JsonSchema } from '../../model/json-schema.ts';
import type { Verdict } from './operation.ts';
import { said } from './said.ts';

export const scoreSchema = (minimum: number, maximum: number): JsonSchema => ({
  ...{ type: 'object', properties: { score: { type: 'number', minimum, maximum } } },
  ...{ required: ['score'], additionalProperties: false },
});

export function scoreReader(min: number, max: number): (answer: unknown) => Verdict {
  return (answer) => {
    const { score } = (answer ?? {}) as Record<string, unknown>;
    if (typeof score === 'number' && score >= min && score <= max) return { value: { score } };
    return { problems: [`score: ${said(score)} is not a number from ${min} to ${max}.`] };
  };
}
