/**
 * `takeTurn`: one model call of a subagent. Side effects: the journaled call, a chunk of transcript. A retry finds the answer
 * in the journal and appends the same chunk.
 */
import { createHash } from 'node:crypto';
import { type FunctionCallItem, isFunctionCall } from '../../src/contracts/model.ts';
import { PlanSchema, type Subtask } from '../../src/contracts/plan.ts';
import { type Evidence, EvidenceSchema, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment, ToolCallNote, TurnResult } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { investigatePrompt } from '../prompts/investigate.ts';
import type { Services } from '../services.ts';
import { FINISH, TOOL_SPECS, toolNamed } from '../tools/registry.ts';

export interface TakeTurnInput {
  assignment: Assignment;
  turn: number;
  /** Null on the first turn: then the conversation is opened. */
  transcriptHead: string | null;
}

export function createTakeTurn({ store, caller }: Services) {
  async function takeTurn({ assignment, turn, transcriptHead }: TakeTurnInput): Promise<TurnResult> {
    return underHeartbeat(async (cancelled) => {
      const { objectiveId, subtask, attempt, tier, profile } = assignment;
      const head = transcriptHead ?? (await store.transcripts.append(null, await opening(assignment)));
      const paid = await caller.call(
        {
          objectiveId,
          subtaskId: subtask.id,
          attempt,
          turn,
          purpose: 'turn',
          tier,
          accountId: objectiveId,
          head: { ...profile, tools: TOOL_SPECS, format: null, cacheKey: `${objectiveId}/${subtask.id}` },
          transcriptHead: head,
        },
        cancelled,
      );
      const calls = paid.reply.items.filter(isFunctionCall);
      return {
        transcriptHead: await store.transcripts.append(head, paid.reply.items),
        toolCalls: calls.map(noteOf),
        actionDigest: digestOf(calls),
        costMicros: paid.costMicros,
      };
    });
  }

  /** The first conversation items: instructions, assignment, what it builds on, why the last attempt failed. */
  async function opening({ textRef, subtask, dependencies, previous }: Assignment) {
    const planned = await plannedSubtask(subtask.planRef, subtask.id);
    if (planned.kind !== 'investigate')
      throw new TypedFailure('PlanInvalid', `Subtask "${subtask.id}" has no agent of its own.`);
    return investigatePrompt({
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
  if (name === FINISH) return { name, summary: FINISH };
  const tool = toolNamed(name);
  if (!tool) return { name: 'unknown', summary: 'unknown tool' };
  try {
    return { name, summary: tool.note(JSON.parse(text)) };
  } catch {
    return { name, summary: `${name} (unusable arguments)` };
  }
}

const digestOf = (calls: FunctionCallItem[]): string =>
  createHash('sha256')
    .update(JSON.stringify(calls.map(({ name, arguments: text }) => [name, text])))
    .digest('hex')
    .slice(0, 16);
