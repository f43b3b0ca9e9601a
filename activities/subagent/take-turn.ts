/**
 * `takeTurn`: one turn of a subagent: the tools that the last one asked for, where they can run anywhere, then one model call. Side effects:
 * chunks of transcript and the journaled call. A retry finds the conversation and the answer in the journal, and runs no tool again. Where
 * the conversation is too long for the model, the call is made once more over a compacted one, and the attempt goes on from that.
 */
import { createHash } from 'node:crypto';
import { type CallAddress, callKeyOf, type Tier } from '../../src/contracts/addresses.ts';
import { type Kind, KINDS } from '../../src/contracts/kinds.ts';
import { type FunctionCallItem, isFunctionCall, requestHead } from '../../src/contracts/model.ts';
import { type RecordedProfile, wholeProfile } from '../../src/contracts/profile.ts';
import { SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment, ToolCallNote, TurnResult } from '../../src/contracts/subagent.ts';
import { kept } from '../../src/model/call-failures.ts';
import type { PaidCall } from '../../src/model/journaled-wire.ts';
import type { PaidReply } from '../../src/model/settlement.ts';
import type { CallRecord } from '../../src/store/journal.ts';
import type { Conversation } from '../../src/store/transcripts.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { evidenceOf, plannedSubtask } from '../planning/objective-texts.ts';
import { agentPrompt } from '../prompts/agent.ts';
import type { Services } from '../services.ts';
import { withMapResults } from '../workspace/map-results.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { answerCalls, outputDigests } from './answer-calls.ts';
import { workBrief } from '../code/brief.ts';
import { compacted } from './compact.ts';
import { reader, type ToolSite } from './reading.ts';
import { FINISH, noteOfCall, toolSpecs } from '../tools/registry.ts';

/** Small: it stands in the history once a turn. */
export interface TakeTurnInput {
  address: Omit<CallAddress, 'purpose'>;
  /** Missing in histories of before there was more than one kind of agent. */
  kind?: Kind;
  tier: Tier;
  profile: RecordedProfile;
  site: ToolSite;
  /** How the conversation opens, on the first turn; then, where it stands. */
  conversation: { opens: Assignment } | { head: string };
}

const TURN = 'turn';
const TURN_COMPACTED = 'turn.compacted';

export function createTakeTurn({ store, caller }: Services, workspaces: Workspaces) {
  async function takeTurn({
    address,
    kind = 'investigate',
    tier,
    profile,
    site,
    conversation,
  }: TakeTurnInput): Promise<TurnResult> {
    return underHeartbeat(async (cancelled) => {
      const { objectiveId, subtaskId } = address;
      const head = 'head' in conversation ? conversation.head : null;
      const { reply, transcriptHead, costMicros, askedHead } = await turn(
        {
          ...address,
          purpose: TURN,
          tier,
          head: requestHead(wholeProfile(profile), {
            tools: toolSpecs(kind),
            format: null,
            cacheKey: `${objectiveId}/${subtaskId}`,
          }),
          conversation: async () => {
            if ('opens' in conversation) return opened(conversation.opens);
            const answerer = reader(store, workspaces, subtaskId, site, cancelled);
            return (await answerCalls(store, conversation.head, answerer)).conversation;
          },
        },
        cancelled,
      );
      const calls = reply.items.filter(isFunctionCall);
      const filesRef = 'opens' in conversation ? await withMapResults(store.blobs, conversation.opens) : undefined;
      const ranTools = head !== null && askedHead !== head;
      return {
        transcriptHead,
        toolCalls: calls.map((call) => noteOf(kind, call)),
        actionDigest: digestOf(calls),
        outputDigests: ranTools ? outputDigests(await store.transcripts.load(askedHead)) : null,
        costMicros,
        ...(filesRef !== undefined && filesRef !== site.workspaceRef && { filesRef }),
      };
    });
  }

  /**
   * The call, and the same over a compacted conversation where the whole one overflows. Contract: `askedHead` is the whole one. Once the
   * second call stands in the journal the first is not made again: a retry that found more room would pay twice for one turn.
   */
  async function turn(whole: PaidCall, cancelled: AbortSignal): Promise<PaidReply> {
    const { journal, transcripts } = store;
    const shorter: PaidCall = { ...whole, purpose: TURN_COMPACTED };
    try {
      if (!(await journal.find(callKeyOf(shorter)))) return await caller.call(whole, cancelled);
    } catch (error) {
      if (!(error instanceof TypedFailure) || error.type !== 'ModelContextOverflow') throw error;
      const overflowed = await journal.find(callKeyOf(whole));
      const items = overflowed && compacted(await transcripts.load(headOf(overflowed)));
      if (!items) throw error;
      shorter.conversation = () => transcripts.draft(null, items);
    }
    const paid = await caller.call(shorter, cancelled);
    const overflowed = await journal.find(callKeyOf(whole));
    if (!overflowed) throw new TypedFailure('StoreCorrupt', `The journal lacks the call ${callKeyOf(whole)}.`);
    return { ...paid, askedHead: headOf(overflowed), costMicros: paid.costMicros + overflowed.costMicros };
  }

  /** The first conversation items: instructions, assignment, what it builds on, why the last attempt failed. */
  async function opened({
    textRef,
    subtask,
    dependencies,
    previous,
    work,
    workspaceRef,
  }: Assignment): Promise<Conversation> {
    const planned = await plannedSubtask(store.blobs, subtask);
    if (planned.kind !== 'investigate' && planned.kind !== 'code')
      throw new TypedFailure('PlanInvalid', `Subtask "${subtask.id}" has no agent of its own.`);
    const items = agentPrompt({
      objective: await store.blobs.getText(textRef),
      subtask: planned,
      dependencies: await Promise.all(
        dependencies.map(async ({ subtaskId, title, resultRef }) => ({
          subtaskId,
          title,
          result: await store.blobs.getJson(resultRef, SubtaskResultSchema),
        })),
      ),
      previous: await evidenceOf(store.blobs, previous),
      ...(work && (await workBrief(store.blobs, work, workspaceRef, planned))),
    });
    return store.transcripts.draft(null, items);
  }

  return { takeTurn };
}

const headOf = ({ callKey, transcriptHead }: CallRecord): string => kept(callKey, transcriptHead);

function noteOf(kind: Kind, { name, arguments: text }: FunctionCallItem): ToolCallNote {
  if (name === FINISH) return { name, summary: FINISH, isInline: false };
  const isInline = !KINDS[kind].writes;
  const summary = noteOfCall(kind, name, argumentsIn(text));
  return summary === undefined ? { name: 'unknown', summary: 'unknown tool', isInline } : { name, summary, isInline };
}

/** Undefined where they are not JSON: the tool says so. */
function argumentsIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const digestOf = (calls: FunctionCallItem[]): string =>
  createHash('sha256')
    .update(JSON.stringify(calls.map(({ name, arguments: text }) => [name, text])))
    .digest('hex')
    .slice(0, 16);
