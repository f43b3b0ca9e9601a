/** Journals calls as fast as it can, many at once, and prints each key and text once it was told that they are on disk. */
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { answer, intent } from './journal.ts';

const [file = '', name = ''] = process.argv.slice(2);
const { journal } = openSqliteStore(file);

async function lane(number: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const address = { objectiveId: 'objective', subtaskId: 'a', attempt: number, turn: i, purpose: name };
    const callKey = `${name}/${number}/${i}`;
    const outcome = await journal.intend(intent('a', { ...address, callKey }));
    if (outcome.status !== 'intended') throw new Error(`unexpected: ${outcome.status}`);
    await journal.answer(answer(callKey, outcome.n, `text-${callKey}`));
    process.stdout.write(`${callKey} text-${callKey}\n`);
  }
}

await Promise.all(Array.from({ length: 10 }, (_, number) => lane(number)));
