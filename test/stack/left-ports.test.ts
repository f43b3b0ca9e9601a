/** Ports of a stack that was killed: its servers let go of them a moment later, and the next one of the home waits for that. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { type Endpoint, writeEndpoint } from '../../src/embedded/endpoint.ts';
import { NotReady } from '../../src/embedded/managed-process.ts';
import { PortTaken } from '../../src/embedded/ports.ts';
import { type Stack, startStack } from '../../src/embedded/stack.ts';
import { temporaryFolder } from '../support/folders.ts';

const LET_GO_AFTER_MS = 1000;

/** A port that somebody has for another second. */
async function portForAMoment(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  setTimeout(() => server.close(), LET_GO_AFTER_MS);
  return (server.address() as AddressInfo).port;
}

type Ports = Record<'grpc' | 'ui' | 'standIn' | 'health', number>;

/** Its Temporal server ends at once: the stack comes as far as its ports are free, and no further. */
const started = (home: string, { health, ...ports }: Ports): Promise<Stack> =>
  startStack({
    home,
    temporalBinary: 'false',
    namespace: 'default',
    ports,
    workers: ['nano'],
    healthPort: health,
    standInLatencyMs: 0,
    drainSeconds: 1,
    environment: process.env,
    onEvent: () => undefined,
  });

/** Left by a stack that was killed. */
function leaveEndpoint(home: string, { grpc, ui, standIn, health }: Ports): void {
  const endpoint: Endpoint = {
    pid: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    temporalAddress: `127.0.0.1:${grpc}`,
    namespace: 'default',
    webUi: `http://127.0.0.1:${ui}`,
    standIn: `http://127.0.0.1:${standIn}/v1`,
    health: { nano: `http://127.0.0.1:${health}` },
    processes: {},
  };
  writeEndpoint(home, endpoint);
}

const NONE: Ports = { grpc: 0, ui: 0, standIn: 0, health: 0 };

test.each(['grpc', 'ui', 'standIn', 'health'] as const)('the port %s that it names is waited for', async (name) => {
  const home = temporaryFolder();
  const ports = { ...NONE, [name]: await portForAMoment() };
  leaveEndpoint(home, ports);
  await expect(started(home, ports)).rejects.toBeInstanceOf(NotReady);
});

test('a port that it does not name is refused at once, though it will be free soon', async () => {
  const home = temporaryFolder();
  const grpc = await portForAMoment();
  leaveEndpoint(home, { ...NONE, grpc: grpc + 1, ui: grpc - 1 });
  await expect(started(home, { ...NONE, grpc })).rejects.toBeInstanceOf(PortTaken);
});

test('of a stack that ended by itself no port is waited for', async () => {
  const home = temporaryFolder();
  const grpc = await portForAMoment();
  await expect(started(home, { ...NONE, grpc })).rejects.toBeInstanceOf(PortTaken);
});
