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

export async function startTemporalServer(options: string[] = []): Promise<TemporalServer> {
  const port = await claimPort(0, 'Temporal server', '');
  const binary = process.env['FLOTILLA_TEMPORAL_CLI'] ?? 'temporal';
  const child = spawn(binary, ['server', 'start-dev', '--headless', '--port', String(port), ...options], {
    stdio: 'ignore',
  });
  const server = { address: `127.0.0.1:${port}`, stop: () => end(child) };
  servers.push(server);
  await until(() => answers(server.address));
  return server;
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
