/**
 * `takeTurn`: one turn of a subagent: the tools that the last one asked for, where they can run anywhere, then one model call. Side effects:
 * chunks of transcript and the journaled call. A retry finds the conversation and the answer in the journal, and runs no tool again.
 */
import { createHash } from 'node:crypto';
import type { CallAddress, Tier } from '../../src/contracts/addresses.ts';
import { type FunctionCallItem, isFunctionCall, requestHead, type TierProfile } from '../../src/contracts/model.ts';
import { PlanSchema, type Subtask } from '../../src/contracts/plan.ts';
import { type Evidence, EvidenceSchema, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment, ToolCallNote, TurnResult } from '../../src/contracts/subagent.ts';
import type { Conversation } from '../../src/store/journal.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { investigatePrompt } from '../prompts/investigate.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { answerCalls, outputDigests, type ToolSite } from './answer-calls.ts';
import { FINISH, TOOL_SPECS, toolNamed } from '../tools/registry.ts';

/** Small: it stands in the history once a turn. */
export interface TakeTurnInput {
  address: Omit<CallAddress, 'purpose'>;
  tier: Tier;
  profile: TierProfile;
  site: ToolSite;
  /** How the conversation opens, on the first turn; then, where it stands. */
  conversation: { opens: Assignment } | { head: string };
}

export function createTakeTurn({ store, caller }: Services, workspaces: Workspaces) {
  async function takeTurn({ address, tier, profile, site, conversation }: TakeTurnInput): Promise<TurnResult> {
    return underHeartbeat(async (cancelled) => {
      const { objectiveId, subtaskId } = address;
      const head = 'head' in conversation ? conversation.head : null;
      const paid = await caller.call(
        {
          ...address,
          purpose: 'turn',
          tier,
          accountId: objectiveId,
          head: requestHead(profile, { tools: TOOL_SPECS, format: null, cacheKey: `${objectiveId}/${subtaskId}` }),
          conversation: async () => {
            if ('opens' in conversation) return opened(conversation.opens);
            return (await answerCalls(store, workspaces, subtaskId, site, conversation.head, cancelled)).conversation;
          },
        },
        cancelled,
      );
      const calls = paid.reply.items.filter(isFunctionCall);
      const ranTools = head !== null && paid.askedHead !== head;
      return {
        transcriptHead: paid.transcriptHead,
        toolCalls: calls.map(noteOf),
        actionDigest: digestOf(calls),
        outputDigests: ranTools ? outputDigests(await store.transcripts.load(paid.askedHead)) : null,
        costMicros: paid.costMicros,
      };
    });
  }

  /** The first conversation items: instructions, assignment, what it builds on, why the last attempt failed. */
  async function opened({ textRef, subtask, dependencies, previous }: Assignment): Promise<Conversation> {
    const planned = await plannedSubtask(subtask.planRef, subtask.id);
    if (planned.kind !== 'investigate')
      throw new TypedFailure('PlanInvalid', `Subtask "${subtask.id}" has no agent of its own.`);
    const items = investigatePrompt({
      objective: await store.blobs.getText(textRef),
      subtask: planned,
      dependencies: await Promise.all(
        dependencies.map(async ({ subtaskId, title, resultRef }) => ({
          subtaskId,
          title,
          result: await store.blobs.getJson(resultRef, SubtaskResultSchema),
        })),
      ),
      previous: previous && (await evidenceOf(previous)),
    });
    return store.transcripts.draft(null, items);
  }

  async function evidenceOf({ failure, evidenceRef }: NonNullable<Assignment['previous']>): Promise<Evidence> {
    return evidenceRef === null ? { ...failure, details: '' } : store.blobs.getJson(evidenceRef, EvidenceSchema);
  }

  async function plannedSubtask(planRef: string, id: string): Promise<Subtask> {
    const plan = await store.blobs.getJson(planRef, PlanSchema);
    const subtask = plan.subtasks.find((candidate) => candidate.id === id);
    if (!subtask) throw new TypedFailure('StoreCorrupt', `Plan ${planRef} does not hold subtask "${id}".`);
    return subtask;
  }

  return { takeTurn };
}

function noteOf({ name, arguments: text }: FunctionCallItem): ToolCallNote {
  if (name === FINISH) return { name, summary: FINISH, isInline: false };
  const tool = toolNamed(name);
  if (!tool) return { name: 'unknown', summary: 'unknown tool', isInline: true };
  try {
    return { name, summary: tool.note(JSON.parse(text)), isInline: true };
  } catch {
    return { name, summary: `${name} (unusable arguments)`, isInline: true };
  }
}

const digestOf = (calls: FunctionCallItem[]): string =>
  createHash('sha256')
    .update(JSON.stringify(calls.map(({ name, arguments: text }) => [name, text])))
    .digest('hex')
    .slice(0, 16);
