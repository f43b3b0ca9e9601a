/** `answerQuestions` as the nano worker runs it: a call for each question, none of them twice. */
import { describe, expect, test } from '@jest/globals';
import { createNanoActivities } from '../../activities/index.ts';
import { type AskResult, type SubtaskResult, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { itemsOf, type StandInRequest, textOf } from '../../src/standin/request.ts';
import { fleet, limits, subtask } from '../support/builders.ts';
import { says } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

const FOUND: SubtaskResult = { kind: 'investigate', summary: 'Two places.', findings: [], uncertain: [] };

/** An ask over what one investigation brought. */
async function asking(questions: string[], script: (incoming: Incoming) => Reaction | null = () => null) {
  const requests: StandInRequest[] = [];
  const { services, store, standIn, run } = await servicesSetup({
    script: (incoming) => {
      requests.push(incoming.request);
      return script(incoming);
    },
  });
  const planRef = await store.blobs.putJson({ subtasks: [{ id: 'ask', kind: 'ask', title: 'Ask', questions }] });
  const assignment: Assignment = {
    ...{ objectiveId: 'objective', attempt: 1, tier: 'nano', profile: fleet().tiers.nano, limits: limits() },
    ...{ textRef: '', workspaceRef: '', previous: null },
    dependencies: [{ subtaskId: 'look', title: 'Look', resultRef: await store.blobs.putJson(FOUND) }],
    subtask: subtask('ask', ['look'], { kind: 'ask', planRef }),
  };
  const ask = async (change: Partial<Assignment> = {}) => {
    const outcome = await run(createNanoActivities(services).answerQuestions, { ...assignment, ...change });
    const result = (await store.blobs.getJson(outcome.resultRef, SubtaskResultSchema)) as AskResult;
    return { outcome, answers: result.answers };
  };
  return { ask, requests, count: (turn: number) => standIn.log.count(`objective/ask/1/${turn}/ask`) };
}

/** What was said, in its order. */
const texts = (request: StandInRequest | undefined): string[] =>
  request ? itemsOf(request).map((item) => textOf(item['content'])) : [];

const TURN = /\/(\d+)\/ask$/;
const turnOf = ({ callKey }: Incoming): number => Number(TURN.exec(callKey)?.[1]);
const byTurn =
  (...reactions: (Reaction | null)[]) =>
  (incoming: Incoming): Reaction | null =>
    reactions[turnOf(incoming)] ?? null;

describe('an ask', () => {
  test('puts its questions one after another in one conversation, the first over what it builds on', async () => {
    const { ask, requests } = await asking(['Where?', 'Why?'], byTurn(says('There.'), says('So.')));
    const { outcome, answers } = await ask();
    expect(answers).toEqual([
      { question: 'Where?', answer: 'There.' },
      { question: 'Why?', answer: 'So.' },
    ]);
    expect(outcome).toMatchObject({ status: 'completed', summary: 'So.', findings: 0, spend: { calls: 2 } });
    const [first, second] = requests.map(texts);
    expect(first?.[1]).toMatch(/^<dependencies subtask="look" title="Look">\nTwo places\.[^]*<question>\nWhere\?/);
    expect(second).toEqual([...(first ?? []), 'There.', '<question>\nWhy?\n</question>']);
    expect(requests.map(({ tools, text }) => [tools ?? [], text?.format ?? null])).toEqual([
      [[], null],
      [[], null],
    ]);
  });

  test('tells its next attempt why the last one failed', async () => {
    const { ask, requests } = await asking(['Where?']);
    const failure = { type: 'ResultRejected' as const, message: 'It names no place.' };
    await ask({ attempt: 2, previous: { failure, evidenceRef: null } });
    expect(texts(requests[0])[1]).toMatch(/<previous-attempt>[^]*It names no place\./);
  });

  test('that broke off between two questions pays for the rest alone, when it is run again', async () => {
    const fails: Reaction = { kind: 'error', status: 500, code: 'server_error' };
    const { ask, count } = await asking(['A?', 'B?', 'C?'], (incoming) => {
      if (turnOf(incoming) === 1 && incoming.before === 0) return fails;
      return says(`answer ${turnOf(incoming)}`);
    });
    await expect(ask()).rejects.toMatchObject({ type: 'ModelUnavailable' });
    const { outcome, answers } = await ask();
    expect(answers.map(({ answer }) => answer)).toEqual(['answer 0', 'answer 1', 'answer 2']);
    expect(outcome.spend.calls).toBe(3);
    expect([0, 1, 2].map(count)).toEqual([1, 2, 1]);
  });

  test('that has ended asks nothing when it is run again, and brings the same', async () => {
    const { ask, requests } = await asking(['A?', 'B?'], byTurn(says('a'), says('b')));
    const first = await ask();
    expect(await ask()).toEqual(first);
    expect(requests).toHaveLength(2);
  });

  test.each<[string, Reaction, object]>([
    [
      'an empty answer',
      says(' \n'),
      { type: 'ModelAnswerInvalid', message: /answered question 2 of subtask "ask" with nothing/ },
    ],
    ['a cut answer', { kind: 'incomplete', reason: 'max_output_tokens' }, { type: 'ModelOutputTruncated' }],
    ['a filtered answer', { kind: 'incomplete', reason: 'content_filter' }, { type: 'ModelContentFiltered' }],
    ['a refusal', { kind: 'refusal' }, { type: 'ModelRefused' }],
  ])('fails at %s, and asks no further', async (_, reaction, failure) => {
    const { ask, count } = await asking(['A?', 'B?', 'C?'], byTurn(says('a'), reaction, says('c')));
    const error: unknown = await ask().catch((problem: unknown) => problem);
    const { message, ...rest } = failure as { type: string; message?: RegExp };
    expect(error).toMatchObject(rest);
    expect((error as Error).message).toMatch(message ?? /./);
    expect([0, 1, 2].map(count)).toEqual([1, 1, 0]);
  });

  test('keeps its summary short, however long its answers are', async () => {
    const long = 'word '.repeat(20_000);
    const { ask } = await asking(['A?'], byTurn(says(long)));
    const { outcome, answers } = await ask();
    expect(outcome.summary.length).toBeLessThanOrEqual(300);
    expect(answers[0]?.answer).toBe(long);
  });
});
