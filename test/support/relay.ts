/** Stands between a process and the provider, as the network does: sees each request, and can hold it, or cut the connection. */
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

/** `cut`: the request does not arrive. `deaf`: it does, and its answer is lost. `gone`: it is answered with 404 in the provider's place. */
export type Mishap = 'cut' | 'deaf' | 'gone';

/** Resolves to the address; `sees` is awaited before a request is passed on, and may say what befalls it. */
export async function relayTo(baseUrl: string, sees: (method: string, path: string) => unknown): Promise<string> {
  const target = new URL(baseUrl);
  const relay = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    void Promise.resolve(sees(method, path)).then((mishap) => {
      if (mishap === 'cut') return void outgoing.destroy();
      if (mishap === 'gone') return void incoming.resume().once('end', () => outgoing.writeHead(404).end('{}'));
      const passed = forward({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        if (mishap === 'deaf') return void answer.resume().once('end', () => outgoing.destroy());
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
