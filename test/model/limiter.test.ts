import { describe, expect, test } from '@jest/globals';
import { Gate, Limiter, type Outcome } from '../../src/model/limiter.ts';
import type { RateLimits } from '../../src/model/port.ts';

const signal = new AbortController().signal;
const anybody = { objectiveId: 'o', isBackground: false };

/** A gate on a clock of its own; `pass` enters without waiting, or says that it can't. */
function gateAt({ most = 8, share = 1 } = {}) {
  const clock = { now: 0 };
  const gate = new Gate({ most, share, now: () => clock.now });
  const pass = async () => {
    const controller = new AbortController();
    const entered = gate.enter(anybody, controller.signal);
    setImmediate(() => controller.abort(new Error('it would have to wait')));
    return entered.catch(() => null);
  };
  const passMany = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, pass))).filter((leave) => leave !== null);
  return { clock, gate, pass, passMany };
}

const limits = (remaining: number, resetMs: number): RateLimits => ({
  requests: { limit: 100, remaining, resetMs },
  tokens: null,
});

describe('a gate', () => {
  test('lets as many through as are allowed, and the next when one comes back', async () => {
    const { pass, passMany } = gateAt({ most: 3 });
    const inside = await passMany(5);
    expect(inside).toHaveLength(3);
    inside[0]?.('answered');
    expect(await passMany(2)).toHaveLength(1);
    expect(await pass()).toBeNull();
  });

  test('halves once for refusals of calls that were under way together, and grows by one for a round of answers', async () => {
    const { clock, gate, passMany } = gateAt({ most: 8 });
    for (const leave of await passMany(8)) leave('limited', 100);
    expect(gate.allowed).toBe(4);
    clock.now = 1000;
    for (const leave of await passMany(4)) leave('answered');
    expect(gate.allowed).toBe(4);
    for (const leave of await passMany(4)) leave('answered');
    expect(gate.allowed).toBe(5);
  });

  test('rests for as long as the provider asks, and a little longer', async () => {
    const { clock, pass } = gateAt();
    (await pass())?.('limited', 1000);
    clock.now = 999;
    expect(await pass()).toBeNull();
    clock.now = 1300;
    expect(await pass()).not.toBeNull();
  });

  test('rests longer each time when the provider does not say how long', async () => {
    const { clock, pass } = gateAt();
    const rests = [];
    for (let refusal = 0; refusal < 5; refusal += 1) {
      const startedAt = clock.now;
      (await pass())?.('limited');
      while ((await pass().then((leave) => (leave ? leave('other') : null))) === null) clock.now += 100;
      rests.push(clock.now - startedAt);
    }
    expect(rests).toEqual(rests.toSorted((a, b) => a - b));
    expect(rests.at(-1)).toBeGreaterThan(4 * (rests[0] ?? 0));
  });

  test('never closes for good', async () => {
    const { clock, gate, pass } = gateAt();
    for (let refusal = 0; refusal < 50; refusal += 1) {
      (await pass())?.('limited', 10);
      clock.now += 100;
    }
    expect(gate.allowed).toBe(1);
    expect(await pass()).not.toBeNull();
  });

  test('rests when its share of what the account may do is used up', async () => {
    const { clock, gate, pass } = gateAt({ share: 0.5 });
    gate.observe(limits(60, 10_000));
    expect(await pass()).not.toBeNull();
    gate.observe(limits(50, 10_000));
    expect(await pass()).toBeNull();
    clock.now = 5001;
    expect(await pass()).not.toBeNull();
  });

  test('lets those who wait through in their order, without being asked again', async () => {
    const gate = new Gate({ most: 1, share: 1, now: () => performance.now() });
    const first = await gate.enter(anybody, signal);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      const leave = await gate.enter(anybody, signal);
      order.push(n);
      leave('answered');
    });
    first('limited', 20);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test('leaves nobody waiting whose rest ends between two looks at the clock', async () => {
    let now = 0;
    const gate = new Gate({ most: 1, share: 1, now: () => (now += 10) });
    const first = await gate.enter(anybody, signal);
    const second = gate.enter(anybody, signal);
    first('limited', 12);
    await expect(second).resolves.toBeDefined();
  });

  test.each<Outcome>(['answered', 'other'])('gives up a place after %s', async (outcome) => {
    const { pass } = gateAt({ most: 1 });
    (await pass())?.(outcome);
    expect(await pass()).not.toBeNull();
  });
});

test('models do not wait for each other', async () => {
  const limiter = new Limiter({ most: 1, share: 1, now: () => 0 });
  await limiter.gate('openai', 'gpt-5.4-mini').enter(anybody, signal);
  expect(limiter.gate('openai', 'gpt-5.4-mini')).toBe(limiter.gate('openai', 'gpt-5.4-mini'));
  await expect(limiter.gate('openai', 'gpt-5.4-nano').enter(anybody, signal)).resolves.toBeDefined();
});
