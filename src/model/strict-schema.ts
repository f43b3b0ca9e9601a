/**
 * JSON Schema within the strict subset of structured outputs: every property required, no additional ones, the root an
 * object (developers.openai.com/api/docs/guides/structured-outputs). Schemas outside it are a defect of ours: they throw.
 */
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

const FORBIDDEN = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'default',
  'patternProperties',
];

export function strictSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { target: 'draft-7', io: 'output' }) as JsonSchema;
  if (json['type'] !== 'object') throw new Error('The root of a strict schema is an object.');
  assertStrict(json, '#');
  return json;
}

function assertStrict(node: unknown, path: string): void {
  if (Array.isArray(node)) return void node.forEach((child, index) => assertStrict(child, `${path}/${index}`));
  if (typeof node !== 'object' || node === null) return;
  const schema = node as JsonSchema;
  const forbidden = FORBIDDEN.find((key) => key in schema && !path.endsWith('/properties'));
  if (forbidden) throw new Error(`"${forbidden}" at ${path} is outside the strict subset.`);
  if (schema['type'] === 'object') {
    const properties = Object.keys(schema['properties'] ?? {});
    const required = (schema['required'] ?? []) as string[];
    const missing = properties.find((name) => !required.includes(name));
    if (missing !== undefined) throw new Error(`Property "${missing}" at ${path} is optional; make it nullable.`);
    if (schema['additionalProperties'] !== false)
      throw new Error(`The object at ${path} allows additional properties.`);
  }
  for (const [key, child] of Object.entries(schema)) assertStrict(child, `${path}/${key}`);
}
