/** The judge: what it is shown, what it leaves, and that it is asked once per attempt. */
import { describe, expect, test } from '@jest/globals';
import { createJudgeActivity, type JudgeInput } from '../../activities/planning/judge.ts';
import type { Finding } from '../../src/contracts/finding.ts';
import { EvidenceSchema, type SubtaskResult } from '../../src/contracts/results.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { userText } from '../../src/standin/request.ts';
import { fleet } from '../support/builders.ts';
import { says } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

const finding: Finding = {
  ...{ id: 'a-1', path: 'src/a.ts', startLine: 1, endLine: 1, quote: 'eval(x)', severity: 'high', title: 'An eval' },
  ...{ explanation: 'It runs.' },
};
const RESULT: SubtaskResult = { kind: 'investigate', summary: 'One place.', findings: [finding], uncertain: [] };

async function setup(reactions: Reaction[], acceptance: string | undefined = 'Names every caller.') {
  const asked: { callKey: string; text: string }[] = [];
  const { services, store, run } = await servicesSetup({
    script: ({ callKey, request }) => {
      asked.push({ callKey, text: userText(request) });
      return reactions[asked.length - 1] ?? null;
    },
  });
  const subtask = {
    id: 'a',
    kind: 'investigate',
    title: 'A',
    instructions: 'Find eval.',
    ...(acceptance && { acceptance }),
  };
  const input: JudgeInput = {
    objectiveId: 'objective',
    textRef: await store.blobs.put('Find what is risky.'),
    subtask: { id: 'a', planRef: await store.blobs.putJson({ subtasks: [subtask] }) },
    attempt: 2,
    resultRef: await store.blobs.putJson(RESULT),
    profile: fleet().tiers.manager,
  };
  const { judge } = createJudgeActivity(services);
  return { asked, store, input, judge: () => run(judge, input) };
}

const REJECTS = { verdict: 'reject', reason: 'Callers are missing.', missing: ['who calls run()', 'where from'] };

describe('the judge', () => {
  test('is shown what was asked for, what is wanted, and the result; an accepted one leaves nothing', async () => {
    const { asked, judge } = await setup([says({ verdict: 'accept', reason: 'Fine.', missing: [] })]);
    expect(await judge()).toEqual({ rejection: null, calls: 1, costMicros: expect.any(Number) });
    const [{ callKey, text } = { callKey: '', text: '' }] = asked;
    expect(callKey).toBe('objective/a/2/0/judge');
    for (const shown of ['Find what is risky.', 'Find eval.', 'Names every caller.', 'One place.', 'eval(x)'])
      expect(text).toContain(shown);
  });

  test('leaves what is missing and what was not accepted, for the next attempt', async () => {
    const { store, judge } = await setup([says(REJECTS)]);
    const { rejection } = await judge();
    expect(rejection?.message).toBe('The judge did not accept the result of "a": Callers are missing.');
    const evidence = await store.blobs.getJson(rejection?.evidenceRef ?? '', EvidenceSchema);
    expect(evidence).toMatchObject({ type: 'ResultRejected', message: rejection?.message });
    expect(evidence.details).toBe(
      [
        ...['What is missing:', '- who calls run()', '- where from', 'What was not accepted:', 'One place.'],
        '- [a-1] high: An eval (src/a.ts:1)',
      ].join('\n'),
    );
  });

  test('is bounded in what it leaves, however much it says', async () => {
    const long = 'x'.repeat(20_000);
    const { store, judge } = await setup([
      says({ verdict: 'reject', reason: long, missing: Array.from({ length: 50 }, () => long) }),
    ]);
    const { rejection } = await judge();
    expect(rejection?.message.length).toBeLessThan(400);
    const { details } = await store.blobs.getJson(rejection?.evidenceRef ?? '', EvidenceSchema);
    expect(details.length).toBeLessThan(4000);
    expect(details).toContain('[a-1]');
  });

  test('is asked again where it rejects without a reason, and paid for both', async () => {
    const { asked, judge } = await setup([says({ verdict: 'reject', reason: '', missing: [] }), says(REJECTS)]);
    expect(await judge()).toMatchObject({
      calls: 2,
      rejection: { message: expect.stringContaining('Callers') as unknown },
    });
    expect(asked.map(({ callKey }) => callKey)).toEqual(['objective/a/2/0/judge', 'objective/a/2/0/judge.repair-1']);
  });

  test('is asked once: a retry finds its answer, and leaves the same', async () => {
    const { asked, judge } = await setup([says(REJECTS)]);
    const first = await judge();
    expect(await judge()).toEqual(first);
    expect(asked).toHaveLength(1);
  });

  test('is not asked about a subtask whose plan says nothing of it', async () => {
    const { asked, judge } = await setup([], '');
    await expect(judge()).rejects.toMatchObject({ type: 'PlanInvalid' });
    expect(asked).toEqual([]);
  });
});
