/** Small calls as a map makes them, sent as batches to a stand-in whose clock is moved. Free of jest: processes use it, too. */
import type { NewBatch } from '../../src/model/batch-calls.ts';
import type { SingleCall } from '../../src/model/journaled-wire.ts';
import { head } from './journal.ts';

export const HOUR_MS = 3_600_000;
export const TIMES = { validatingMs: 60_000, takesMs: HOUR_MS, finalizingMs: 60_000 };

export const BATCH_KEY = 'objective/a/1/items/batch-1';

export const newBatch = (change: Partial<NewBatch> = {}): NewBatch => ({
  key: BATCH_KEY,
  objectiveId: 'objective',
  subtaskId: 'a',
  provider: 'openai',
  mostCalls: 1000,
  ...change,
});

export const batchedCall = (turn: number, change: Partial<SingleCall> = {}): SingleCall => ({
  ...{ objectiveId: 'objective', subtaskId: 'a', attempt: 1, turn, purpose: 'map.nano-1', tier: 'nano' },
  head: head({ model: 'gpt-5.4-nano', background: false }),
  input: [{ role: 'user', content: `Is ${turn} odd?` }],
  ...change,
});

export const batchedCalls = (count: number, change: Partial<SingleCall> = {}) =>
  Array.from({ length: count }, (_, turn) => batchedCall(turn, change));

/** As they are read: `size` at a time. */
export async function* inGroups(calls: SingleCall[], size = calls.length): AsyncGenerator<SingleCall[]> {
  for (let start = 0; start < calls.length; start += size) yield calls.slice(start, start + size);
}
