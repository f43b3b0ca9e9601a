/** From what an operation's file says to what a map calls: see `operation.ts`. */
import type { JsonSchema } from '../../model/json-schema.ts';
import type { Operation, OperationRules, PackVerdict, Verdict } from './operation.ts';
import { packSchema, splitPack } from './packs.ts';
import { developerMessage, userMessage } from './prompt.ts';

const MOST_ANSWER_CHARACTERS = 2_000_000;

export function operationFrom<Subject>(rules: OperationRules<Subject>): Operation<Subject> {
  const { name, version, settings, instructions, sections, inPack, show, judge } = rules;
  const formats: Record<'single' | 'pack', { name: string; schema: JsonSchema }> = {
    single: { name, schema: rules.answer },
    pack: { name: `${name}-pack`, schema: packSchema(rules.answer, inPack) },
  };
  const single = developerMessage(instructions, sections, false);
  const several = developerMessage(instructions, sections, true);
  return {
    name,
    version,
    settings,
    show: (subject) => show(subject),
    format: (isPack) => (isPack ? formats.pack : formats.single),
    prompt: (subject, problems = []) => [single, userMessage([show(subject)], problems)],
    packPrompt: (subjects, problems = []) => [
      several,
      userMessage(
        subjects.map((subject, place) => show(subject, place + 1)),
        problems,
      ),
    ],
    accept: (answer, subject) => {
      const json = parsed(answer);
      return 'problem' in json ? { problems: [json.problem] } : withLast(judge(json.value, subject), json.value);
    },
    acceptPack: (answer, subjects): PackVerdict => {
      const json = parsed(answer);
      const one = (value: unknown, place: number): Verdict => withLast(judge(value, subjects[place] as Subject), value);
      const split = splitPack('problem' in json ? null : json.value, subjects.length, inPack, one);
      return 'problem' in json ? { ...split, problems: [json.problem] } : split;
    },
  };
}

const withLast = (verdict: Verdict, last: unknown): Verdict => (verdict.problems ? { ...verdict, last } : verdict);

function parsed(text: string): { value: unknown } | { problem: string } {
  if (text.length > MOST_ANSWER_CHARACTERS) return { problem: `The answer has ${text.length} characters; be brief.` };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: `The answer is not JSON: ${(error as Error).message}` };
  }
}
