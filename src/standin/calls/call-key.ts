/** By what a call is known in the log: `call_key` in its metadata, or the id that the client gave its request. */
import type { IncomingHttpHeaders } from 'node:http';

export function callKeyOf(body: unknown, headers: IncomingHttpHeaders = {}): string | undefined {
  const { metadata } = (body ?? {}) as { metadata?: Record<string, unknown> | null };
  const key = metadata?.['call_key'] ?? headers['x-client-request-id'];
  return typeof key === 'string' ? key : undefined;
}
