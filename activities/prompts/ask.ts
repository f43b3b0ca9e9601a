/** Questions of a plan's author to a model without tools: what the subtasks it depends on brought stands before the first one. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Evidence } from '../../src/contracts/results.ts';
import { clip, DATA_RULE, previousSection, section } from '../../src/prompts/sections.ts';
import type { DependencyText } from './agent.ts';
import { wholeText } from './result-text.ts';

export interface AskBrief {
  dependencies: DependencyText[];
  previous: Evidence | null;
}

const INSTRUCTIONS = `You answer questions, without tools: what you know of the matter is what stands in the conversation. Answer what is asked, in the form that is asked for, and nothing around it. Where what you were given does not hold the answer, say so.
${DATA_RULE}`;

/** Of one result, and of all together: who builds on hundreds sees less of each. */
const RESULT_CHARACTERS = 40_000;
const RESULTS_CHARACTERS = 150_000;

/** How the conversation opens: up to the first question. */
export function askPrompt({ dependencies, previous }: AskBrief, question: string): ConversationItem[] {
  const each = Math.min(RESULT_CHARACTERS, Math.floor(RESULTS_CHARACTERS / Math.max(1, dependencies.length)));
  const sections = [
    ...dependencies.map(({ subtaskId, title, result }) =>
      section('dependencies', clip(wholeText(result), each), { subtask: subtaskId, title }),
    ),
    ...previousSection(previous),
    questionSection(question),
  ];
  return [
    { role: 'developer', content: INSTRUCTIONS },
    { role: 'user', content: sections.join('\n\n') },
  ];
}

/** One that follows an answer. */
export const nextQuestion = (question: string): ConversationItem => ({
  role: 'user',
  content: questionSection(question),
});

const questionSection = (question: string): string => section('question', question);
