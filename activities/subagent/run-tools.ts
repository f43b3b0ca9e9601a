/**
 * `runTools`: the tool calls of a turn as a step of its own: `finish`, whatever is tied to a host, and a turn that called nothing. Side
 * effects: a chunk of transcript and, when the subagent finishes, its result in the store; a retry does the same again.
 */
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { answerCalls } from './answer-calls.ts';
import { reader, type ToolSite } from './reading.ts';
import { endOfTurn } from './end-of-turn.ts';

export interface RunToolsInput {
  subtaskId: string;
  site: ToolSite;
  transcriptHead: string;
}

export function createRunTools({ store }: Services, workspaces: Workspaces) {
  async function runTools({ subtaskId, site, transcriptHead }: RunToolsInput): Promise<ToolsResult> {
    return underHeartbeat(async (signal) => {
      const answered = await answerCalls(store, transcriptHead, reader(store, workspaces, subtaskId, site, signal));
      return endOfTurn(store, transcriptHead, answered);
    });
  }

  return { runTools };
}
