/** Another worker: makes the call `objective/a/1/1/turn` and lives until it is killed. */
import { openStore } from '../../src/store/store.ts';
import { callerOf } from './caller.ts';
import { head } from './journal.ts';

const [folder = '', baseUrl = '', background = 'true'] = process.argv.slice(2);
const store = openStore(folder);
const caller = callerOf(store, baseUrl);
await caller.call(
  {
    objectiveId: 'objective',
    subtaskId: 'a',
    attempt: 1,
    turn: 1,
    purpose: 'turn',
    tier: 'mini',
    accountId: 'objective',
    head: head({ background: background === 'true' }),
    conversation: () => store.transcripts.draft(null, [{ role: 'user', content: 'hi' }]),
  },
  new AbortController().signal,
);
setInterval(() => undefined, 60_000);
