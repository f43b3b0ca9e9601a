/**
 * JSON Schema within the strict subset of structured outputs: every property required, no additional ones, the root an
 * object (developers.openai.com/api/docs/guides/structured-outputs). Schemas outside it are a defect of ours: they throw.
 */
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/** What the subset knows. Whatever is not on the list is refused here, at start, instead of by the provider. */
const KNOWN = new Set(
  [
    ['type', 'description', 'enum', 'const', 'anyOf', '$ref', '$defs', 'definitions'],
    ['properties', 'required', 'additionalProperties'],
    ['items', 'minItems', 'maxItems'],
    ['pattern', 'format'],
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ].flat(),
);

const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];

export function strictSchema(schema: z.ZodType): JsonSchema {
  const options = { target: 'draft-7', io: 'output', override: withoutLengths } as const;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, options) as JsonSchema;
  if (json['type'] !== 'object') throw new Error('The root of a strict schema is an object.');
  assertStrict(json, '#');
  return json;
}

/** The subset has no lengths of strings; answers are held to them when they are parsed. */
function withoutLengths({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  delete jsonSchema['minLength'];
  delete jsonSchema['maxLength'];
}

function assertStrict(schema: JsonSchema, path: string): void {
  const { type, anyOf, items, format } = schema;
  const unknown = Object.keys(schema).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`"${unknown}" at ${path} is outside the strict subset.`);
  if (typeof format === 'string' && !FORMATS.includes(format))
    throw new Error(`The format "${format}" at ${path} is outside the strict subset.`);
  if (type === undefined && anyOf === undefined && schema['$ref'] === undefined)
    throw new Error(`The schema at ${path} says no type.`);
  if (type === 'object') assertObject(schema, path);
  if (items !== undefined) assertStrict(items as JsonSchema, `${path}/items`);
  if (Array.isArray(anyOf)) anyOf.forEach((one: JsonSchema, index) => assertStrict(one, `${path}/anyOf/${index}`));
  for (const group of ['properties', '$defs', 'definitions']) {
    for (const [name, one] of Object.entries((schema[group] ?? {}) as Record<string, JsonSchema>))
      assertStrict(one, `${path}/${group}/${name}`);
  }
}

function assertObject(schema: JsonSchema, path: string): void {
  const properties = Object.keys(schema['properties'] ?? {});
  const required = (schema['required'] ?? []) as string[];
  const missing = properties.find((name) => !required.includes(name));
  if (missing !== undefined) throw new Error(`Property "${missing}" at ${path} is optional; make it nullable.`);
  if (schema['additionalProperties'] !== false) throw new Error(`The object at ${path} allows additional properties.`);
}
