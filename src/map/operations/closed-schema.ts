/** A caller's JSON Schema, made ready to be sent: see `extract.ts`. */
import { asSchema, type JsonSchema } from '../../model/json-schema.ts';

/** They tell people something, and models nothing that a description would not. */
const ANNOTATIONS = ['$schema', '$comment', 'title', 'examples', 'deprecated'];
const LENGTHS = ['minLength', 'maxLength'];

/** Within it, as far as a model is concerned, is what the caller's schema says; the rest is for `answerCheck`. */
export function closedSchema(
  schema: JsonSchema,
  lengths: 'without lengths' | 'with lengths' = 'without lengths',
): JsonSchema {
  const leftOut = lengths === 'with lengths' ? ANNOTATIONS : [...ANNOTATIONS, ...LENGTHS];
  const close = (value: unknown): unknown => (isSchema(value) ? closeOne(value) : value);
  const closeOne = (one: JsonSchema): JsonSchema => {
    const kept = Object.entries(one).filter(([key]) => !leftOut.includes(key));
    const closed = kept.map(([key, value]) => [key, inner(key, value, close)] as const);
    const isOpen = [one['type']].flat().includes('object') && one['additionalProperties'] === undefined;
    return { ...Object.fromEntries(closed), ...(isOpen && { additionalProperties: false }) };
  };
  return closeOne(schema);
}

/** Properties may bear the names of keywords, so schemas are met only where schemas are. */
function inner(key: string, value: unknown, close: (value: unknown) => unknown): unknown {
  if (key === 'items') return close(value);
  if (key === 'anyOf') return Array.isArray(value) ? (value as unknown[]).map(close) : value;
  if (!['properties', '$defs', 'definitions'].includes(key) || !isSchema(value)) return value;
  return Object.fromEntries(Object.entries(asSchema(value)).map(([name, one]) => [name, close(one)]));
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
