/** A Temporal dev server that is not ours: started bare, as somebody else would; ends with the suite. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { claimPort } from '../../src/embedded/ports.ts';
import { until } from './until.ts';

export interface TemporalServer {
  address: string;
  stop(): Promise<void>;
}

const servers: TemporalServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

const MOST_TRIES = 5;

/** Its port may be taken between its choice and its use: then it ends, and another one is chosen. */
export async function startTemporalServer(options: string[] = []): Promise<TemporalServer> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const server = await tryTemporalServer(options);
    if (server) return server;
  }
  throw new Error(`The Temporal server ended ${MOST_TRIES} times before it answered.`);
}

/** Null where it ends before it answers. */
async function tryTemporalServer(options: string[]): Promise<TemporalServer | null> {
  const port = await claimPort(0, 'Temporal server', '');
  const binary = process.env['FLOTILLA_TEMPORAL_CLI'] ?? 'temporal';
  const child = spawn(binary, ['server', 'start-dev', '--headless', '--port', String(port), ...options], {
    stdio: 'ignore',
  });
  const server = { address: `127.0.0.1:${port}`, stop: () => end(child) };
  servers.push(server);
  // Whoever has its port may answer there: it is asked afterwards whether this one is still there.
  await until(async () => hasEnded(child) || (await answers(server.address)));
  return hasEnded(child) ? null : server;
}

/** With a connection, for as long as `work` lasts. */
export async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: '5s' });
  return work(connection).finally(() => connection.close());
}

const answers = (address: string): Promise<boolean> =>
  withConnection(address, (connection) => connection.workflowService.describeNamespace({ namespace: 'default' })).then(
    () => true,
    () => false,
  );

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
