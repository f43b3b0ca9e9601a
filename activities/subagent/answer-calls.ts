/**
 * The tool calls at the end of a conversation, answered: reads in parallel, what changes something in its turn, outputs in order. Who carries them
 * out is an `Answerer`.
 */
import { createHash } from 'node:crypto';
import { type ConversationItem, type FunctionCallItem, isFunctionCall } from '../../src/contracts/model.ts';
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import type { Conversation } from '../../src/store/transcripts.ts';
import type { Store } from '../../src/store/store.ts';
import { parseJsonArguments } from '../tools/arguments.ts';
import { FINISH } from '../tools/registry.ts';
import type { Tool } from '../tools/tool.ts';
import { ToolRefusal } from '../workspace/paths.ts';
import type { Finished } from './finish.ts';

export interface Answered {
  /** The same as before where there was nothing to answer; otherwise with the outputs, not saved yet. */
  conversation: Conversation;
  finished: ToolsResult['finished'];
}

export interface Answerer {
  /** It waits for the calls before it, and those after it wait. */
  isWrite(name: string): boolean;
  /** What the tool brings. A `ToolRefusal` is told to the model. */
  carryOut(call: FunctionCallItem): Promise<string>;
  /** Once all others are answered. `rejectedBefore`: how often it was called before, and sent back. */
  finish(call: FunctionCallItem, rejectedBefore: number): Promise<Finished>;
}

/** Calls of one turn that are carried out; a model in a loop may ask for thousands. */
const MOST_CALLS = 16;
const TOO_MANY_CALLS = `error: at most ${MOST_CALLS} tools are run in a turn; call this one again.`;
const FINISHED_ALREADY = 'error: finish is called once a turn.';

/** `note`: what the model is told before the first output. */
export async function answerCalls(
  { transcripts }: Store,
  transcriptHead: string,
  answerer: Answerer,
  note?: string,
): Promise<Answered> {
  const asked = await transcripts.open(transcriptHead);
  const calls = unanswered(asked.items);
  if (calls.length === 0) return { conversation: asked, finished: null };
  const outputs = await outputsOf(calls, answerer);
  const finishes = asked.items.filter(isFunctionCall).filter(({ name }) => name === FINISH);
  const finish = calls.find(({ name }) => name === FINISH);
  const finished = finish ? await answerer.finish(finish, finishes.indexOf(finish)) : null;
  const said = (call: FunctionCallItem): string =>
    outputs.get(call) ?? (call === finish ? finished?.answer : undefined) ?? FINISHED_ALREADY;
  const items = calls.map((call, index): ConversationItem => ({
    type: 'function_call_output',
    call_id: call.call_id,
    output: note !== undefined && index === 0 ? `${note}\n${said(call)}` : said(call),
  }));
  return { conversation: await transcripts.draft(transcriptHead, items), finished: finished?.result ?? null };
}

/** Digests of the outputs at the end of a conversation: what was not seen before is progress. */
export function outputDigests(conversation: ConversationItem[]): string[] {
  const last = conversation.findLastIndex((item) => !('type' in item) || item.type !== 'function_call_output');
  return conversation
    .slice(last + 1)
    .map((item) => createHash('sha256').update(outputText(item)).digest('hex').slice(0, 16));
}

/** A call of a tool that there is. */
export function runNamed<Context>(
  tool: Tool<Context> | undefined,
  { name, arguments: text }: FunctionCallItem,
  context: Context,
): Promise<string> {
  if (!tool) throw new ToolRefusal(`There is no tool "${name.slice(0, 100)}".`);
  return tool.run(parseJsonArguments(text), context);
}

const outputText = (item: ConversationItem): string =>
  'type' in item && item.type === 'function_call_output' ? item.output : '';

/** The function calls after the last output: those of the turn that was just taken. */
function unanswered(conversation: ConversationItem[]): FunctionCallItem[] {
  const last = conversation.findLastIndex((item) => !('type' in item) || item.type === 'function_call_output');
  return conversation.slice(last + 1).filter(isFunctionCall);
}

/** All but `finish`. */
async function outputsOf(calls: FunctionCallItem[], answerer: Answerer): Promise<Map<FunctionCallItem, string>> {
  const outputs = new Map<FunctionCallItem, string>();
  let reading: Promise<void>[] = [];
  for (const [index, call] of calls.entries()) {
    if (call.name === FINISH) continue;
    if (index >= MOST_CALLS) {
      outputs.set(call, TOO_MANY_CALLS);
      continue;
    }
    const isWrite = answerer.isWrite(call.name);
    if (isWrite) await Promise.all(reading.splice(0));
    const answered = outputOf(call, answerer).then((output) => void outputs.set(call, output));
    if (isWrite) await answered;
    else reading = [...reading, answered];
  }
  await Promise.all(reading);
  return outputs;
}

async function outputOf(call: FunctionCallItem, answerer: Answerer): Promise<string> {
  try {
    return await answerer.carryOut(call);
  } catch (error) {
    if (error instanceof ToolRefusal) return `error: ${error.message}`;
    throw error;
  }
}
