import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, request as sendRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Egress, type EgressOptions, type Passage, startEgress } from '../../../src/pod/egress/proxy.ts';
import { SOCKET_NAME, startBridge } from '../../../src/pod/inside/bridge.ts';
import { temporaryFolder } from '../../support/folders.ts';

let egress: Egress;
let folder: string;
let passages: Passage[];
let listeners: Server[];
/** How many connections reached the server of the test. */
let arrivals: number;

beforeEach(() => {
  folder = temporaryFolder('flotilla-egress');
  passages = [];
  listeners = [];
  arrivals = 0;
});

afterEach(async () => {
  await egress.close();
  for (const listener of listeners) listener.close();
});

const start = async (allowHosts: string[], options: Partial<EgressOptions> = {}): Promise<void> => {
  egress = await startEgress({ folder, allowHosts, onPassage: (passage) => passages.push(passage), ...options });
};

/** Port of a server on the loopback. */
async function serve(listener: Server, host = '127.0.0.1'): Promise<number> {
  listeners.push(listener);
  listener.on('connection', () => (arrivals += 1));
  listener.listen(0, host);
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

const shouting = (): Server =>
  createServer((socket) => socket.on('data', (data) => socket.write(data.toString().toUpperCase())));

interface Opened {
  socket: Socket;
  answer: string;
}

/** What the proxy says to a CONNECT. */
async function open(authority: string): Promise<Opened> {
  const socket = connect(join(folder, SOCKET_NAME));
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  return { socket, answer: first.toString() };
}

async function through(authority: string, said: string): Promise<string> {
  const { socket, answer } = await open(authority);
  if (!answer.startsWith('HTTP/1.1 200 ')) return answer;
  socket.write(said);
  const [heard] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return heard.toString();
}

/** A request by absolute URI. */
async function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const sent = sendRequest({ socketPath: join(folder, SOCKET_NAME), path: url, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

describe('what is listed passes', () => {
  test('through a tunnel, both ways, and is counted', async () => {
    const port = await serve(shouting());
    await start([`127.0.0.1:${port}`]);
    expect(await through(`127.0.0.1:${port}`, 'hello')).toBe('HELLO');
    await egress.close();
    expect(passages).toEqual([{ host: '127.0.0.1', port, up: 5, down: 5, verdict: 'allowed' }]);
    await start([]);
  });

  test('as plain http, with the Host that was judged and not the one that was written', async () => {
    const port = await serve(
      createHttpServer((request, response) => response.end(`${request.headers.host} ${request.url}`)),
    );
    await start([`127.0.0.1:${port}`]);
    expect(await get(`http://127.0.0.1:${port}/a?b=c`, { host: 'internal.test' })).toEqual({
      status: 200,
      body: `127.0.0.1:${port} /a?b=c`,
    });
  });

  test('by a private name that is marked as one', async () => {
    const port = await serve(shouting());
    await start([`private:git.test:${port}`], { resolve: async () => ['127.0.0.1'] });
    expect(await through(`git.test:${port}`, 'hello')).toBe('HELLO');
  });

  test('through the bridge of the pod', async () => {
    const port = await serve(shouting());
    await start([`127.0.0.1:${port}`]);
    const bridge = await startBridge(join(folder, SOCKET_NAME), 0);
    listeners.push(bridge);
    const socket = connect((bridge.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
    await once(socket, 'data');
    socket.end('hello');
    expect((await buffer(socket)).toString()).toBe('HELLO');
  });
});

describe('what is not listed does not', () => {
  test('an empty list is nothing at all', async () => {
    const port = await serve(shouting());
    await start([]);
    expect(await through(`127.0.0.1:${port}`, 'hello')).toMatch(/^HTTP\/1\.1 403 .*is not among the hosts/s);
    expect((await get(`http://127.0.0.1:${port}/`)).status).toBe(403);
    expect(arrivals).toBe(0);
  });

  test.each([
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '127.0.0.1.',
  ])('%s does not stand for another host', async (host) => {
    const port = await serve(shouting(), '::');
    await start([`example.com:${port}`, `*.example.com:${port}`], { resolve: async () => ['127.0.0.1'] });
    expect(await through(`${host}:${port}`, 'hello')).toMatch(/^HTTP\/1\.1 403 /);
    expect(arrivals).toBe(0);
  });

  test('another port of a listed host', async () => {
    const port = await serve(shouting());
    await start(['127.0.0.1']);
    expect(await through(`127.0.0.1:${port}`, 'hello')).toMatch(/^HTTP\/1\.1 403 /);
    expect(arrivals).toBe(0);
  });

  test.each(['https://127.0.0.1/', '/etc/passwd', 'file:///etc/passwd', 'ftp://127.0.0.1/'])(
    '%s is not asked for',
    async (uri) => {
      await start(['127.0.0.1']);
      expect((await get(uri)).status).toBe(400);
    },
  );

  test.each(['example.com', ':443', 'example.com:443/a', 'a@example.com:443'])(
    'CONNECT %s is not understood',
    async (authority) => {
      await start(['example.com']);
      expect((await open(authority)).answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );
});

describe('a name that leads to an address that is not public', () => {
  const FORBIDDEN = [
    '0.0.0.0',
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fe80::1',
  ];

  test.each([...FORBIDDEN, '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fc00::1'])(
    'is refused: %s',
    async (address) => {
      const port = await serve(shouting(), '::');
      await start([`public.test:${port}`], { resolve: async () => [address] });
      expect(await through(`public.test:${port}`, 'hello')).toMatch(
        /^HTTP\/1\.1 403 .*public\.test leads to .*not a public address/s,
      );
      expect(arrivals).toBe(0);
      await egress.close();
      expect(passages).toMatchObject([{ verdict: 'private-address', up: 0, down: 0 }]);
      await start([]);
    },
  );

  test('is refused where only one of its addresses is', async () => {
    const port = await serve(shouting());
    await start([`public.test:${port}`], { resolve: async () => ['93.184.216.34', '127.0.0.1'] });
    expect(await through(`public.test:${port}`, 'hello')).toMatch(/^HTTP\/1\.1 403 /);
    expect(arrivals).toBe(0);
  });

  test('is refused where it is link-local, though the entry is private', async () => {
    await start(['private:*.corp'], { resolve: async () => ['169.254.169.254'] });
    expect((await open('metadata.corp:80')).answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('gains nothing by changing its answer: it is asked once, and that address is dialled', async () => {
    const port = await serve(shouting());
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    await start([`private:rebind.test:${port}`], { resolve: async () => answers.shift() ?? [] });
    expect(await through(`rebind.test:${port}`, 'hello')).toBe('HELLO');
    expect(answers).toEqual([['127.0.0.2']]);
  });
});

describe('caps', () => {
  test('end what is under way and refuse all that comes after', async () => {
    const port = await serve(shouting());
    await start([`127.0.0.1:${port}`], { caps: { up: 10, down: 1000 } });
    const { socket } = await open(`127.0.0.1:${port}`);
    socket.on('error', () => undefined);
    socket.write('0123456789more');
    await once(socket, 'close');
    expect((await open(`127.0.0.1:${port}`)).answer).toMatch(/^HTTP\/1\.1 403 .*More than the 10 bytes/s);
    await egress.close();
    expect(passages.map(({ verdict }) => verdict)).toEqual(['too-much', 'too-much']);
    await start([]);
  });

  test('hold for what comes in', async () => {
    const port = await serve(createHttpServer((_request, response) => response.end('x'.repeat(5000))));
    await start([`127.0.0.1:${port}`], { caps: { up: 10_000, down: 2000 } });
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});

test('a folder may be as deep as it likes', async () => {
  folder = join(folder, 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(folder, { recursive: true });
  await start([]);
  expect(readdirSync(folder)).toEqual([SOCKET_NAME]);
  await egress.close();
  expect(readdirSync(folder)).toEqual([]);
  await start([]);
});
