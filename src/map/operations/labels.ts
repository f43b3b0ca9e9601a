/** What `classify` and `route` share: an answer that is one of a closed list of names. */
import type { JsonSchema } from '../../model/json-schema.ts';
import type { Verdict } from './operation.ts';
import { said } from './said.ts';

export interface Label {
  name: string;
  description?: string | undefined;
}

/** The provider's bounds of an enum (developers.openai.com/api/docs/guides/structured-outputs). */
const MOST_LABELS = 1000;
const LARGE = 250;
const MOST_LARGE_CHARACTERS = 15_000;

/** `what` is what the caller knows them as. */
export function labelProblems(what: 'labels' | 'handlers', names: string[]): string[] {
  const characters = names.reduce((sum, name) => sum + name.length, 0);
  const isTooLong = names.length > LARGE && characters > MOST_LARGE_CHARACTERS;
  return [
    ...(names.length < 2 ? [`${what}: ${names.length} given; at least 2 are needed for a choice.`] : []),
    ...(names.length > MOST_LABELS
      ? [`${what}: ${names.length} given; at most ${MOST_LABELS} fit into an answer's schema.`]
      : []),
    ...(isTooLong
      ? [
          `${what}: ${names.length} names have ${characters} characters; more than ${LARGE} names may have ${MOST_LARGE_CHARACTERS}. Shorten them, and say the rest in the descriptions.`,
        ]
      : []),
    ...doubled(names).map(
      ([name, first]) =>
        `${what}: "${name}" and "${first}" can't be told apart; names must differ in more than case and spaces.`,
    ),
  ];
}

/** Each name that another one before it equals, with that one. */
function doubled(names: string[]): [string, string][] {
  const seen = new Map<string, string>();
  return names.flatMap((name): [string, string][] => {
    const first = seen.get(sameName(name));
    if (first !== undefined) return [[name, first]];
    seen.set(sameName(name), name);
    return [];
  });
}

/** Names that this maps to the same are one. */
export const sameName = (name: string): string => name.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();

export const labelList = (labels: Label[]): string =>
  labels
    .map(({ name, description }) => `- ${oneLine(description === undefined ? name : `${name}: ${description}`)}`)
    .join('\n');

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

export const CONFIDENCE_RULE = 'confidence is how likely it is that this is right, from 0 to 1.';

export function labelSchema(names: string[], asksConfidence: boolean): JsonSchema {
  const properties = {
    label: { type: 'string', enum: names },
    ...(asksConfidence && { confidence: { type: 'number', minimum: 0, maximum: 1 } }),
  };
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** Reads such an answer. Case and spaces don't count: where a provider does not hold it to the schema, the label is still plain. */
export function labelReader(names: string[], asksConfidence: boolean): (answer: unknown) => Verdict {
  const known = new Map(names.map((name) => [sameName(name), name]));
  return (answer) => {
    const { label, confidence } = (answer ?? {}) as Record<string, unknown>;
    const name = typeof label === 'string' ? known.get(sameName(label)) : undefined;
    const isSure = isConfidence(confidence);
    const problems = [
      ...(name === undefined ? [`label: ${said(label)} is not among those to choose from.`] : []),
      ...(asksConfidence && !isSure ? [`confidence: ${said(confidence)} is not a number from 0 to 1.`] : []),
    ];
    if (problems.length > 0) return { problems };
    return asksConfidence && isSure ? { value: { label: name, confidence }, confidence } : { value: { label: name } };
  };
}

const isConfidence = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
