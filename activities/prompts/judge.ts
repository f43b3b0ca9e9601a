/** The manager as a judge of one result: what was asked for, what it must satisfy, and the result as data, bounded. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Subtask } from '../../src/contracts/plan.ts';
import type { SubtaskResult } from '../../src/contracts/results.ts';
import { resultText } from './investigate.ts';
import { clip, DATA_RULE, section } from '../../src/prompts/sections.ts';

export interface JudgePrompt {
  objective: string;
  subtask: Extract<Subtask, { instructions: string }>;
  acceptance: string;
  result: SubtaskResult;
}

const INSTRUCTIONS = `You are the manager of a fleet of agents and judge the result of one subtask. Its form has been checked, and every quote stands in the files as it is given.
Accept it if it satisfies the text in <acceptance>; that alone decides. Reject it otherwise, and say what is missing so that another attempt can bring it. A result that claims to satisfy the acceptance has not shown it.
${DATA_RULE}`;

const RESULT_CHARACTERS = 40_000;

export function judgePrompt({ objective, subtask, acceptance, result }: JudgePrompt): ConversationItem[] {
  const sections = [
    section('objective', clip(objective, 4000)),
    section('assignment', clip(subtask.instructions, 8000), {
      id: subtask.id,
      kind: subtask.kind,
      title: subtask.title,
    }),
    section('acceptance', clip(acceptance, 1000)),
    section('results', clip(wholeText(result), RESULT_CHARACTERS)),
  ];
  return [
    { role: 'developer', content: INSTRUCTIONS },
    { role: 'user', content: sections.join('\n\n') },
  ];
}

/** More than other agents see of a result: what each finding says and quotes, and what is open. */
function wholeText(result: SubtaskResult): string {
  if (result.kind === 'check') return resultText(result);
  const findings = result.findings.map(({ id, severity, title, path, startLine, explanation, quote }) =>
    [
      `[${id}] ${severity}: ${clip(title, 200)} (${path}:${startLine})`,
      `  ${clip(explanation, 600)}`,
      `  > ${clip(quote, 600)}`,
    ].join('\n'),
  );
  const open = result.kind === 'investigate' ? result.uncertain.map((text) => `Uncertain: ${clip(text, 300)}`) : [];
  return [result.summary, ...findings, ...open].join('\n');
}
