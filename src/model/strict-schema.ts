/**
 * JSON Schema within the strict subset of structured outputs: every property required, no additional ones, the root an
 * object, within bounds of size (developers.openai.com/api/docs/guides/structured-outputs). `strictSchema` makes one of ours, and throws
 * where it is outside: a defect. `strictProblems` tells a caller of theirs.
 */
import { z } from 'zod';
import { type JsonSchema, asSchema, type Place, schemasIn } from './json-schema.ts';

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

const MOST_LEVELS = 10;
const MOST_PROPERTIES = 5000;
const MOST_CHARACTERS = 120_000;
const MOST_ENUM_VALUES = 1000;
/** An enum of more values is held to a length of its own. */
export const LARGE_ENUM_VALUES = 250;
export const MOST_LARGE_ENUM_CHARACTERS = 15_000;

export function strictSchema(schema: z.ZodType): JsonSchema {
  const options = { target: 'draft-7', io: 'output', override: withoutLengths } as const;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, options) as JsonSchema;
  const problems = strictProblems(json);
  if (problems.length > 0) throw new Error(problems.join(' '));
  return json;
}

/** The subset has no lengths of strings; answers are held to them when they are parsed. */
function withoutLengths({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  delete jsonSchema['minLength'];
  delete jsonSchema['maxLength'];
}

/** Everything that keeps a schema from being sent, each with the path of where it is. */
export function strictProblems(schema: JsonSchema): string[] {
  if (schema['type'] !== 'object') return ['The root of a strict schema is an object: "type": "object" at #.'];
  const places = schemasIn(schema, MOST_LEVELS + 1);
  const tooDeep = places.find(({ level }) => level > MOST_LEVELS);
  const sizes = sizeProblems(places);
  if (tooDeep || sizes.length > 0)
    return [...(tooDeep ? [`${tooDeep.path} is nested deeper than ${MOST_LEVELS} levels.`] : []), ...sizes];
  return [
    ...(schema['anyOf'] === undefined ? [] : ['The root of a strict schema is one object, not "anyOf" at #.']),
    ...places.flatMap(({ schema: one, path }) => problemsAt(one, path)),
  ];
}

function problemsAt(schema: JsonSchema, path: string): string[] {
  const { type, anyOf, format } = schema;
  const unknown = Object.keys(schema).filter((key) => !KNOWN.has(key));
  const hasType = type !== undefined || anyOf !== undefined || schema['$ref'] !== undefined;
  return [
    ...unknown.map((key) => `"${key}" at ${path} is outside the strict subset.`),
    ...(typeof format === 'string' && !FORMATS.includes(format)
      ? [`The format "${format}" at ${path} is outside the strict subset, which knows ${FORMATS.join(', ')}.`]
      : []),
    ...(hasType ? [] : [`The schema at ${path} says no type.`]),
    ...([type].flat().includes('object') ? objectProblems(schema, path) : []),
    ...enumProblems(schema, path),
  ];
}

function objectProblems(schema: JsonSchema, path: string): string[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const optional = Object.keys(asSchema(schema['properties'])).filter((name) => !required.includes(name));
  return [
    ...optional.map(
      (name) =>
        `Property "${name}" at ${path} is optional; make it nullable: list it in "required", and let its type be one of several with "null".`,
    ),
    ...(schema['additionalProperties'] === false
      ? []
      : [`The object at ${path} allows additional properties; it needs "additionalProperties": false.`]),
  ];
}

function enumProblems({ enum: values }: JsonSchema, path: string): string[] {
  if (!Array.isArray(values) || values.length <= LARGE_ENUM_VALUES) return [];
  const characters = lengthOf(values);
  if (characters <= MOST_LARGE_ENUM_CHARACTERS) return [];
  return [
    `The enum at ${path} has ${values.length} values of ${characters} characters; with more than ${LARGE_ENUM_VALUES} it may have ${MOST_LARGE_ENUM_CHARACTERS}.`,
  ];
}

function sizeProblems(places: Place[]): string[] {
  const schemas = places.map(({ schema }) => schema);
  const names = schemas.flatMap(({ properties, $defs, definitions }) =>
    [properties, $defs, definitions].map((group) => Object.keys(asSchema(group))),
  );
  const properties = schemas.reduce((sum, schema) => sum + Object.keys(asSchema(schema['properties'])).length, 0);
  const values = schemas.flatMap((schema): unknown[] => (Array.isArray(schema['enum']) ? schema['enum'] : []));
  const constants = schemas.map((schema) => schema['const']);
  const characters = lengthOf(names.flat()) + lengthOf(values) + lengthOf(constants);
  return [
    ...tooMany(properties, MOST_PROPERTIES, 'properties'),
    ...tooMany(values.length, MOST_ENUM_VALUES, 'enum values'),
    ...tooMany(characters, MOST_CHARACTERS, 'characters in names and values'),
  ];
}

const tooMany = (count: number, most: number, what: string): string[] =>
  count > most ? [`The schema has ${count} ${what}; at most ${most} are supported.`] : [];

const lengthOf = (values: unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
