/**
 * A process that keeps a program which is not ours: runs it in its own process group, and ends it when the supervisor is gone. The
 * supervisor holds the other end of the IPC channel; a killed one lets go of it.
 */
import { spawn } from 'node:child_process';
import { FORCE_AFTER_MS } from './force-after.ts';

const [program = '', ...args] = process.argv.slice(2);

const kept = spawn(program, args, { stdio: 'inherit' });

function stop(): void {
  kept.kill('SIGTERM');
  setTimeout(() => kept.kill('SIGKILL'), FORCE_AFTER_MS).unref();
}

process.once('disconnect', stop);
// The group is signalled as a whole: the program has it already, and the keeper outlives it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

kept.once('error', (error) => {
  console.error(`${program} could not be started: ${error.message}`);
  process.exit(127);
});
kept.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 0 : 1)));
