/** Servers that are no provider: they answer what a test says, or nothing. None is left when the suite ends. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** Resolves to the address for a client. */
export async function serverOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** Takes requests and never answers; `asked` and `closed` tell of the first whose path ends so. The others are answered with `{"id": "x"}`. */
export async function silentServer(path = '') {
  const [asked, closed] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
  const baseUrl = await serverOf((request, response) => {
    if (!request.url?.split('?')[0]?.endsWith(path)) {
      request.resume();
      return void response.setHeader('content-type', 'application/json').end('{"id":"x"}');
    }
    response.once('close', () => closed.resolve(null));
    asked.resolve(null);
  });
  return { baseUrl, asked: asked.promise, closed: closed.promise };
}
