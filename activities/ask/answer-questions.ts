/**
 * `answerQuestions`: the questions of an `ask`, one after another in one conversation. Side effects: a journaled call for each, and the result
 * in the store. A retry finds what is answered in the journal, so the conversation is the same up to there, and only the rest is paid for.
 */
import { type ConversationItem, requestHead } from '../../src/contracts/model.ts';
import type { SubtaskOutcome } from '../../src/contracts/objective.ts';
import { wholeProfile } from '../../src/contracts/profile.ts';
import { type AskResult, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { clip } from '../../src/prompts/sections.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { evidenceOf, plannedSubtask } from '../planning/objective-texts.ts';
import { type AskBrief, askPrompt, nextQuestion } from '../prompts/ask.ts';
import type { Services } from '../services.ts';

const PURPOSE = 'ask';
const SUMMARY_CHARACTERS = 240;

export function createAskActivity({ store, caller }: Services) {
  const { blobs } = store;

  async function answerQuestions(assignment: Assignment): Promise<Extract<SubtaskOutcome, { status: 'completed' }>> {
    return underHeartbeat(async (cancelled) => {
      const planned = await plannedSubtask(blobs, assignment.subtask);
      if (planned.kind !== 'ask')
        throw new TypedFailure('PlanInvalid', `Subtask "${planned.id}" has no questions of its own.`);
      const { answers, costMicros } = await converse(assignment, planned.questions, cancelled);
      const summary = clip((answers.at(-1)?.answer ?? '').replace(/\s+/g, ' ').trim(), SUMMARY_CHARACTERS);
      const result: AskResult = { kind: 'ask', summary, answers };
      return {
        status: 'completed',
        resultRef: await blobs.putJson(result),
        ...{ summary, findings: 0, spend: { calls: answers.length, costMicros } },
      };
    });
  }

  async function converse(
    assignment: Assignment,
    questions: string[],
    cancelled: AbortSignal,
  ): Promise<Pick<AskResult, 'answers'> & { costMicros: number }> {
    const brief = await briefOf(assignment);
    const answers: AskResult['answers'] = [];
    let conversation: ConversationItem[] = [];
    let costMicros = 0;
    for (const [turn, question] of questions.entries()) {
      const input = turn === 0 ? askPrompt(brief, question) : [...conversation, nextQuestion(question)];
      const paid = await ask(assignment, turn, input, cancelled);
      const answer = paid.reply.text;
      if (answer.trim() === '') throw unanswered(assignment, turn);
      conversation = [...input, ...paid.reply.items];
      costMicros += paid.costMicros;
      answers.push({ question, answer });
    }
    return { answers, costMicros };
  }

  /** A single call: it is this Activity that goes on from its answer, and it has the conversation at hand. */
  function ask(
    { objectiveId, subtask, attempt, tier, profile }: Assignment,
    turn: number,
    input: ConversationItem[],
    cancelled: AbortSignal,
  ) {
    const address = { objectiveId, subtaskId: subtask.id, attempt, turn, purpose: PURPOSE };
    const cacheKey = `${objectiveId}/${subtask.id}`;
    const head = requestHead(wholeProfile(profile), { tools: [], format: null, cacheKey });
    return caller.callSingle({ ...address, tier, head, input }, cancelled);
  }

  async function briefOf({ dependencies, previous }: Assignment): Promise<AskBrief> {
    return {
      dependencies: await Promise.all(
        dependencies.map(async ({ subtaskId, title, resultRef }) => ({
          ...{ subtaskId, title, result: await blobs.getJson(resultRef, SubtaskResultSchema) },
        })),
      ),
      previous: await evidenceOf(blobs, previous),
    };
  }

  return { answerQuestions };
}

const unanswered = ({ subtask, profile }: Assignment, turn: number): TypedFailure =>
  new TypedFailure(
    'ModelAnswerInvalid',
    `${profile.model} answered question ${turn + 1} of subtask "${subtask.id}" with nothing.`,
  );
