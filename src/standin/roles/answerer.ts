/**
 * Whoever is asked a question without tools: which of the results it was given hold what the question puts between backticks, or, where it puts
 * nothing there, how each of them begins.
 */
import { itemsOf, type StandInRequest, textOf, userText } from '../request.ts';
import { backticked } from './planner.ts';

const QUESTION = /<question>\n([\s\S]*?)\n<\/question>$/;
const GIVEN = /<dependencies subtask="([^"]*)"[^>]*>\n([\s\S]*?)\n<\/dependencies>/g;
const LINE_CHARACTERS = 120;

/** No tools, no form, and the last thing said is a question. */
export const isQuestion = (request: StandInRequest): boolean =>
  !request.text?.format && !request.tools?.length && QUESTION.test(lastSaid(request));

export function answerQuestion(request: StandInRequest): string {
  const wanted = backticked(QUESTION.exec(lastSaid(request))?.[1] ?? '');
  const given = [...userText(request).matchAll(GIVEN)].map(([, id = '', text = '']) => ({ id, text }));
  if (wanted !== null) {
    const holding = given.filter(({ text }) => text.includes(wanted)).map(({ id }) => id);
    const where = holding.length > 0 ? `: ${holding.join(', ')}` : '';
    return `[stand-in] \`${wanted}\` stands in ${holding.length} of ${given.length} results${where}.`;
  }
  const lines = given.map(({ id, text }) => `- ${id}: ${(text.split('\n')[0] ?? '').slice(0, LINE_CHARACTERS)}`);
  return [`[stand-in] I follow rules and was given ${given.length} results.`, ...lines].join('\n');
}

const lastSaid = (request: StandInRequest): string => textOf(itemsOf(request).at(-1)?.['content']);
