/**
 * The rules of strict schemas (developers.openai.com/api/docs/guides/structured-outputs): every property required, no additional ones, the
 * root an object, and what JSON Schema has beside that within bounds. Written apart from the product's own check, which it is a test of.
 */
type Schema = Record<string, unknown>;

const KNOWN = new Set([
  ...['type', 'enum', 'const', 'anyOf', '$ref', '$defs', 'definitions'],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
  ...['pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['title', 'description', 'default', 'examples', '$schema', '$id', '$comment'],
]);
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];

const MOST_PROPERTIES = 5_000;
const MOST_LEVELS = 10;
const MOST_NAME_CHARACTERS = 120_000;
const MOST_ENUM_VALUES = 1_000;
const LARGE_ENUM_VALUES = 250;
const MOST_LARGE_ENUM_CHARACTERS = 15_000;

interface Sums {
  properties: number;
  enumValues: number;
  characters: number;
}

/** What is wrong with a schema, in the provider's words; null where nothing is. */
export function strictProblem(value: unknown): string | null {
  const schema = asSchema(value);
  if (schema['anyOf'] !== undefined)
    return "schema must be a JSON Schema of 'type: \"object\"', got 'anyOf' at its root.";
  if (schema['type'] !== 'object') {
    return `schema must be a JSON Schema of 'type: "object"', got 'type: ${JSON.stringify(schema['type'] ?? 'None')}'.`;
  }
  const sums: Sums = { properties: 0, enumValues: 0, characters: 0 };
  return problemAt(schema, [], 1, sums) ?? sumProblem(sums);
}

function problemAt(schema: Schema, path: string[], level: number, sums: Sums): string | null {
  const at = `In context=(${path.map((name) => `'${name}'`).join(', ')}), `;
  if (level > MOST_LEVELS) return `${at}the schema is nested deeper than ${MOST_LEVELS} levels.`;
  const unknown = Object.keys(schema).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) return `${at}'${unknown}' is not permitted.`;
  const { type, anyOf, items, format, $ref, enum: values } = schema;
  if (typeof format === 'string' && !FORMATS.includes(format)) return `${at}'${format}' is not a valid format.`;
  if (type === undefined && anyOf === undefined && $ref === undefined && values === undefined && !('const' in schema)) {
    return `${at}schema must have a 'type' key.`;
  }
  const own = (isObject(type) ? objectProblem(schema, at) : null) ?? enumProblem(schema, at, sums);
  if (own !== null) return own;
  for (const [name, one] of Object.entries(asSchema(schema['properties']))) {
    sums.properties += 1;
    sums.characters += name.length;
    const problem = problemAt(asSchema(one), [...path, 'properties', name], level + 1, sums);
    if (problem !== null) return problem;
  }
  return innerProblem(schema, { items, anyOf }, path, level, sums);
}

/** What stands inside a schema beside its properties. Definitions start at the level at which they are used at the least. */
function innerProblem(
  schema: Schema,
  { items, anyOf }: { items?: unknown; anyOf?: unknown },
  path: string[],
  level: number,
  sums: Sums,
): string | null {
  if (Array.isArray(items)) return `In context=(${path.join(', ')}), 'items' must be one schema.`;
  const inner: [string[], unknown, number][] = [
    ...(items === undefined ? [] : [[[...path, 'items'], items, level + 1] as [string[], unknown, number]]),
    ...(Array.isArray(anyOf) ? anyOf : []).map((one, n): [string[], unknown, number] => [
      [...path, 'anyOf', String(n)],
      one,
      level,
    ]),
    ...['$defs', 'definitions'].flatMap((group) =>
      Object.entries(asSchema(schema[group])).map(([name, one]): [string[], unknown, number] => [
        [group, name],
        one,
        1,
      ]),
    ),
  ];
  for (const [innerPath, one, innerLevel] of inner) {
    const problem = problemAt(asSchema(one), innerPath, innerLevel, sums);
    if (problem !== null) return problem;
  }
  return null;
}

function objectProblem(schema: Schema, at: string): string | null {
  const names = Object.keys(asSchema(schema['properties']));
  const { required } = schema;
  if (schema['additionalProperties'] !== false) {
    return `${at}'additionalProperties' is required to be supplied and to be false.`;
  }
  const missing = names.find((name) => !(Array.isArray(required) && required.includes(name)));
  if (missing === undefined) return null;
  return `${at}'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
}

function enumProblem({ enum: values, const: only }: Schema, at: string, sums: Sums): string | null {
  const all: unknown[] = Array.isArray(values) ? values : only === undefined ? [] : [only];
  const characters = all.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
  sums.enumValues += Array.isArray(values) ? all.length : 0;
  sums.characters += characters;
  if (all.length <= LARGE_ENUM_VALUES || characters <= MOST_LARGE_ENUM_CHARACTERS) return null;
  return `${at}an enum of more than ${LARGE_ENUM_VALUES} values may have ${MOST_LARGE_ENUM_CHARACTERS} characters, got ${characters}.`;
}

function sumProblem({ properties, enumValues, characters }: Sums): string | null {
  if (properties > MOST_PROPERTIES)
    return `the schema has ${properties} properties, at most ${MOST_PROPERTIES} are supported.`;
  if (enumValues > MOST_ENUM_VALUES)
    return `the schema has ${enumValues} enum values, at most ${MOST_ENUM_VALUES} are supported.`;
  if (characters <= MOST_NAME_CHARACTERS) return null;
  return `names and values of the schema have ${characters} characters, at most ${MOST_NAME_CHARACTERS} are supported.`;
}

const isObject = (type: unknown): boolean => type === 'object' || (Array.isArray(type) && type.includes('object'));

const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
