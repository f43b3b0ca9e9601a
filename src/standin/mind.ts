/**
 * Rules in place of a mind: which role a request asks for is seen from its answer format or its tools, and each role answers from the text
 * it was given. No role knows anything else. Who asks for another shape gets the least value that fits it.
 */
import type { Utterance } from './reaction.ts';
import { type StandInRequest, type Tool, turnsOf, userText } from './request.ts';
import { sampleOf } from './roles/by-schema.ts';
import { answerQuestion, isQuestion } from './roles/answerer.ts';
import { code } from './roles/coder.ts';
import { investigate } from './roles/investigator.ts';
import { judge } from './roles/judge.ts';
import { answerMap, isMap } from './roles/mapper.ts';
import { plan } from './roles/planner.ts';
import { review } from './roles/reviewer.ts';
import { synthesize } from './roles/synthesizer.ts';
import { triage } from './roles/triager.ts';

const BY_FORMAT: Record<string, (request: StandInRequest) => unknown> = {
  plan,
  review,
  judgement: judge,
  synthesis: synthesize,
  triage,
};

const FINISH = 'finish';

/** What a request asks for: the name of its answer format, `agent` where there is a tool to finish with, `ask` for a question, or nothing that has a name. */
export function roleOf(request: StandInRequest): string {
  const { text, tools } = request;
  if (text?.format?.name !== undefined) return text.format.name;
  if (tools?.some(({ name }) => name === FINISH)) return 'agent';
  return isQuestion(request) ? 'ask' : '';
}

export function answer(request: StandInRequest): Utterance {
  const format = request.text?.format;
  const role = BY_FORMAT[format?.name ?? ''];
  if (role) return { json: role(request) };
  if (isMap(format?.name ?? '')) return answerMap(request);
  if (format?.type === 'json_schema') return { json: sampleOf(format['schema']) };
  if (format?.type === 'json_object') return { json: { said: nothingKnown(request) } };
  if (roleOf(request) === 'agent') return { calls: mayWrite(request) ? code(request) : investigate(request) };
  if (roleOf(request) === 'ask') return { text: answerQuestion(request) };
  const forced = forcedTool(request);
  return forced
    ? { calls: [{ name: forced.name ?? '', args: sampleOf(forced['parameters']) }] }
    : { text: nothingKnown(request) };
}

const mayWrite = ({ tools }: StandInRequest): boolean => tools?.some(({ name }) => name === 'apply_patch') ?? false;

const nothingKnown = (request: StandInRequest): string =>
  `[stand-in] I follow rules and have none for this request of ${userText(request).length} characters.`;

/** The tool that has to be called. */
function forcedTool({ tools, tool_choice: wanted }: StandInRequest): Tool | undefined {
  const functions = tools?.filter(({ type }) => type === 'function') ?? [];
  if (wanted === 'required') return functions[0];
  return functions.find(({ name }) => name === (wanted as { name?: string } | undefined)?.name);
}

/** Somebody who never comes to an end: a tool that is not the last one, each time with other arguments. */
export function ramble(request: StandInRequest): Utterance {
  const tool = request.tools?.find(({ type, name }) => type === 'function' && name !== FINISH);
  if (!tool) return answer(request);
  return { calls: [{ name: tool.name ?? '', args: sampleOf(tool['parameters'], turnsOf(request).length) }] };
}
