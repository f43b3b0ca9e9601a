/** An answer that does not fit is sent back with the reason, a bounded number of times, each time as a call of its own. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type StructuredCall, structuredCall } from '../../activities/structured-call.ts';
import type { Incoming } from '../../src/standin/reaction.ts';
import { head } from '../support/journal.ts';
import { servicesSetup } from '../support/services.ts';

const AnswerSchema = z.strictObject({ number: z.int().describe('an even one') });
type Call = StructuredCall<typeof AnswerSchema, number>;

const call = (change: Partial<Call> = {}): Call => {
  const { provider, model, effort, maxOutputTokens, background } = head();
  return {
    address: { objectiveId: 'objective', subtaskId: 'a', attempt: 1, turn: 3, purpose: 'count' },
    tier: 'mini',
    profile: { provider, model, effort, maxOutputTokens, background, capabilities: ['strictSchema'] },
    prompt: [{ role: 'user', content: 'an even number' }],
    format: { name: 'number', schema: AnswerSchema },
    accept: ({ number }) => (number % 2 === 0 ? { value: number } : { problems: [`${number} is odd.`] }),
    ...change,
  };
};

/** The stand-in says these texts, one per request; then its script runs out. */
async function asking(texts: string[], change: Partial<Call> = {}) {
  const asked: Incoming[] = [];
  const { services, standIn } = await servicesSetup({
    // What no model could say at such length is said here.
    lean: true,
    script: (incoming) => {
      asked.push(incoming);
      const text = texts[asked.length - 1];
      return text === undefined
        ? { kind: 'error', status: 400, code: 'script_ran_out' }
        : { kind: 'answer', utterance: { text } };
    },
  });
  const ask = () => structuredCall(services, call(change), new AbortController().signal);
  /** The conversation of a request, without what only the provider reads. */
  const conversation = (index: number) => JSON.stringify(asked[index]?.request.input ?? null);
  return { ask, asked, conversation, standIn };
}

const even = '{"number": 4}';

describe('a structured answer', () => {
  test('that fits costs one call, with the schema sent along', async () => {
    const { ask, asked } = await asking([even]);
    expect(await ask()).toMatchObject({ value: 4, calls: 1 });
    expect(asked[0]?.request.text).toMatchObject({ format: { type: 'json_schema', name: 'number', strict: true } });
  });

  test.each([
    ['is not JSON', '4, I think', /not JSON/],
    ['does not fit the schema', '{"number": "four"}', /number: Invalid input: expected number/],
    ['lacks a property', '{}', /number: /],
    ['has one too many', '{"number": 4, "note": ""}', /note/],
    ['breaks a rule of ours', '{"number": 3}', /3 is odd\./],
    ['is empty', '', /not JSON/],
  ])('that %s is sent back with the reason', async (_, text, reason) => {
    const { ask, conversation } = await asking([text, even]);
    expect(await ask()).toMatchObject({ value: 4, calls: 2 });
    expect(conversation(1)).toMatch(reason);
  });

  test('is repaired in the same conversation: question, answer, reason', async () => {
    const { ask, asked, conversation } = await asking(['{"number": 3}', '{"number": 5}', even]);
    await ask();
    const roles = ((asked[2]?.request.input ?? []) as { role?: string }[]).map(({ role }) => role);
    expect(roles).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(conversation(2)).toMatch(/an even number.*3 is odd\..*5 is odd\./);
  });

  test('is asked for under a key of its own each time, and found there again', async () => {
    const { ask, asked, standIn } = await asking(['{"number": 3}', '{"number": 5}', even]);
    const first = await ask();
    expect(asked.map(({ callKey }) => callKey)).toEqual([
      'objective/a/1/3/count',
      'objective/a/1/3/count.repair-1',
      'objective/a/1/3/count.repair-2',
    ]);
    expect(await ask()).toEqual(first);
    expect(standIn.log.creates).toHaveLength(3);
  });

  test('costs what all its calls cost together', async () => {
    const [one, three] = [await asking([even]), await asking(['no', 'no', even])];
    const { costMicros } = await one.ask();
    expect((await three.ask()).costMicros).toBeGreaterThan(3 * costMicros);
  });

  test('that stays wrong is sent back twice, and then is a failure with the last reason', async () => {
    const { ask, standIn } = await asking(['no', '{"number": 5}', '{"number": 7}', even]);
    const failing = ask();
    await expect(failing).rejects.toMatchObject({ type: 'ModelAnswerInvalid' });
    await expect(failing).rejects.toThrow(/after 2 repairs.*gpt-5\.4-mini.*7 is odd\./);
    expect(standIn.log.creates).toHaveLength(3);
  });

  test('of a plan fails as a plan', async () => {
    const { ask } = await asking(['no', 'no', 'no'], { failure: 'PlanInvalid' });
    await expect(ask()).rejects.toMatchObject({ type: 'PlanInvalid' });
  });

  test('that is endless is not read, and a thousand problems are told as thirty', async () => {
    const problems = Array.from({ length: 1000 }, (_, index) => `Problem ${index}.`);
    const { ask, conversation } = await asking([JSON.stringify({ number: 1, x: 'y'.repeat(2_000_000) }), even, even], {
      accept: () => ({ problems }),
    });
    await expect(ask()).rejects.toThrow(/^.{0,1200}$/);
    expect(conversation(1)).toMatch(/has \d{7} characters; be brief/);
    expect(conversation(2).match(/Problem \d+\./g)).toHaveLength(30);
  });

  test('with a thousand properties too many is answered briefly', async () => {
    const invented = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`invented_${index}`, index]));
    const { ask, asked } = await asking([JSON.stringify({ number: 4, ...invented }), even]);
    await ask();
    expect(JSON.stringify((asked[1]?.request.input ?? []).slice(-1)).length).toBeLessThan(1000);
  });

  test('that the model refuses is not asked for again', async () => {
    const { services, standIn } = await servicesSetup({ script: () => ({ kind: 'refusal' }) });
    const asked = structuredCall(services, call(), new AbortController().signal);
    await expect(asked).rejects.toMatchObject({ type: 'ModelRefused' });
    expect(standIn.log.creates).toHaveLength(1);
  });
});
