/** The manager as a judge of one result: what was asked for, what it must satisfy, and the result as data, bounded. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import { assignmentOf, type Subtask } from '../../src/contracts/plan.ts';
import type { SubtaskResult } from '../../src/contracts/results.ts';
import { clip, DATA_RULE, section } from '../../src/prompts/sections.ts';
import { wholeText } from './result-text.ts';

export interface JudgePrompt {
  objective: string;
  subtask: Subtask;
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
    section('assignment', clip(assignmentOf(subtask), 8000), {
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
