/**
 * The tool calls at the end of a conversation, answered: reads in parallel, outputs in order. The workspace is frozen, so doing it again
 * gives the same outputs, and the same chunk of transcript.
 */
import { createHash } from 'node:crypto';
import { type ConversationItem, type FunctionCallItem, isFunctionCall } from '../../src/contracts/model.ts';
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import type { Conversation } from '../../src/store/transcripts.ts';
import type { Store } from '../../src/store/store.ts';
import { parseJsonArguments } from '../tools/arguments.ts';
import { FINISH, toolNamed } from '../tools/registry.ts';
import type { ToolContext } from '../tools/tool.ts';
import { ToolRefusal } from '../workspace/paths.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { type Finished, finishInvestigation } from './finish.ts';

/** Where tools run, and within which bounds. Small: it stands in the history once a turn. */
export interface ToolSite {
  workspaceRef: string;
  maxToolOutputBytes: number;
}

export interface Answered {
  /** The same as before where there was nothing to answer; otherwise with the outputs, not saved yet. */
  conversation: Conversation;
  finished: ToolsResult['finished'];
}

/** Calls of one turn that are carried out; a model in a loop may ask for thousands. */
const MOST_CALLS = 16;
const TOO_MANY_CALLS = `error: at most ${MOST_CALLS} tools are run in a turn; call this one again.`;
const FINISHED_ALREADY = 'error: finish is called once a turn.';

export async function answerCalls(
  { transcripts, blobs }: Store,
  workspaces: Workspaces,
  subtaskId: string,
  { workspaceRef, maxToolOutputBytes }: ToolSite,
  transcriptHead: string,
  signal: AbortSignal,
): Promise<Answered> {
  const asked = await transcripts.open(transcriptHead);
  const calls = unanswered(asked.items);
  if (calls.length === 0) return { conversation: asked, finished: null };
  const context: ToolContext = { workspaces, workspaceRef, maxToolOutputBytes, signal };
  const outputs = await Promise.all(
    calls.map(async (call, index) => {
      if (call.name === FINISH) return null;
      return index < MOST_CALLS ? outputOf(call, context) : TOO_MANY_CALLS;
    }),
  );
  const finishes = asked.items.filter(isFunctionCall).filter(({ name }) => name === FINISH);
  const finish = calls.find(({ name }) => name === FINISH);
  const finished: Finished | null = finish
    ? await finishInvestigation(blobs, await workspaces.open(workspaceRef), subtaskId, finish, finishes.indexOf(finish))
    : null;
  const items = calls.map((call, index): ConversationItem => ({
    type: 'function_call_output',
    call_id: call.call_id,
    output: outputs[index] ?? (call === finish ? finished?.answer : undefined) ?? FINISHED_ALREADY,
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

const outputText = (item: ConversationItem): string =>
  'type' in item && item.type === 'function_call_output' ? item.output : '';

/** The function calls after the last output: those of the turn that was just taken. */
function unanswered(conversation: ConversationItem[]): FunctionCallItem[] {
  const last = conversation.findLastIndex((item) => !('type' in item) || item.type === 'function_call_output');
  return conversation.slice(last + 1).filter(isFunctionCall);
}

async function outputOf({ name, arguments: text }: FunctionCallItem, context: ToolContext): Promise<string> {
  try {
    const tool = toolNamed(name);
    if (!tool) throw new ToolRefusal(`There is no tool "${name.slice(0, 100)}".`);
    return await tool.run(parseJsonArguments(text), context);
  } catch (error) {
    if (error instanceof ToolRefusal) return `error: ${error.message}`;
    throw error;
  }
}
