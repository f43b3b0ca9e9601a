/**
 * Another worker: makes the call `objective/a/1/1/turn`, as a single one where it is told to, and lives until it is killed. With crash points, separated by commas, it kills
 * itself at the first that it reaches: before or after a command of the journal, or once the call has returned.
 */
import type { Journal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/store.ts';
import { callerOf } from './caller.ts';
import { head } from './journal.ts';

const [folder = '', baseUrl = '', background = 'true', crashesAt = '', single = 'false'] = process.argv.slice(2);

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
const call = {
  ...{ objectiveId: 'objective', subtaskId: 'a', attempt: 1, turn: 1, purpose: 'turn', tier: 'mini' as const },
  head: head({ background: background === 'true' }),
};
const input = [{ role: 'user' as const, content: 'hi' }];
const { signal } = new AbortController();
await (single === 'true'
  ? caller.callSingle({ ...call, input }, signal)
  : caller.call({ ...call, conversation: () => store.transcripts.draft(null, input) }, signal));
crashPoint('before completion');
setInterval(() => undefined, 60_000);
