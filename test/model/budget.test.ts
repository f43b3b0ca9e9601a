/** The cap at the moment of a call. Mini: 0.75 a token in, 4.50 a token out; 1,000 tokens of output and some hundred bytes are about 5,000 µ$. */
import { describe, expect, test } from '@jest/globals';
import { subtaskAccountId } from '../../src/contracts/addresses.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { head } from '../support/journal.ts';
import { expectClean, modelSetup } from '../support/model.ts';

const hello: Reaction = { kind: 'answer', utterance: { text: 'hello' } };

describe('a call that does not fit the cap', () => {
  test('is refused before anything is sent', async () => {
    const { ask, paidCall, standIn } = await modelSetup({ capMicros: 100 });
    await expect(ask(paidCall('hi'))).rejects.toMatchObject({ type: 'BudgetExceeded' });
    expect(standIn.log.creates).toHaveLength(0);
  });

  test('two hundred at once finish under a cap for twenty worst cases, and never hold more than it', async () => {
    const capMicros = 20 * 5000;
    let inFlight = 0;
    let most = 0;
    const ten = Promise.withResolvers<undefined>();
    const setup = await modelSetup({
      capMicros,
      most: 300,
      script: async () => {
        most = Math.max(most, (inFlight += 1));
        const [{ micros } = { micros: { settled: 0, reserved: 0, inDoubt: 0 } }] =
          await setup.store.ledger.tree('objective');
        expect(micros.settled + micros.reserved + micros.inDoubt).toBeLessThanOrEqual(capMicros);
        if (inFlight === 10) ten.resolve(undefined);
        await ten.promise;
        inFlight -= 1;
        return hello;
      },
    });
    const { ask, paidCall } = setup;
    const paid = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ask(paidCall('hi', { subtaskId: `s${index}` }))),
    );
    expect(paid).toHaveLength(200);
    expect(most).toBeGreaterThanOrEqual(10);
    // Each holds 4,500 for its answer, and something for its question.
    expect(most).toBeLessThanOrEqual(Math.floor(capMicros / 4500));
    await expectClean(setup);
  });
});

describe('the worst case', () => {
  test('is counted in tokens where the bytes do not fit', async () => {
    // 40,000 bytes are about 10,000 tokens: 30,000 µ$ by the bytes, 8,000 by the tokens.
    const text = 'word '.repeat(8000);
    const setup = await modelSetup({ script: () => hello, capMicros: 20_000 });
    const { ask, paidCall, standIn } = setup;
    await expect(ask(paidCall(text))).resolves.toMatchObject({ reply: { text: 'hello' } });
    expect(standIn.log.creates).toHaveLength(1);
    await expectClean(setup);
  });

  test('is made smaller by asking for a shorter answer, while one worth asking for fits', async () => {
    const asked: unknown[] = [];
    const script = ({ request }: Incoming) => (asked.push(request.max_output_tokens), hello);
    // 10,000 tokens of output would be 45,000 µ$.
    const setup = await modelSetup({ script, capMicros: 30_000 });
    const { ask, paidCall } = setup;
    await ask(paidCall('hi', { head: head({ maxOutputTokens: 10_000 }) }));
    expect(asked).toEqual([expect.any(Number)]);
    expect(asked[0]).toBeGreaterThan(6000);
    expect(asked[0]).toBeLessThan(6667);
    await expectClean(setup);
  });

  test('that leaves room for a stump of an answer alone is refused', async () => {
    const { ask, paidCall, standIn } = await modelSetup({ capMicros: 15_000 });
    const call = paidCall('hi', { head: head({ maxOutputTokens: 10_000 }) });
    await expect(ask(call)).rejects.toMatchObject({ type: 'BudgetExceeded' });
    expect(standIn.log.creates).toHaveLength(0);
  });
});

describe('a provider that writes more than it was asked for', () => {
  const overrun: Reaction = {
    ...hello,
    usage: { input_tokens: 10, output_tokens: 100_000, total_tokens: 100_010 },
  };

  test('is booked, flagged, and stops the objective; the answer is kept for when it goes on', async () => {
    const setup = await modelSetup({ script: () => overrun, capMicros: 100_000 });
    const { ask, paidCall, store, standIn } = setup;
    await expect(ask(paidCall('hi'))).rejects.toMatchObject({
      type: 'BudgetExceeded',
      message: expect.stringContaining('the cap of $0.10 of "objective"') as unknown,
    });
    const { creates } = await store.ledger.extract('objective');
    expect(creates).toMatchObject([{ state: 'settled', flag: 'overrun', cost: { micros: 450_008, tokens: 100_010 } }]);
    await store.ledger.raiseCaps({ accountId: 'objective', by: { micros: 1_000_000 }, key: 'a' });
    await expect(ask(paidCall('hi'))).resolves.toMatchObject({ reply: { text: 'hello' } });
    expect(standIn.log.creates).toHaveLength(1);
    await expectClean(setup);
  });

  test('within the cap is flagged, and goes on', async () => {
    const setup = await modelSetup({ script: () => overrun, capMicros: 10_000_000 });
    await setup.ask(setup.paidCall('hi'));
    const { creates } = await setup.store.ledger.extract('objective');
    expect(creates).toMatchObject([{ flag: 'overrun' }]);
  });
});

test('a bill without a usage is booked at the worst case, and listed', async () => {
  const setup = await modelSetup({ script: () => ({ ...hello, usage: 'missing' }) });
  await setup.ask(setup.paidCall('hi'));
  const { creates } = await setup.store.ledger.extract('objective');
  const [create] = creates;
  expect(create).toMatchObject({ state: 'settled', flag: 'no-usage' });
  expect(create?.cost).toEqual(create?.reserved);
  await expectClean(setup);
});

test('the lane that the provider reports is the one that is paid for', async () => {
  const usage = { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 };
  const costs = await Promise.all(
    [undefined, 'flex', 'priority'].map(async (serviceTier) => {
      const script = (): Reaction => ({ ...hello, usage, ...(serviceTier && { serviceTier }) });
      const { ask, paidCall } = await modelSetup({ script });
      return (await ask(paidCall('hi'))).costMicros;
    }),
  );
  // 1000 × 0.75 + 100 × 4.50, half of it, and twice
  expect(costs).toEqual([1200, 600, 2400]);
});

describe('an allowance', () => {
  const allowing = async (caps: Record<string, number>) => {
    const setup = await modelSetup({ script: () => hello });
    const accountId = subtaskAccountId('objective', 'a');
    await setup.store.ledger.openAccount({ accountId, parentId: 'objective', caps });
    return setup;
  };

  test('ends its subtask, not the objective', async () => {
    const { ask, paidCall } = await allowing({ micros: 100 });
    await expect(ask(paidCall('hi'))).rejects.toMatchObject({ type: 'AllowanceExceeded' });
    await expect(ask(paidCall('hi', { subtaskId: 'b' }))).resolves.toMatchObject({ reply: { text: 'hello' } });
  });

  test.each(['tokens', 'calls', 'quota'])('can be one of %s', async (unit) => {
    const { ask, paidCall } = await allowing({ [unit]: unit === 'calls' ? 2 : 1800 });
    async function askOn(): Promise<void> {
      for (let turn = 1; turn < 100; turn += 1) await ask(paidCall('hi '.repeat(100), { turn }));
    }
    await ask(paidCall('hi', { turn: 0 }));
    const message = expect.stringContaining(unit) as unknown;
    await expect(askOn()).rejects.toMatchObject({ type: 'AllowanceExceeded', message });
  });
});
