/** Holds the lock of the file it is given, and lives until it is killed. */
import { acquireProcessLock } from '../../src/store/process-lock.ts';

const lock = acquireProcessLock(process.argv[2] ?? '');
console.log(lock ? 'held' : 'refused');
setInterval(() => undefined, 60_000);
