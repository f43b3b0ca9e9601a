/** Structured answers of a server that can't hold a model to a schema: asked for in words, unfenced, checked by us, repaired at most twice. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { structuredCall } from '../../activities/structured-call.ts';
import { Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openStore } from '../../src/store/store.ts';
import { callerOf } from '../support/caller.ts';
import { type ChatAnswer, chatServer, saysText } from '../support/chat-server.ts';
import { temporaryFolder } from '../support/folders.ts';

const store = openStore(temporaryFolder('flotilla-store'));
afterAll(() => store.close());

const AnswerSchema = z.strictObject({ number: z.int() });

/** A server of one's own, whose model costs what is said. */
function catalogueWith(baseUrl: string, price: number): Catalogue {
  const { providers, models } = loadCatalogue();
  const [figures] = models;
  if (!figures) throw new Error('The catalogue is empty.');
  const { longContext: _, ...plain } = figures;
  const prices = { input: price, cachedInput: price, output: price };
  return new Catalogue({
    providers: [...providers, { id: 'local', protocol: 'chat', baseUrl }],
    models: [{ ...plain, id: 'local-model', provider: 'local', prices }],
  });
}

async function asking(
  objectiveId: string,
  answers: ChatAnswer[],
  { price = 1, capMicros = null as number | null } = {},
) {
  const server = await chatServer(answers);
  await store.ledger.openAccount({ accountId: objectiveId, parentId: null, caps: { micros: capMicros } });
  const caller = callerOf(store, 'http://127.0.0.1:1', 10, { catalogue: catalogueWith(server.baseUrl, price) });
  const ask = () =>
    structuredCall(
      { store, caller },
      {
        address: { objectiveId, subtaskId: 'a', attempt: 1, turn: 1, purpose: 'count' },
        tier: 'mini',
        profile: {
          provider: 'local',
          model: 'local-model',
          effort: 'none',
          maxOutputTokens: 100,
          background: false,
          capabilities: [],
        },
        prompt: [
          { role: 'developer', content: 'You count.' },
          { role: 'user', content: 'an even number' },
        ],
        format: { name: 'number', schema: AnswerSchema },
        accept: ({ number }) => (number % 2 === 0 ? { value: number } : { problems: [`${number} is odd.`] }),
      },
      new AbortController().signal,
    );
  return { ...server, ask };
}

const fenced = (json: string): ChatAnswer => saysText('```json\n' + json + '\n```');

describe('a structured answer over chat/completions', () => {
  test('that is fenced is read, and the schema was in the instructions', async () => {
    const { ask, asked } = await asking('fenced', [fenced('{"number": 4}')]);
    expect(await ask()).toEqual({ value: 4, calls: 1, costMicros: 120 });
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[0]?.messages[0]?.content).toMatch(/^You count\.[^]*JSON Schema:[^]*"number"/);
  });

  test('is repaired in the same conversation, whose instructions stay first and are said once', async () => {
    const { ask, asked } = await asking('repaired', [
      saysText('four'),
      fenced('{"number": 5}'),
      fenced('{"number": 6}'),
    ]);
    expect(await ask()).toMatchObject({ value: 6, calls: 3, costMicros: 360 });
    const last = asked[2]?.messages ?? [];
    expect(last.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user']);
    expect(last[0]).toEqual(asked[0]?.messages[0]);
    expect(JSON.stringify(last)).toMatch(/not JSON.*5 is odd\./);
  });

  test('that stays wrong is sent back twice and no more, and then fails with both names', async () => {
    const { ask, asked } = await asking('wrong', [saysText('no')]);
    await expect(ask()).rejects.toMatchObject({
      type: 'ModelAnswerInvalid',
      message: expect.stringMatching(/number: after 2 repairs.*local-model/) as unknown,
    });
    expect(asked).toHaveLength(3);
  });

  test('that was paid is not asked for again', async () => {
    const { ask, asked } = await asking('paid', [fenced('{"number": 4}')]);
    expect(await ask()).toEqual(await ask());
    expect(asked).toHaveLength(1);
  });

  test('of a model without a price costs nothing, under any cap', async () => {
    const { ask } = await asking('free', [fenced('{"number": 4}')], { price: 0, capMicros: 1 });
    expect(await ask()).toMatchObject({ value: 4, costMicros: 0 });
    expect(await store.ledger.account('free')).toMatchObject({ micros: { settled: 0, reserved: 0, inDoubt: 0 } });
  });

  test('that broke off is in doubt, at its worst case', async () => {
    const { ask } = await asking('cut', [{ ...fenced('{"number": 4}'), end: 'cut' }]);
    await expect(ask()).rejects.toMatchObject({ type: 'ModelUnavailable' });
    const account = await store.ledger.account('cut');
    expect(account).toMatchObject({ micros: { settled: 0, reserved: 0 } });
    expect(account?.micros.inDoubt).toBeGreaterThan(120);
  });
});
