import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { claimPort, PortTaken } from '../../src/embedded/ports.ts';

async function listening(port = 0) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => once(server.close(), 'close') };
}

test('a free port is itself, and still free afterwards', async () => {
  const { port, close } = await listening();
  await close();
  expect(await claimPort(port, 'server', '--port')).toBe(port);
  await (await listening(port)).close();
});

test('0 is any port that is free', async () => {
  const port = await claimPort(0, 'server', '--port');
  expect(port).toBeGreaterThan(0);
  await (await listening(port)).close();
});

test('a taken port is named, with what it is for and the option that chooses another', async () => {
  const { port, close } = await listening();
  const problem = await claimPort(port, 'Temporal server', '--port').catch((error: unknown) => error);
  await close();
  expect(problem).toBeInstanceOf(PortTaken);
  expect((problem as Error).message).toMatch(`Port ${port} (Temporal server) is taken on this machine.`);
  expect((problem as Error).message).toMatch(/Choose another with --port/);
});
