/** A turn whose calls are answered, written down: what the next one goes on from. */
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import type { Store } from '../../src/store/store.ts';
import { type Answered, outputDigests } from './answer-calls.ts';

const NO_TOOL_CALLED: ConversationItem = {
  role: 'user',
  content: 'You called no tool. Go on with the tools, or call finish with what you have.',
};

export async function endOfTurn(
  { transcripts }: Store,
  askedHead: string,
  { conversation, finished }: Answered,
): Promise<ToolsResult> {
  if (conversation.head === askedHead) {
    const nudged = await transcripts.append(askedHead, [NO_TOOL_CALLED]);
    return { transcriptHead: nudged, outputDigests: [], finished: null };
  }
  return {
    transcriptHead: await transcripts.save(conversation),
    outputDigests: outputDigests(conversation.items),
    finished,
  };
}
