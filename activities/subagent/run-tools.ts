/**
 * `runTools`: the tool calls of a turn, reads in parallel, answers in order. Side effects: a chunk of transcript and, when the
 * subagent finishes, its result in the store. The workspace is frozen, so a retry does the same again.
 */
import { createHash } from 'node:crypto';
import { type ConversationItem, type FunctionCallItem, isFunctionCall } from '../../src/contracts/model.ts';
import type { Assignment, ToolsResult } from '../../src/contracts/subagent.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { parseJsonArguments } from '../tools/arguments.ts';
import { FINISH, toolNamed } from '../tools/registry.ts';
import type { ToolContext } from '../tools/tool.ts';
import { ToolRefusal } from '../workspace/paths.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { type Finished, finishInvestigation } from './finish.ts';

export interface RunToolsInput {
  assignment: Assignment;
  transcriptHead: string;
}

/** Calls of one turn that are carried out; a model in a loop may ask for thousands. */
const MOST_CALLS = 16;
const TOO_MANY_CALLS = `error: at most ${MOST_CALLS} tools are run in a turn; call this one again.`;

const NO_TOOL_CALLED: ConversationItem = {
  role: 'user',
  content: 'You called no tool. Go on with the tools, or call finish with what you have.',
};

export function createRunTools({ store }: Services, workspaces: Workspaces) {
  async function runTools({ assignment, transcriptHead }: RunToolsInput): Promise<ToolsResult> {
    return underHeartbeat(async (signal) => {
      const { workspaceRef, limits } = assignment;
      const conversation = await store.transcripts.load(transcriptHead);
      const calls = unanswered(conversation);
      const context: ToolContext = { workspaces, workspaceRef, limits, signal };
      const outputs = await Promise.all(
        calls.map(async (call, index) => {
          if (call.name === FINISH) return null;
          return index < MOST_CALLS ? output(call, context) : TOO_MANY_CALLS;
        }),
      );

      const rejectedBefore = conversation.filter(isFunctionCall).filter(({ name }) => name === FINISH).length - 1;
      const finish = calls.find(({ name }) => name === FINISH);
      const finished: Finished | null = finish
        ? await finishInvestigation(
            store.blobs,
            await workspaces.open(workspaceRef),
            assignment,
            finish,
            rejectedBefore,
          )
        : null;
      const items = calls.map(({ call_id }, index): ConversationItem => ({
        type: 'function_call_output',
        call_id,
        output: outputs[index] ?? finished?.answer ?? 'finish is called once a turn.',
      }));
      return {
        transcriptHead: await store.transcripts.append(transcriptHead, items.length > 0 ? items : [NO_TOOL_CALLED]),
        outputDigests: outputs.filter((text) => text !== null).map(digestOf),
        finished: finished?.result ?? null,
      };
    });
  }

  return { runTools };
}

/** The function calls after the last output: those of the turn that was just taken. */
function unanswered(conversation: ConversationItem[]): FunctionCallItem[] {
  const last = conversation.findLastIndex((item) => !('type' in item) || item.type === 'function_call_output');
  return conversation.slice(last + 1).filter(isFunctionCall);
}

async function output({ name, arguments: text }: FunctionCallItem, context: ToolContext): Promise<string> {
  try {
    const tool = toolNamed(name);
    if (!tool) throw new ToolRefusal(`There is no tool "${name.slice(0, 100)}".`);
    return await tool.run(parseJsonArguments(text), context);
  } catch (error) {
    if (error instanceof ToolRefusal) return `error: ${error.message}`;
    throw error;
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
