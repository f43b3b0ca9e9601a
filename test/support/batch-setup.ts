/** Batches over a real store and a real client, by the clock of the stand-in. */
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { NewBatch } from '../../src/model/batch-calls.ts';
import type { SingleCall } from '../../src/model/journaled-wire.ts';
import { againstBills } from './bills.ts';
import { BATCH_KEY, batchedCall, batchedCalls, HOUR_MS, inGroups, newBatch, TIMES } from './batches.ts';
import { never } from './lane.ts';
import { type ModelSetup, modelSetup } from './model.ts';
import { clientOf } from './stand-in.ts';

const LONG_ENOUGH_MS = 2 * HOUR_MS;

export async function batchSetup({ batches = {}, ...setup }: ModelSetup = {}) {
  const opened = await modelSetup({ batches: { ...TIMES, ...batches }, ...setup });
  const { standIn, store, caller } = opened;
  const client = clientOf(standIn.baseUrl);

  /** `size` calls in a group. */
  const submit = (calls: SingleCall[], change: Partial<NewBatch> = {}, size?: number, on = caller) =>
    on.batches.submit(newBatch(change), inGroups(calls, size), never());
  const collect = (key = BATCH_KEY) => caller.batches.collect(key, never());
  const collectAfter = (ms = LONG_ENOUGH_MS, key = BATCH_KEY) => (standIn.clock.advance(ms), collect(key));
  /** As the provider lists them, oldest first. */
  const atProvider = async () => (await client.batches.list()).data.reverse();
  const creates = async () => (await store.ledger.extract('objective')).creates;

  /** What does not agree between the books, the entries and the bills, and what is still held. */
  async function looseEnds(): Promise<string[]> {
    const extract = await store.ledger.extract('objective');
    const held = extract.accounts.filter(({ micros, calls }) => micros.reserved !== 0 || calls.reserved !== 0);
    return [
      ...verifyLedger(extract),
      ...againstBills(standIn.log.creates, extract.creates),
      ...held.map(({ accountId }) => `${accountId} holds money`),
      ...standIn.log.servedTwice.map((key) => `${key} was served twice`),
    ];
  }

  return {
    ...opened,
    ...{ client, submit, collect, collectAfter, atProvider, creates, looseEnds },
    calls: (count: number, change: Partial<SingleCall> = {}) => batchedCalls(count, change),
    askLive: (turn: number) => caller.callSingle(batchedCall(turn), never()),
  };
}
