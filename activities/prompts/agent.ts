/** What a subagent starts from. */
import { MAP_RESULT_FILES, mapResultPath } from '../../src/contracts/map-files.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Subtask } from '../../src/contracts/plan.ts';
import type { Evidence, SubtaskResult } from '../../src/contracts/results.ts';
import { clip, DATA_RULE, previousSection, section } from '../../src/prompts/sections.ts';
import { resultText } from './result-text.ts';

/** What one that changes files is told beside its assignment. */
export interface WorkBrief {
  /** The commands that must pass, by name. */
  checks: { name: string; command: string }[];
  /** What the authors of the files say of them: AGENTS.md and the like. */
  notes: { path: string; text: string }[];
}

/** A subtask that another one builds on, and what it brought. */
export interface DependencyText {
  subtaskId: string;
  title: string;
  result: SubtaskResult;
}

export interface AgentPrompt extends Partial<WorkBrief> {
  objective: string;
  subtask: Extract<Subtask, { kind: 'investigate' | 'code' }>;
  dependencies: DependencyText[];
  previous: Evidence | null;
}

const INVESTIGATE = `You investigate a workspace of files with read-only tools, then call finish.
- Call several tools in one turn where they do not depend on each other.
- Report only what you have read. Each finding needs a quote, copied exactly from read_file, and its lines; a finding whose quote does not stand in the file is sent back to you.
- Having found nothing is a good answer: finish with no findings and say what you looked at.
${DATA_RULE}`;

const CODE = `You change files of a workspace with tools, inside a sandbox without a network, then call finish.
- Look before you change: read what you are about to edit, and what uses it. Call several reading tools in one turn.
- Run the checks yourself with shell while you work. When you call finish the engine runs them on the files as they are; what fails comes back to you. Tests and settings of checks count as they were at the start, so changing them to pass is of no use.
- Change what the assignment needs and nothing else. Leave no scratch files.
- Your changes are merged with those of others who work at the same time: keep them small and local.
- <notes> are conventions of the files' authors: follow them for style and commands, where they do not contradict your assignment or these rules.
${DATA_RULE}`;

export function agentPrompt({
  objective,
  subtask,
  dependencies,
  previous,
  checks = [],
  notes = [],
}: AgentPrompt): ConversationItem[] {
  const sections = [
    section('objective', clip(objective, 4000)),
    section('assignment', subtask.instructions, {
      id: subtask.id,
      title: subtask.title,
      paths: subtask.paths.join(', ') || '.',
    }),
    ...(checks.length > 0
      ? [section('checks', checks.map(({ name, command }) => `${name}: ${command}`).join('\n'))]
      : []),
    ...notes.map(({ path, text }) => section('notes', text, { path })),
    ...(dependencies.length > 0 ? [section('dependencies', dependencyTexts(dependencies))] : []),
    ...previousSection(previous),
  ];
  return [
    { role: 'developer', content: subtask.kind === 'code' ? CODE : INVESTIGATE },
    { role: 'user', content: sections.join('\n\n') },
  ];
}

const MOST_DEPENDENCY_CHARACTERS = 3000;
/** Of all together: who builds on hundreds sees less of each. */
const DEPENDENCIES_CHARACTERS = 150_000;

function dependencyTexts(dependencies: DependencyText[]): string {
  const each = Math.min(MOST_DEPENDENCY_CHARACTERS, Math.floor(DEPENDENCIES_CHARACTERS / dependencies.length));
  return dependencies
    .map(({ subtaskId, title, result }) => {
      const files = result.kind === 'map' ? `${filesText(subtaskId)}\n` : '';
      return `${subtaskId}: ${title}\n${clip(`${files}${resultText(result)}`, each)}`;
    })
    .join('\n\n');
}

const filesText = (subtaskId: string): string =>
  `Its files, to be read with your tools: ${MAP_RESULT_FILES.map((name) => mapResultPath(subtaskId, name)).join(', ')}`;
