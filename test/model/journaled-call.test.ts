import { describe, expect, test } from '@jest/globals';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import type { Journal } from '../../src/store/journal.ts';
import { callerOf } from '../support/caller.ts';
import { conversation, modelSetup } from '../support/model.ts';
import { until } from '../support/until.ts';

const hello: Reaction = { kind: 'answer', utterance: { text: 'hello' } };

/** Lets requests through one by one. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('a paid call', () => {
  test('is made once, and found in the journal ever after', async () => {
    const { ask, paidCall, standIn, books } = await modelSetup({ script: () => hello });
    const first = await ask(paidCall('hi'));
    const second = await ask(paidCall('hi'));
    expect([first.reply.text, second]).toEqual(['hello', first]);
    expect(standIn.log.creates).toHaveLength(1);
    expect(await books()).toMatchObject({ reserved: 0, inDoubt: 0, settled: first.costMicros });
  });

  test('that several ask for at once is in flight once', async () => {
    const { ask, paidCall, standIn } = await modelSetup({ script: () => hello });
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(paidCall('hi'))));
    expect(new Set(replies.map(({ reply }) => reply.responseId)).size).toBe(1);
    expect(standIn.log.creates).toHaveLength(1);
  });

  test('keeps the question that was written down first, whatever a later attempt would ask', async () => {
    const asked: unknown[] = [];
    const script = ({ request, before }: Incoming): Reaction => {
      asked.push(request.input);
      return before === 0 ? { kind: 'error', status: 500, code: 'server_error' } : hello;
    };
    const { ask, paidCall, store } = await modelSetup({ script });
    await expect(ask(paidCall('the first question'))).rejects.toMatchObject({ type: 'ModelUnavailable' });
    const after = await ask(paidCall('a question of a newer version'));
    expect(asked).toEqual([conversation('the first question'), conversation('the first question')]);
    expect(await store.transcripts.load(after.askedHead)).toEqual(conversation('the first question'));
    expect((await store.transcripts.load(after.transcriptHead)).at(-1)).toMatchObject({ type: 'message' });
  });

  test('whose stream is cut after it was named is asked for by id, and not made again', async () => {
    const { ask, paidCall, standIn, books } = await modelSetup({ script: () => ({ kind: 'cut', at: 'named' }) });
    const { reply } = await ask(paidCall('hi'));
    expect(reply.text).toContain('[stand-in]');
    expect(standIn.log.creates).toHaveLength(1);
    expect((await books()).inDoubt).toBe(0);
  });

  test('that is cancelled is withdrawn at the provider, and its cost is not forgotten', async () => {
    const { open, opened } = gate();
    const { ask, paidCall, standIn, books, store } = await modelSetup({
      latencyMs: 600_000,
      script: () => (open(), null),
    });
    const controller = new AbortController();
    const asking = ask(paidCall('hi'), controller.signal);
    await opened;
    await until(async () => (await store.journal.find('objective/a/1/1/turn'))?.latest?.state === 'identified');
    controller.abort(new Error('cancelled'));
    await expect(asking).rejects.toThrow('cancelled');
    const { reserved, inDoubt = 0 } = await books();
    expect([reserved, inDoubt > 0]).toEqual([0, true]);
    const id = (await store.journal.find('objective/a/1/1/turn'))?.latest?.responseId;
    const answer = await fetch(`${standIn.baseUrl}/responses/${id}`, { headers: { authorization: 'Bearer x' } });
    expect(((await answer.json()) as { status: string }).status).toBe('cancelled');
  });

  test('that is cancelled while it is being written down gives back what it held: nothing was sent', async () => {
    const { store, standIn, paidCall, books } = await modelSetup({ script: () => hello });
    const controller = new AbortController();
    const journal: Journal = {
      ...store.journal,
      intend: (intent) => store.journal.intend(intent).finally(() => controller.abort(new Error('cancelled'))),
    };
    const caller = callerOf({ ...store, journal }, standIn.baseUrl);
    await expect(caller.call(paidCall('hi'), controller.signal)).rejects.toThrow('cancelled');
    expect((await store.journal.find('objective/a/1/1/turn'))?.latest).toMatchObject({ n: 1, state: 'released' });
    expect(await books()).toEqual({ settled: 0, reserved: 0, inDoubt: 0 });
    expect(standIn.log.requests).toEqual([]);
  });

  test('that was never sent, for whatever reason, leaves its place to the next', async () => {
    const { store, standIn, paidCall } = await modelSetup({ script: () => hello });
    const controller = new AbortController();
    const journal: Journal = {
      ...store.journal,
      intend: (intent) => store.journal.intend(intent).finally(() => controller.abort(new Error('cancelled'))),
    };
    const caller = callerOf({ ...store, journal }, standIn.baseUrl, 1);
    await expect(caller.call(paidCall('hi'), controller.signal)).rejects.toThrow('cancelled');
    const next = await caller.call(paidCall('hi', { turn: 2 }), new AbortController().signal);
    expect(next.reply.text).toBe('hello');
  });

  test('holds its place while the provider is at work, and not while its answer is booked', async () => {
    const { open, opened } = gate();
    const script = ({ request }: Incoming): Reaction => (
      JSON.stringify(request.input).includes('second') && open(),
      hello
    );
    const { store, standIn, paidCall } = await modelSetup({ script });
    const journal: Journal = {
      ...store.journal,
      answer: async (answer) => {
        await opened;
        return store.journal.answer(answer);
      },
    };
    const caller = callerOf({ ...store, journal }, standIn.baseUrl, 1);
    const { signal } = new AbortController();
    const calls = [caller.call(paidCall('first'), signal), caller.call(paidCall('second', { turn: 2 }), signal)];
    expect((await Promise.all(calls)).map(({ reply }) => reply.text)).toEqual(['hello', 'hello']);
  });

  test('goes on for the others when one of several lets go of it', async () => {
    const { open, opened } = gate();
    const { ask, paidCall, standIn } = await modelSetup({ script: () => opened.then(() => hello) });
    const controller = new AbortController();
    const leaving = ask(paidCall('hi'), controller.signal);
    const staying = ask(paidCall('hi'));
    controller.abort(new Error('not me'));
    open();
    expect((await staying).reply.text).toBe('hello');
    expect((await leaving).reply.text).toBe('hello');
    expect(standIn.log.creates).toHaveLength(1);
  });
});
