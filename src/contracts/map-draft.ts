/** A map as a manager writes it: strict, so every property is there and what does not apply is null or empty. */
import { z } from 'zod';
import { OPERATION_NAMES } from './map.ts';

export const MapDraftSchema = z.strictObject({
  operation: z.enum(OPERATION_NAMES),
  input: z.string().describe('path of a table, or a folder or glob of text files, in the workspace'),
  textColumn: z
    .string()
    .nullable()
    .describe('which column of a table is asked about; null for the only one, or "text"'),
  question: z
    .string()
    .describe('what is asked of each item: the rubric of a score, the criterion of a ranking, what a review looks for'),
  labels: z
    .array(z.strictObject({ name: z.string(), description: z.string() }))
    .describe('for classify the labels, for route the handlers; otherwise empty'),
  schemaJson: z
    .string()
    .nullable()
    .describe('for extract: a JSON Schema of what is taken out of one item, as text; otherwise null'),
});
export type MapDraft = z.infer<typeof MapDraftSchema>;

/** In the contract's form, not yet validated. */
export function fromMapDraft({ operation, input, textColumn, question, labels, schemaJson }: MapDraft, more: string) {
  return {
    operation: settingsOf(operation, [question, more].join('\n').trim(), labels, schemaJson),
    input: { path: input, ...(textColumn !== null && { textColumn }) },
  };
}

function settingsOf(name: MapDraft['operation'], question: string, labels: MapDraft['labels'], schema: string | null) {
  const named = labels.map((label) => (label.description === '' ? { name: label.name } : label));
  const instructions = question === '' ? {} : { instructions: question };
  switch (name) {
    case 'classify':
      return { name, labels: named, ...instructions };
    case 'route':
      return { name, handlers: named, ...instructions };
    case 'extract':
      return { name, schema: parsed(schema), ...instructions };
    case 'score':
      return { name, rubric: question };
    case 'rank':
      return { name, criterion: question };
    case 'review':
      return { name, lookFor: question };
  }
}

/** What is not JSON fails the contract, which wants an object. */
function parsed(json: string | null): unknown {
  try {
    return JSON.parse(json ?? '');
  } catch {
    return json;
  }
}
