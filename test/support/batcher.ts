/**
 * Another worker that submits the batch of `batchedCalls`. It kills itself at the first of the crash points that it reaches: before or after a
 * command on batches or on the journal.
 */
import { openStore } from '../../src/store/store.ts';
import { batchedCalls, inGroups, newBatch } from './batches.ts';
import { callerOf } from './caller.ts';

const [folder = '', baseUrl = '', crashesAt = ''] = process.argv.slice(2);

/** Nothing runs after it: no handler, no write, no byte on a socket. */
function crashPoint(name: string): void {
  if (crashesAt.split(',').includes(name)) process.kill(process.pid, 'SIGKILL');
}

const crashing = <T extends object>(target: T, what: string): T =>
  new Proxy(target, {
    get: (on, command: string & keyof T) => async (argument: never) => {
      crashPoint(`before ${what}.${command}`);
      const result = await (on[command] as (argument: never) => Promise<unknown>)(argument);
      crashPoint(`after ${what}.${command}`);
      return result;
    },
  });

const store = openStore(folder);
const batches = crashing(store.batches, 'batches');
const journal = crashing(store.journal, 'journal');
const caller = callerOf({ ...store, batches, journal }, baseUrl);
await caller.batches.submit(newBatch(), inGroups(batchedCalls(6)), new AbortController().signal);
crashPoint('before completion');
