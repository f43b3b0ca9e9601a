/**
 * `runTools`: the tool calls of a turn as a step of its own: `finish`, whatever is tied to a host, and a turn that called nothing. Side
 * effects: a chunk of transcript and, when the subagent finishes, its result in the store; a retry does the same again.
 */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { answerCalls, outputDigests, type ToolSite } from './answer-calls.ts';

export interface RunToolsInput {
  subtaskId: string;
  site: ToolSite;
  transcriptHead: string;
}

const NO_TOOL_CALLED: ConversationItem = {
  role: 'user',
  content: 'You called no tool. Go on with the tools, or call finish with what you have.',
};

export function createRunTools({ store }: Services, workspaces: Workspaces) {
  async function runTools({ subtaskId, site, transcriptHead }: RunToolsInput): Promise<ToolsResult> {
    return underHeartbeat(async (signal) => {
      const { transcripts } = store;
      const { conversation, finished } = await answerCalls(store, workspaces, subtaskId, site, transcriptHead, signal);
      if (conversation.head === transcriptHead) {
        const nudged = await transcripts.append(transcriptHead, [NO_TOOL_CALLED]);
        return { transcriptHead: nudged, outputDigests: [], finished: null };
      }
      return {
        transcriptHead: await transcripts.save(conversation),
        outputDigests: outputDigests(conversation.items),
        finished,
      };
    });
  }

  return { runTools };
}
