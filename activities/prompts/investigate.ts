/** What an investigating subagent starts from. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Subtask } from '../../src/contracts/plan.ts';
import type { Evidence, SubtaskResult } from '../../src/contracts/results.ts';
import { clip, DATA_RULE, previousSection, section } from '../../src/prompts/sections.ts';

export interface InvestigatePrompt {
  objective: string;
  subtask: Extract<Subtask, { kind: 'investigate' }>;
  dependencies: { subtaskId: string; title: string; result: SubtaskResult }[];
  previous: Evidence | null;
}

const INSTRUCTIONS = `You investigate a workspace of files with read-only tools, then call finish.
- Call several tools in one turn where they do not depend on each other.
- Report only what you have read. Each finding needs a quote, copied exactly from read_file, and its lines; a finding whose quote does not stand in the file is sent back to you.
- Having found nothing is a good answer: finish with no findings and say what you looked at.
${DATA_RULE}`;

export function investigatePrompt({
  objective,
  subtask,
  dependencies,
  previous,
}: InvestigatePrompt): ConversationItem[] {
  const sections = [
    section('objective', clip(objective, 4000)),
    section('assignment', subtask.instructions, {
      id: subtask.id,
      title: subtask.title,
      paths: subtask.paths.join(', ') || '.',
    }),
    ...(dependencies.length > 0 ? [section('dependencies', dependencyTexts(dependencies))] : []),
    ...previousSection(previous),
  ];
  return [
    { role: 'developer', content: INSTRUCTIONS },
    { role: 'user', content: sections.join('\n\n') },
  ];
}

const MOST_DEPENDENCY_CHARACTERS = 3000;
/** Of all together: who builds on hundreds sees less of each. */
const DEPENDENCIES_CHARACTERS = 150_000;

function dependencyTexts(dependencies: InvestigatePrompt['dependencies']): string {
  const each = Math.min(MOST_DEPENDENCY_CHARACTERS, Math.floor(DEPENDENCIES_CHARACTERS / dependencies.length));
  return dependencies
    .map(({ subtaskId, title, result }) => `${subtaskId}: ${title}\n${clip(resultText(result), each)}`)
    .join('\n\n');
}

/** A result in the words that other agents and the manager see. */
export function resultText(result: SubtaskResult): string {
  if (result.kind === 'check') {
    const end = result.exitCode === null ? `ended by ${result.signal ?? 'a signal'}` : `exit code ${result.exitCode}`;
    return `check ${result.name}: ${end} after ${Math.round(result.durationMs / 1000)} s\n${result.output.text}`;
  }
  const findings = result.findings.map(
    ({ id, severity, path, startLine, title }) => `- [${id}] ${severity}: ${title} (${path}:${startLine})`,
  );
  return [result.summary, ...findings].join('\n');
}
