/**
 * A Temporal server as a managed service shows it: all passes through to a real server, save the operator's door, which is not there. That
 * answer is what a server without the service gives: gRPC over HTTP/2, trailers alone, status 12.
 */
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

const OPERATOR = 'temporal.api.operatorservice.v1.OperatorService';
const REFUSAL = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '12',
  'grpc-message': `unknown service ${OPERATOR}`,
};

export interface ManagedService {
  address: string;
  /** How often the operator's door was tried. */
  refusals: number;
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

export async function managedServiceOver(address: string): Promise<ManagedService> {
  const upstream = connect(`http://${address}`);
  const proxy = createServer();
  const sessions = new Set<ServerHttp2Session>();
  const service = { address: '', refusals: 0 };
  proxy.on('session', (session) => sessions.add(session));
  proxy.on('stream', (stream, headers) => {
    // A caller that goes away resets its streams.
    stream.on('error', () => undefined);
    if (!headers[':path']?.startsWith(`/${OPERATOR}/`)) return pass(stream, headers, upstream);
    service.refusals += 1;
    return stream.respond(REFUSAL, { endStream: true });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  service.address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  closers.push(() => {
    for (const session of sessions) session.destroy();
    upstream.destroy();
    proxy.close();
  });
  return service;
}

function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const request = upstream.request(headers);
  let trailers: IncomingHttpHeaders = {};
  request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  request.once('trailers', (sent: IncomingHttpHeaders) => (trailers = sent));
  request.once('response', (answer, flags) => {
    if (stream.destroyed) return;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(answer, { endStream: isWhole, waitForTrailers: !isWhole });
    if (!isWhole) request.pipe(stream);
  });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.once('close', () => request.close());
  stream.pipe(request);
}
