/** Fields and their types, in the words of the provider. */
import type { z } from 'zod';
import { invalid } from '../http/api-error.ts';

type Fields = Record<string, unknown>;

export function asObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw invalid('invalid_type', null, `Invalid body: expected an object, but got ${nameOf(body)} instead.`);
}

export function checkKnown(fields: Fields, known: Set<string>): void {
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) throw invalid('unknown_parameter', unknown, `Unknown parameter: '${unknown}'.`);
}

export function checkShape<Schema extends z.ZodType>(schema: Schema, fields: Fields): z.infer<Schema> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]);
  const path = issue?.path ?? [];
  const param = pathName(path);
  const value = valueAt(fields, path);
  if (value === undefined)
    throw invalid('missing_required_parameter', param, `Missing required parameter: '${param}'.`);
  if (issue?.code === 'invalid_value') {
    const supported = issue.values.map((one) => `'${String(one)}'`).join(', ');
    throw invalid(
      'invalid_value',
      param,
      `Invalid value: ${JSON.stringify(value)}. Supported values are: ${supported}.`,
    );
  }
  const expected = issue?.code === 'invalid_type' ? issue.expected : 'something else';
  throw invalid(
    'invalid_type',
    param,
    `Invalid type for '${param}': expected ${expected}, but got ${nameOf(value)} instead.`,
  );
}

/** Of a union, the complaint that got furthest. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0];
  return inner && inner.path.length > 0 ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

/** `input[0].content` */
export const pathName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], value);

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (Number.isInteger(value)) return 'an integer';
  const kind = typeof value;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}
