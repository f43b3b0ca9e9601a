/** One Nano call of a triage: a handful of findings, answered by id. */
import type { Finding } from '../../src/contracts/finding.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Evidence } from '../../src/contracts/results.ts';
import { clip, DATA_RULE, previousSection, section } from '../../src/prompts/sections.ts';

export interface TriageBrief {
  instructions: string;
  previous: Evidence | null;
}

export function triagePrompt({ instructions, previous }: TriageBrief, findings: Finding[]): ConversationItem[] {
  const items = findings.map(({ id, path, startLine, title, explanation, quote }) =>
    [
      `[${id}] ${clip(title, 200)} (${path}:${startLine})`,
      `  ${clip(explanation, 400)}`,
      `  > ${clip(quote, 300)}`,
    ].join('\n'),
  );
  return [
    {
      role: 'developer',
      content: `You sort findings about a codebase. For each one give its severity (critical, high, medium, low, info), its area in two or three words, and the id of an earlier finding in the list that says the same thing, or null. Answer every id exactly once, in the order of the list.
${DATA_RULE}`,
    },
    {
      role: 'user',
      content: [
        ...(instructions === '' ? [] : [section('instructions', clip(instructions, 4000))]),
        section('findings', items.join('\n\n'), { count: findings.length }),
        ...previousSection(previous),
      ].join('\n\n'),
    },
  ];
}
