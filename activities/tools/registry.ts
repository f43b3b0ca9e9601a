/** Which tools a kind of subagent has. `finish` is not among them: ending an attempt is the engine's business. */
import type { ToolSpec } from '../../src/contracts/model.ts';
import { InvestigationDraftSchema } from '../../src/contracts/results.ts';
import { strictSchema } from '../../src/model/strict-schema.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { search } from './search.ts';
import type { Tool } from './tool.ts';

export const FINISH = 'finish';

const INVESTIGATE_TOOLS: Tool[] = [listFiles, search, readFile];

const FINISH_SPEC: ToolSpec = {
  name: FINISH,
  description: 'Ends the investigation with what was found. Call it alone, once you are done.',
  parameters: strictSchema(InvestigationDraftSchema),
};

export const toolNamed = (name: string): Tool | undefined => INVESTIGATE_TOOLS.find(({ spec }) => spec.name === name);

/** What the model is told. A fixed order: the prefix of a request is what a provider caches. */
export const TOOL_SPECS: ToolSpec[] = [...INVESTIGATE_TOOLS.map(({ spec }) => spec), FINISH_SPEC];
