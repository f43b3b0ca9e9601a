/** What a model wrote between the braces of a tool call, as data; whatever is wrong with it is told to the model. */
import type { z } from 'zod';
import { problemText, zodProblems } from '../../src/contracts/parse-plan.ts';
import { ToolRefusal } from '../workspace/paths.ts';

const MOST_BYTES = 1_048_576;

export function parseJsonArguments(text: string): unknown {
  if (text.length > MOST_BYTES)
    throw new ToolRefusal(`The arguments have ${text.length} characters; at most ${MOST_BYTES} are read.`);
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    throw new ToolRefusal(`The arguments are not valid JSON: ${(error as Error).message}`);
  }
}

export function parseArguments<Schema extends z.ZodType>(schema: Schema, args: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  throw new ToolRefusal(`The arguments do not fit: ${zodProblems(parsed.error).map(problemText).join('; ')}`);
}
