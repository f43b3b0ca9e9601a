/** For a request that is nobody's role: the least value that fits a schema, so that who asked for a shape gets one. */
type Schema = Record<string, unknown>;

const SAMPLE_TEXT = '[stand-in]';

const BY_FORMAT: Record<string, string> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  email: 'stand-in@example.com',
  hostname: 'example.com',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** Deeper than this, whatever may be nothing is nothing: schemas may contain themselves. */
const DEEPEST = 6;

/** `offset` is added to whole numbers, so that one schema gives values that differ. */
export function sampleOf(schema: unknown, offset = 0): unknown {
  const root = asSchema(schema);
  const sample = (at: Schema, depth: number): unknown => {
    const { $ref, anyOf, type, enum: values } = at;
    if (typeof $ref === 'string') return sample(resolve(root, $ref), depth + 1);
    if ('const' in at) return at['const'];
    if (Array.isArray(values)) return values[0];
    if (Array.isArray(anyOf)) return sample(choice(anyOf.map(asSchema), depth), depth + 1);
    const kind: unknown = Array.isArray(type) ? (depth > DEEPEST && type.includes('null') ? 'null' : type[0]) : type;
    if (kind === 'object') {
      const properties = Object.entries(asSchema(at['properties']));
      return Object.fromEntries(properties.map(([name, one]) => [name, sample(asSchema(one), depth + 1)]));
    }
    if (kind === 'array') {
      return Array.from({ length: Number(at['minItems'] ?? 0) }, () => sample(asSchema(at['items']), depth + 1));
    }
    return scalar(kind, at, offset);
  };
  return sample(root, 0);
}

function scalar(kind: unknown, schema: Schema, offset: number): unknown {
  if (kind === 'string') return BY_FORMAT[String(schema['format'])] ?? SAMPLE_TEXT;
  if (kind === 'boolean') return false;
  if (kind === 'integer' || kind === 'number') return least(schema) + offset;
  return null;
}

function least({ minimum, exclusiveMinimum, multipleOf }: Schema): number {
  const bound = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : Number(minimum ?? 0);
  if (bound <= Number.MIN_SAFE_INTEGER) return 0;
  return typeof multipleOf === 'number' ? Math.ceil(bound / multipleOf) * multipleOf : bound;
}

const choice = (schemas: Schema[], depth: number): Schema =>
  (depth > DEEPEST ? schemas.find(({ type }) => type === 'null') : undefined) ?? schemas[0] ?? {};

function resolve(root: Schema, reference: string): Schema {
  const names = reference.split('/').slice(1);
  return names.reduce<Schema>((at, name) => asSchema(at[name.replaceAll('~1', '/').replaceAll('~0', '~')]), root);
}

const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
