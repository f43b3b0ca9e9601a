/** The manager's planning prompt: the objective, the workspace at a glance, the kinds and checks there are. */
import type { Kind } from '../../src/contracts/kinds.ts';
import type { Limits } from '../../src/contracts/limits.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Checks } from '../../src/contracts/plan.ts';
import type { FrozenWorkspace } from '../workspace/frozen.ts';
import { sizeText } from '../tools/text.ts';
import { clip, DATA_RULE, kindLines, section } from '../../src/prompts/sections.ts';

const MOST_OVERVIEW_LINES = 200;
const FOLDER_DEPTH = 3;

export interface PlanPrompt {
  text: string;
  workspace: FrozenWorkspace;
  checks: Checks;
  /** Those that may be planned. */
  kinds: Kind[];
  limits: Limits;
}

export function planPrompt({ text, workspace, checks, kinds, limits }: PlanPrompt): ConversationItem[] {
  return [
    { role: 'developer', content: planInstructions(kinds, limits) },
    {
      role: 'user',
      content: [
        section('objective', clip(text, 20_000)),
        section('workspace', overview(workspace), { files: workspace.manifest.files.length }),
        section('checks', Object.keys(checks).join('\n') || '(none)'),
      ].join('\n\n'),
    },
  ];
}

function planInstructions(kinds: Kind[], limits: Limits): string {
  return `You are the manager of a fleet of agents. Split the objective into subtasks for them.
Each subtask is carried out by an agent that sees its own instructions and the results of the subtasks it depends on, nothing else.
Subtasks without dependencies between them run at the same time: depend only on what is really needed.

Kinds of subtask:
${kindLines(kinds)}

Bounds: at most ${limits.maxSubtasks} subtasks, chains of at most ${limits.maxDepth}; few and substantial ones are better than many.
${DATA_RULE}`;
}

/** Folders with their sizes, down to a depth, then the files of the top folder. */
export function overview(workspace: FrozenWorkspace): string {
  const folders: string[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const { name, files, bytes, isFolder } of workspace.list(folder)) {
      if (!isFolder) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      folders.push(`${path}/ (${files} ${files === 1 ? 'file' : 'files'}, ${sizeText(bytes)})`);
      if (depth < FOLDER_DEPTH) visit(path, depth + 1);
    }
  };
  visit('', 1);
  const files = workspace.list('').filter(({ isFolder }) => !isFolder);
  const lines = [...folders, ...files.map(({ name, bytes }) => `${name} (${sizeText(bytes)})`)];
  const omitted = lines.length - MOST_OVERVIEW_LINES;
  return [...lines.slice(0, MOST_OVERVIEW_LINES), ...(omitted > 0 ? [`… ${omitted} more`] : [])].join('\n');
}
