/** The manager's second look: what the subtasks brought, in bounded summaries. Never raw output. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { SubtaskRecord } from '../../src/contracts/objective.ts';
import type { Kind } from '../../src/contracts/kinds.ts';
import { clip, DATA_RULE, kindLines, section } from '../../src/prompts/sections.ts';

export interface ReviewPrompt {
  text: string;
  subtasks: SubtaskRecord[];
  checks: string[];
  /** Those that may be added. */
  kinds: Kind[];
  /** How many more subtasks may be added. */
  room: number;
}

export function reviewPrompt({ text, subtasks, checks, kinds, room }: ReviewPrompt): ConversationItem[] {
  return [
    {
      role: 'developer',
      content: `You are the manager of a fleet of agents. Every subtask of your plan has ended. Judge whether the results are sufficient for the objective.
If they are not, or if a failed subtask leaves a gap that another approach could close, extend the plan by at most ${room} subtasks; they may depend on completed ones. Name in "replaces" the failed subtasks they make up for.
Kinds of subtask:
${kindLines(kinds)}
${DATA_RULE}`,
    },
    {
      role: 'user',
      content: [
        section('objective', clip(text, 8000)),
        section('results', resultLines(subtasks)),
        section('checks', checks.join('\n') || '(none)'),
      ].join('\n\n'),
    },
  ];
}

/** One subtask a line or two, whatever its size. */
export function resultLines(subtasks: SubtaskRecord[]): string {
  return subtasks
    .map(({ id, kind, title, state, summary, findings, failure }) => {
      const end = failure
        ? `${failure.type}: ${clip(failure.message, 200)}`
        : `${findings} findings. ${clip(summary, 300)}`;
      return `[${id}] ${kind}, ${state}: ${clip(title, 120)}\n  ${end}`;
    })
    .join('\n');
}
