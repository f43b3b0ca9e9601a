/**
 * Takes the lock of the file it is given, keeps no reference to it, and lives until it is killed. With `--expose-gc` what nobody refers to is
 * collected before it says how it went.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { acquireProcessLock } from '../../src/store/process-lock.ts';

const said = acquireProcessLock(process.argv[2] ?? '') ? 'held' : 'refused';
for (let rounds = 0; rounds < 5; rounds += 1) {
  globalThis.gc?.();
  await turn();
}
console.log(said);
setInterval(() => undefined, 60_000);
