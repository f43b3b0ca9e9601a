/** The manager's last call: the answer to the caller, from summaries and one line per finding. */
import type { Finding } from '../../src/contracts/finding.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { SubtaskRecord } from '../../src/contracts/objective.ts';
import { resultLines } from './review.ts';
import { clip, DATA_RULE, section } from '../../src/prompts/sections.ts';

const MOST_FINDINGS = 200;

export interface SynthesizePrompt {
  text: string;
  subtasks: SubtaskRecord[];
  findings: Finding[];
  /** Whole texts of what was asked, by subtask. */
  answers: Map<string, string>;
}

const MOST_ANSWER_CHARACTERS = 8000;
/** Of all answers together. */
const ANSWERS_CHARACTERS = 40_000;

export function synthesizePrompt({ text, subtasks, findings, answers }: SynthesizePrompt): ConversationItem[] {
  const each = Math.min(MOST_ANSWER_CHARACTERS, Math.floor(ANSWERS_CHARACTERS / Math.max(1, answers.size)));
  const lines = findings
    .slice(0, MOST_FINDINGS)
    .map(
      ({ id, severity, title, path, startLine }) => `[${id}] ${severity}: ${clip(title, 160)} (${path}:${startLine})`,
    );
  const omitted = findings.length - lines.length;
  return [
    {
      role: 'developer',
      content: `You are the manager of a fleet of agents whose work has ended. Write the answer to the objective for the person who asked, in Markdown: first the answer in two or three sentences, then what supports it. Refer to findings by id in brackets. Say what is uncertain. Claim nothing that the results do not hold.
${DATA_RULE}`,
    },
    {
      role: 'user',
      content: [
        section('objective', clip(text, 8000)),
        section('results', resultLines(subtasks)),
        ...[...answers].map(([subtask, answer]) => section('results', clip(answer, each), { subtask })),
        section('findings', [...lines, ...(omitted > 0 ? [`… ${omitted} more`] : [])].join('\n') || '(none)'),
      ].join('\n\n'),
    },
  ];
}
