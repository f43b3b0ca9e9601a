/**
 * The only way out of a pod: a proxy on the host, behind a unix socket in a folder of that pod's. CONNECT for TLS, absolute URIs for plain http.
 * 1. Nothing is dialled that `addressesOf` did not allow, and nothing but the addresses that it saw.
 * 2. Each request of a connection is judged by itself; redirects are the client's to follow, and so are judged again.
 * 3. What is said inside TLS is not seen: an allowed host can be told anything, within the caps.
 */
import { once } from 'node:events';
import { chmod, open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SOCKET_NAME } from '../inside/bridge.ts';
import { hostOf, parseAllowEntry, type Target } from './allow-list.ts';
import { dial } from './dial.ts';
import { forward } from './forward.ts';
import { addressesOf, type Resolve, resolveBySystem } from './judge.ts';
import { Meter, type Traffic, TrafficExceeded } from './meter.ts';
import { EgressRefusal, type RefusalVerdict, toRefusal } from './refusal.ts';

export interface EgressOptions {
  /** Belongs to one pod, which sees it read-only. The socket is made in it. */
  folder: string;
  allowHosts: readonly string[];
  /** Over the life of the pod. */
  caps?: Traffic;
  /** Called once for each connection or request, at its end. */
  onPassage?: (passage: Passage) => void;
  resolve?: Resolve;
}

export interface Passage extends Target, Traffic {
  verdict: 'allowed' | RefusalVerdict;
}

export interface Egress {
  /** Ends what passes and takes the socket away. May be called again. */
  close(): Promise<void>;
}

/** Enough for the dependencies of a large project to come in, and for no archive of a machine to leave. */
export const EGRESS_CAPS: Traffic = { up: 64 * 2 ** 20, down: 4 * 2 ** 30 };
const CONNECTIONS_AT_ONCE = 256;

/** Throws `AllowEntryInvalid`. */
export async function startEgress(options: EgressOptions): Promise<Egress> {
  const entries = options.allowHosts.map(parseAllowEntry);
  const meter = new Meter(options.caps ?? EGRESS_CAPS);
  const server = createServer();
  const sockets = new Set<Socket>();
  const enter = async (target: Target): Promise<Socket> => {
    meter.assertLeft();
    const socket = await dial(await addressesOf(entries, target, options.resolve ?? resolveBySystem), target.port);
    return follow(sockets, socket);
  };
  const tell = options.onPassage ?? (() => undefined);
  server.maxConnections = CONNECTIONS_AT_ONCE;
  server.on('connection', (socket: Socket) => follow(sockets, socket));
  server.on('connect', (request, client, head) => void tunnel({ request, client, head }, { enter, meter }).then(tell));
  server.on('request', (request, response) => void pass(request, response, { enter, meter }).then(tell));
  const path = join(options.folder, SOCKET_NAME);
  await rm(path, { force: true });
  // The path of a socket ends at 107 bytes (unix(7)), that of a folder does not: so it goes through the open folder. A server that
  // closes removes that path again, so until then the number must belong to nobody else.
  const opened = await open(options.folder, 'r');
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
    await opened.close();
    await rm(path, { force: true });
  };
  try {
    server.listen(`/proc/self/fd/${opened.fd}/${SOCKET_NAME}`);
    await once(server, 'listening');
    // The pod's user is not ours: who may connect is decided by who reaches the folder.
    await chmod(path, 0o666);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Remembers a socket until it is closed. What goes wrong with it is told by the streams that it is part of. */
function follow(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.on('error', () => undefined);
  return socket;
}

interface Ways {
  enter: (target: Target) => Promise<Socket>;
  meter: Meter;
}

interface Tunnel {
  request: IncomingMessage;
  client: Duplex;
  /** What the client sent without waiting for an answer. */
  head: Buffer;
}

async function tunnel({ request, client, head }: Tunnel, { enter, meter }: Ways): Promise<Passage> {
  const passage = nothingPassed();
  try {
    const upstream = await enter(Object.assign(passage, connectTarget(request.url ?? '')));
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) client.unshift(head);
    passage.verdict = await relay(client, upstream, { meter, passage });
  } catch (error) {
    const { verdict, status, message } = toRefusal(error);
    passage.verdict = verdict;
    client.end(
      `HTTP/1.1 ${status.code} ${status.text}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`,
    );
  }
  return passage;
}

/** Until both directions have ended. Either side may hang up as it likes; only a cap makes that a refusal, which nobody is left to hear. */
async function relay(
  client: Duplex,
  upstream: Socket,
  { meter, passage }: { meter: Meter; passage: Passage },
): Promise<Passage['verdict']> {
  const ends = await Promise.allSettled([
    pipeline(client, meter.stream('up', passage), upstream),
    pipeline(upstream, meter.stream('down', passage), client),
  ]);
  const isTooMuch = ends.some((end) => end.status === 'rejected' && end.reason instanceof TrafficExceeded);
  return isTooMuch ? 'too-much' : 'allowed';
}

async function pass(request: IncomingMessage, response: ServerResponse, { enter, meter }: Ways): Promise<Passage> {
  const passage = nothingPassed();
  try {
    const { url, target } = httpTarget(request.url ?? '');
    const upstream = await enter(Object.assign(passage, target));
    try {
      await forward({ request, response, url, upstream, meter, passed: passage });
    } finally {
      upstream.destroy();
    }
  } catch (error) {
    const refusal = toRefusal(error);
    passage.verdict = refusal.verdict;
    if (response.headersSent) response.destroy();
    else
      response
        .writeHead(refusal.status.code, { 'content-type': 'text/plain', connection: 'close' })
        .end(`${refusal.message}\n`);
  }
  return passage;
}

const nothingPassed = (): Passage => ({ host: '', port: 0, up: 0, down: 0, verdict: 'allowed' });

function connectTarget(authority: string): Target {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(authority) ?? [];
  const host = hostOf(name);
  if (host === null) throw new EgressRefusal('not-understood', 'CONNECT asks for a host and a port');
  return { host, port: Number(port) };
}

function httpTarget(uri: string): { url: URL; target: Target } {
  const url = URL.parse(uri);
  const host = url?.protocol === 'http:' ? hostOf(url.hostname) : null;
  if (url === null || host === null) {
    throw new EgressRefusal('not-understood', 'This is a proxy: it takes absolute http URIs, and CONNECT for all else');
  }
  return { url, target: { host, port: Number(url.port || 80) } };
}
