/** The journaled call over a real store and a real client, against a scripted stand-in. */
import { afterAll, expect } from '@jest/globals';
import type { ConversationItem, RequestHead } from '../../src/contracts/model.ts';
import type { PaidCall, SingleCall } from '../../src/model/journaled-wire.ts';
import type { Script } from '../../src/standin/reaction.ts';
import { type StandInOptions, startStandIn } from '../../src/standin/server.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { openStore } from '../../src/store/store.ts';
import { callerOf } from './caller.ts';
import { temporaryFolder } from './folders.ts';
import { head } from './journal.ts';

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

export interface ModelSetup {
  script?: Script;
  capMicros?: number | null;
  latencyMs?: number;
  lean?: boolean;
  /** Calls at once, as the gate lets through. */
  most?: number;
  /** Where the store is. */
  folder?: string;
  batches?: StandInOptions['batches'];
}

export async function modelSetup({
  script = () => null,
  capMicros = null,
  latencyMs = 0,
  lean = false,
  most = 100,
  folder = temporaryFolder('flotilla-store'),
  batches = {},
}: ModelSetup = {}) {
  const standIn = await startStandIn({ script, latencyMs, lean, batches });
  const store = openStore(folder);
  closers.push(
    () => standIn.close(),
    () => store.close(),
  );
  await store.ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: capMicros } });
  const caller = callerOf(store, standIn.baseUrl, most);
  const books = async () => {
    const account = await store.ledger.account('objective');
    return { settled: account?.micros.settled, reserved: account?.micros.reserved, inDoubt: account?.micros.inDoubt };
  };
  const ask = (call: PaidCall, signal = new AbortController().signal) => caller.call(call, signal);
  const paidCall = (text: string, change: Partial<PaidCall> = {}): PaidCall => ({
    objectiveId: 'objective',
    subtaskId: 'a',
    attempt: 1,
    turn: 1,
    purpose: 'turn',
    tier: 'mini',
    head: head(),
    conversation: () => store.transcripts.draft(null, conversation(text)),
    ...change,
  });
  const askSingle = (call: SingleCall) => caller.callSingle(call, new AbortController().signal);
  /** The same call, as one that keeps no conversation. */
  const singleCall = (text: string, change: Partial<RequestHead> = {}): SingleCall => {
    const { conversation: _kept, ...call } = paidCall(text, { head: head(change) });
    return { ...call, input: conversation(text) };
  };
  return { folder, standIn, store, caller, books, ask, paidCall, askSingle, singleCall };
}

export const conversation = (text: string): ConversationItem[] => [{ role: 'user', content: text }];

/** The books agree with themselves and hold nothing. */
export async function expectClean({ store }: Pick<Awaited<ReturnType<typeof modelSetup>>, 'store'>): Promise<void> {
  expect(verifyLedger(await store.ledger.extract('objective'))).toEqual([]);
  for (const { accountId, micros } of await store.ledger.tree('objective')) {
    expect([accountId, micros.reserved]).toEqual([accountId, 0]);
  }
}
