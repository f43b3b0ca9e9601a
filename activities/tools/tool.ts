/**
 * A tool of a subagent: what the model is told of it, what its arguments must be, what it does. A `ToolRefusal` is an
 * answer to the model; anything else that is thrown fails the Activity.
 */
import type { z } from 'zod';
import type { ToolSpec } from '../../src/contracts/model.ts';
import type { Pod } from '../../src/pod/pod.ts';
import { strictSchema } from '../../src/model/strict-schema.ts';
import type { KeptOutputs } from './kept-output.ts';
import { parseArguments } from './arguments.ts';
import type { FileAccess } from './file-access.ts';

/** What tools that read are given. */
export interface FileContext {
  files: FileAccess;
  maxToolOutputBytes: number;
  signal: AbortSignal;
}

/** What tools that change things are given: they all work inside the pod. */
export interface PodContext extends FileContext {
  pod: Pick<Pod, 'request'>;
  outputs: KeptOutputs;
}

export interface Tool<Context> {
  spec: ToolSpec;
  /** One short line for history and Web UI: names and places, no content. */
  note: (args: unknown) => string;
  /** Contract: `args` may be anything a model wrote. */
  run: (args: unknown, context: Context) => Promise<string>;
}

interface ToolDefinition<Schema extends z.ZodType, Context> {
  name: string;
  description: string;
  args: Schema;
  note: (args: z.infer<Schema>) => string;
  run: (args: z.infer<Schema>, context: Context) => Promise<string>;
}

/** A tool from its schema: arguments that do not fit are refused with what is wrong in them. */
export function defineTool<Schema extends z.ZodType, Context>(
  definition: ToolDefinition<Schema, Context>,
): Tool<Context> {
  const { name, description, args: schema } = definition;
  return {
    spec: { name, description, parameters: strictSchema(schema) },
    note: (args) => {
      const parsed = schema.safeParse(args);
      return parsed.success ? definition.note(parsed.data) : `${name} (unusable arguments)`;
    },
    run: async (args, context) => definition.run(parseArguments(schema, args), context),
  };
}
