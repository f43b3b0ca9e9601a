/** Log lines of a worker: JSON, one per event, to standard error; its supervisor writes them to a file. */
import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';

export function workerLogger(tier: string): Logger {
  return new DefaultLogger('INFO', ({ level, message, timestampNanos, meta }: LogEntry) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    process.stderr.write(`${JSON.stringify({ time, level, worker: tier, message, ...meta }, plain)}\n`);
  });
}

/** Errors have no enumerable fields, and 64-bit numbers no JSON. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? value.toString() : value;
}
