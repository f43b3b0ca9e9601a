/** What is sent as a schema stays within the documented subset of structured outputs, read here by rules of its own. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { toolSpecs } from '../../activities/tools/registry.ts';
import { PlanDraftSchema } from '../../src/contracts/plan.ts';
import {
  InvestigationDraftSchema,
  ReviewDraftSchema,
  SynthesisDraftSchema,
  TriageDraftSchema,
} from '../../src/contracts/results.ts';
import { strictSchema } from '../../src/model/strict-schema.ts';

type Json = Record<string, unknown>;

const SUPPORTED: Record<string, string[]> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['pattern', 'format', 'enum', 'const'],
  number: ['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'enum', 'const'],
  integer: ['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'enum', 'const'],
  boolean: ['enum', 'const'],
  null: [],
};

/** Every way in which a schema leaves the subset. */
function violations(schema: Json, at = '#', depth = 1): string[] {
  const types = [schema['type'] ?? []].flat() as string[];
  const anyOf = (schema['anyOf'] ?? []) as Json[];
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const allowed = ['type', 'description', 'anyOf', ...types.flatMap((type) => SUPPORTED[type] ?? [])];
  const names = Object.keys(properties);
  const isObject = types.includes('object');
  return [
    ...Object.keys(schema)
      .filter((key) => !allowed.includes(key))
      .map((key) => `${at}: ${key}`),
    ...(types.length + anyOf.length === 0 ? [`${at}: no type`] : []),
    ...(isObject && schema['additionalProperties'] !== false ? [`${at}: additional properties`] : []),
    ...(isObject && names.some((name) => !(schema['required'] as string[]).includes(name)) ? [`${at}: optional`] : []),
    ...(depth > 10 ? [`${at}: more than ten levels`] : []),
    ...names.flatMap((name) => violations(properties[name] ?? {}, `${at}/${name}`, depth + 1)),
    ...anyOf.flatMap((one, index) => violations(one, `${at}/${index}`, depth)),
    ...(schema['items'] ? violations(schema['items'] as Json, `${at}[]`, depth + 1) : []),
  ];
}

describe('what models are asked to fill in', () => {
  test.each([
    ['plan', PlanDraftSchema],
    ['review', ReviewDraftSchema],
    ['synthesis', SynthesisDraftSchema],
    ['triage', TriageDraftSchema],
    ['investigation', InvestigationDraftSchema],
  ])('the answer "%s" lies within the strict subset', (_, schema) => {
    expect(strictSchema(schema)).toMatchObject({ type: 'object' });
    expect(violations(strictSchema(schema))).toEqual([]);
  });

  test.each([...toolSpecs('investigate'), ...toolSpecs('code')].map((spec) => [spec.name, spec.parameters] as const))(
    'the arguments of the tool "%s" lie within the strict subset',
    (_, parameters) => {
      expect(parameters).toMatchObject({ type: 'object' });
      expect(violations(parameters)).toEqual([]);
    },
  );
});

test.each<[string, z.ZodType]>([
  ['an optional property', z.strictObject({ a: z.string().optional() })],
  ['a default', z.strictObject({ a: z.string().default('x') })],
  ['additional properties', z.looseObject({ a: z.string() })],
  ['a record', z.strictObject({ a: z.record(z.string(), z.string()) })],
  ['a discriminated union', z.strictObject({ a: z.discriminatedUnion('k', [z.strictObject({ k: z.literal('a') })]) })],
  ['an intersection', z.strictObject({ a: z.intersection(z.string(), z.string()) })],
  ['a list with a type for each place', z.strictObject({ a: z.tuple([z.string(), z.string()]) })],
  ['a value of any type', z.strictObject({ a: z.unknown() })],
  ['a format that the subset does not know', z.strictObject({ a: z.url() })],
  ['a property behind one that is called "properties"', z.strictObject({ properties: z.string().default('x') })],
  ['one of these, deep inside', z.strictObject({ a: z.array(z.strictObject({ b: z.string().nullish() })) })],
  ['a root that is a list', z.array(z.string())],
  ['a root that is a union', z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })])],
])('a schema with %s is refused', (_, schema) => {
  expect(() => strictSchema(schema)).toThrow(/strict|optional|additional|type/);
});

test('a property may bear the name of a keyword', () => {
  const schema = strictSchema(z.strictObject({ default: z.string(), oneOf: z.string(), type: z.string() }));
  expect(violations(schema)).toEqual([]);
});

test('lengths of strings are left to the parser: the subset does not know them', () => {
  const schema = z.strictObject({ a: z.string().min(1).max(5) });
  expect(violations(strictSchema(schema))).toEqual([]);
  expect(schema.safeParse({ a: 'too long' }).success).toBe(false);
});

test('a bound on a number or a list is sent along', () => {
  const { properties } = strictSchema(z.strictObject({ n: z.int().min(1), l: z.array(z.string()).max(3) }));
  expect(properties).toMatchObject({ n: { minimum: 1 }, l: { maxItems: 3 } });
});
