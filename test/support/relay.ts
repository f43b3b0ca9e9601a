/** Stands between a process and the provider, as the network does: sees each request, and can hold it. */
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { afterAll } from '@jest/globals';

const relays: Server[] = [];
afterAll(() => {
  for (const relay of relays) {
    relay.closeAllConnections();
    relay.close();
  }
});

/** Resolves to the address; `sees` is awaited before a request is passed on. */
export async function relayTo(
  baseUrl: string,
  sees: (method: string, path: string) => Promise<void> | void,
): Promise<string> {
  const target = new URL(baseUrl);
  const relay = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    void Promise.resolve(sees(method, path)).then(() => {
      const passed = forward({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        // Whoever asked may be dead by now; the provider does not know.
        if (outgoing.destroyed) return void answer.resume();
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        pipeline(answer, outgoing, () => undefined);
      });
      pipeline(incoming, passed, (error) => error && outgoing.destroy());
    });
  });
  relays.push(relay);
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(relay.address() as AddressInfo).port}${target.pathname}`;
}
