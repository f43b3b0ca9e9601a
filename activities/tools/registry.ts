/** Which tools a kind of subagent has, and what its `finish` takes. What happens at `finish` is the engine's business. */
import type { z } from 'zod';
import { type Kind, KINDS } from '../../src/contracts/kinds.ts';
import type { ToolSpec } from '../../src/contracts/model.ts';
import { CodeDraftSchema, InvestigationDraftSchema } from '../../src/contracts/results.ts';
import { strictSchema } from '../../src/model/strict-schema.ts';
import { applyPatch } from './apply-patch.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { readOutput } from './read-output.ts';
import { search } from './search.ts';
import { shell } from './shell.ts';
import type { FileContext, PodContext, Tool } from './tool.ts';
import { writeFile } from './write-file.ts';

export const FINISH = 'finish';

const READING: Tool<FileContext>[] = [listFiles, search, readFile];
const WRITING: Tool<PodContext>[] = [applyPatch, writeFile, shell];

const finishing = (description: string, result: z.ZodType): ToolSpec => ({
  ...{ name: FINISH, description },
  parameters: strictSchema(result),
});

const FINISH_READING = finishing(
  'Ends the investigation with what was found. Call it alone, once you are done.',
  InvestigationDraftSchema,
);
const FINISH_WRITING = finishing(
  'Ends the work. The checks are run then, on the files as they are; what fails comes back to you. Call it alone, once you are done.',
  CodeDraftSchema,
);

const named = <Context>(tools: Tool<Context>[], name: string): Tool<Context> | undefined =>
  tools.find(({ spec }) => spec.name === name);

export const readingTool = (name: string): Tool<FileContext> | undefined => named(READING, name);
/** Of an agent that writes, beside those that read. */
export const podTool = (name: string): Tool<PodContext> | undefined => named([...WRITING, readOutput], name);

/** It changes something, so that its place among the calls of a turn counts. */
export const isWritingTool = (name: string): boolean => named(WRITING, name) !== undefined;

/** What is said of a call in histories, by the tool that a kind has under the name. */
export const noteOfCall = (kind: Kind, name: string, args: unknown): string | undefined =>
  (readingTool(name) ?? (KINDS[kind].writes ? podTool(name) : undefined))?.note(args);

/** What the model is told. A fixed order: the prefix of a request is what a provider caches. */
export function toolSpecs(kind: Kind): ToolSpec[] {
  const reading = READING.map(({ spec }) => spec);
  return KINDS[kind].writes
    ? [...reading, ...WRITING.map(({ spec }) => spec), readOutput.spec, FINISH_WRITING]
    : [...reading, FINISH_READING];
}
