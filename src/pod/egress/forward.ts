/** Plain http by absolute URI: one request, one connection to the address that was judged, one response. */
import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as send,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Meter, Traffic } from './meter.ts';

/** About one connection only (RFC 9110 §7.6.1), or settled by this server before it calls us. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

export interface Forwarded {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  upstream: Socket;
  meter: Meter;
  passed: Traffic;
}

/** Rejects where it breaks off; whether the client was answered by then is what `response.headersSent` says. */
export async function forward({ request, response, url, upstream, meter, passed }: Forwarded): Promise<void> {
  const path = `${url.pathname}${url.search}`;
  meter.count('up', path.length + sizeOf(request.rawHeaders), passed);
  const outgoing = send({
    createConnection: () => upstream,
    method: request.method,
    path,
    // The Host is the one that was judged, whatever the client wrote.
    headers: { ...withoutHops(request.headers), host: url.host, connection: 'close' },
  });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const sent = pipeline(request, meter.stream('up', passed), outgoing);
  // A server may answer before it has read everything, and hang up.
  const [incoming] = await Promise.race([answered, sent.then(() => answered)]);
  meter.count('down', sizeOf(incoming.rawHeaders), passed);
  const { 'transfer-encoding': _framing, ...headers } = withoutHops(incoming.headers);
  response.writeHead(incoming.statusCode ?? 502, headers);
  await Promise.all([pipeline(incoming, meter.stream('down', passed), response), sent]);
}

function withoutHops(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

const sizeOf = (rawHeaders: string[]): number => rawHeaders.reduce((sum, { length }) => sum + length, 0);
