/**
 * Another worker: makes the call `objective/a/1/1/turn` and lives until it is killed. With crash points, separated by commas, it kills
 * itself at the first that it reaches: before or after a command of the journal, or once the call has returned.
 */
import type { Journal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/store.ts';
import { callerOf } from './caller.ts';
import { head } from './journal.ts';

const [folder = '', baseUrl = '', background = 'true', crashesAt = ''] = process.argv.slice(2);

/** Nothing runs after it: no handler, no write, no byte on a socket. */
function crashPoint(name: string): void {
  if (crashesAt.split(',').includes(name)) process.kill(process.pid, 'SIGKILL');
}

const store = openStore(folder);
const journal = new Proxy(store.journal, {
  get: (target, command: keyof Journal) => async (argument: never) => {
    crashPoint(`before ${command}`);
    const result = await (target[command] as (argument: never) => Promise<unknown>)(argument);
    crashPoint(`after ${command}`);
    return result;
  },
});
const caller = callerOf({ ...store, journal }, baseUrl);
await caller.call(
  {
    objectiveId: 'objective',
    subtaskId: 'a',
    attempt: 1,
    turn: 1,
    purpose: 'turn',
    tier: 'mini',
    head: head({ background: background === 'true' }),
    conversation: () => store.transcripts.draft(null, [{ role: 'user', content: 'hi' }]),
  },
  new AbortController().signal,
);
crashPoint('before completion');
setInterval(() => undefined, 60_000);
