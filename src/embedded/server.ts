/**
 * The Temporal dev server as the stack runs it. Settings that were measured (docs/design.md §5): one history shard polls 20 times a second by
 * default, which makes every hop wait; fairness is off in every release; `synchronous=full` keeps commits through a power cut.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { NotReady } from './managed-process.ts';
import { NAMESPACE, prepareNamespace } from './namespace.ts';

export interface ServerPorts {
  grpc: number;
  ui: number;
}

const SETTINGS: Record<string, boolean | number> = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'matching.enableFairness': true,
  'system.enableActivityEagerExecution': true,
};

export function serverArguments(home: string, { grpc, ui }: ServerPorts): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(grpc),
      '--ui-ip',
      '127.0.0.1',
      '--ui-port',
      String(ui),
    ],
    ...[
      '--db-filename',
      join(home, 'temporal.db'),
      '--namespace',
      NAMESPACE,
      '--log-level',
      'warn',
      '--ui-disable-news-fetch',
    ],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
    ...Object.entries(SETTINGS).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

const UP_WITHIN_MS = 60_000;

/** Resolves when the server answers and our namespace is as it should be, on a new file as on an old one. */
export async function whenServerReady(address: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' });
      await prepareNamespace(connection).finally(() => connection.close());
      return;
    } catch (error) {
      if (performance.now() > deadline)
        throw new NotReady(`The Temporal server at ${address} did not come up: ${String(error)}`, { cause: error });
      await sleep(50);
    }
  }
}
