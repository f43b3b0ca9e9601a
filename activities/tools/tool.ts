/**
 * A tool of a subagent: what the model is told of it, what its arguments must be, what it does. A `ToolRefusal` is an
 * answer to the model; anything else that is thrown fails the Activity.
 */
import type { z } from 'zod';
import type { ToolSpec } from '../../src/contracts/model.ts';
import { strictSchema } from '../../src/model/strict-schema.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { parseArguments } from './arguments.ts';

export interface ToolContext {
  workspaces: Workspaces;
  workspaceRef: string;
  maxToolOutputBytes: number;
  signal: AbortSignal;
}

export interface Tool {
  spec: ToolSpec;
  /** One short line for history and Web UI: names and places, no content. */
  note: (args: unknown) => string;
  /** Contract: `args` may be anything a model wrote. */
  run: (args: unknown, context: ToolContext) => Promise<string>;
}

interface ToolDefinition<Schema extends z.ZodType> {
  name: string;
  description: string;
  args: Schema;
  note: (args: z.infer<Schema>) => string;
  run: (args: z.infer<Schema>, context: ToolContext) => Promise<string>;
}

/** A tool from its schema: arguments that do not fit are refused with what is wrong in them. */
export function defineTool<Schema extends z.ZodType>(definition: ToolDefinition<Schema>): Tool {
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
