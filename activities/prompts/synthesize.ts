/** The manager's last call: the answer to the caller, from summaries and one line per finding. */
import type { Finding } from '../../src/contracts/finding.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { SubtaskRecord } from '../../src/contracts/objective.ts';
import { resultLines } from './review.ts';
import { clip, DATA_RULE, section } from '../../src/prompts/sections.ts';

const MOST_FINDINGS = 200;

export function synthesizePrompt(text: string, subtasks: SubtaskRecord[], findings: Finding[]): ConversationItem[] {
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
        section('findings', [...lines, ...(omitted > 0 ? [`… ${omitted} more`] : [])].join('\n') || '(none)'),
      ].join('\n\n'),
    },
  ];
}
