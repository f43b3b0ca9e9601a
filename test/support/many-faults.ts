/** Another worker: makes ten thousand calls that end badly, and prints how many bytes it holds more than after the first two thousand. */
import { openStore } from '../../src/store/store.ts';
import { callerOf } from './caller.ts';
import { head } from './journal.ts';

const [folder = '', baseUrl = ''] = process.argv.slice(2);
const AT_ONCE = 100;
const store = openStore(folder);
const caller = callerOf(store, baseUrl);
await store.ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: null } });

async function call(turn: number): Promise<void> {
  const address = { objectiveId: 'objective', subtaskId: 'a', attempt: 1, turn, purpose: 'turn' };
  const asked = { ...address, tier: 'nano' as const, head: head({ background: false }) };
  const conversation = () => store.transcripts.draft(null, [{ role: 'user' as const, content: 'hi' }]);
  await caller.call({ ...asked, conversation }, new AbortController().signal).catch(() => undefined);
}

async function bytesAfter(from: number, to: number): Promise<number> {
  for (let turn = from; turn < to; turn += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => call(turn + index)));
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const before = await bytesAfter(0, 2_000);
console.log((await bytesAfter(2_000, 10_000)) - before);
await store.close();
process.exit(0);
