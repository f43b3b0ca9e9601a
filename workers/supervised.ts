/** The line between a worker and the supervisor that started it: an IPC channel, which closes when the supervisor is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { pollersOf } from '../src/embedded/pollers.ts';

const KNOWN_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * Says `ready` once the server lists this worker at its Task Queue: whoever starts a stack may ask at once who works there. A server that does
 * not say holds nobody up. Contract: never rejects.
 */
export async function tellWhenPolling(worker: Worker, connection: NativeConnection): Promise<void> {
  if (!process.channel) return;
  const { namespace, taskQueue, identity } = worker.options;
  const isRunning = (): boolean => worker.getState() === 'RUNNING';
  const isKnown = async (): Promise<boolean> => (await pollersOf(connection, namespace, taskQueue)).includes(identity);
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  try {
    await connection.withDeadline(deadline, async () => {
      while (isRunning() && Date.now() < deadline && !(await isKnown())) await sleep(LOOK_EVERY_MS);
    });
  } catch {
    // It works all the same.
  }
  if (isRunning()) process.send?.('ready');
}

/** A supervisor that was killed can't stop its workers: they notice, stop by themselves, and are ended if that takes too long. */
export function onOrphaned(stop: () => void, deadlineMs: number): void {
  if (!process.channel) return;
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), deadlineMs).unref();
    stop();
  });
}

/** The channel would keep the process alive. */
export function leaveSupervisor(): void {
  if (!process.channel) return;
  process.removeAllListeners('disconnect');
  process.disconnect();
}
