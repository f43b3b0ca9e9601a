/** Bodies that are no response, with status 200: what a proxy or a broken gateway sends. */
import { once } from 'node:events';
import type { Exchange } from '../http/exchange.ts';
import type { Reaction } from '../reaction.ts';

const WEB_PAGE = '<!doctype html><title>stand-in</title><p>[stand-in] This is a web page, not a response.</p>';
const CHUNK_BYTES = 65_536;

type Garbage = Extract<Reaction, { kind: 'garbage' }>;

export const bodyOf = ({ body = WEB_PAGE }: Garbage): string => body;

export async function garbage(exchange: Exchange, reaction: Garbage): Promise<void> {
  const { contentType = 'text/html', bytes } = reaction;
  const body = bodyOf(reaction);
  if (bytes === undefined) return void exchange.text(200, contentType, body);
  const { response } = exchange;
  exchange.head(200, { 'content-type': contentType, 'content-length': String(bytes) });
  const text = Buffer.from(body === '' ? ' ' : body);
  const chunk = Buffer.alloc(Math.max(CHUNK_BYTES, text.length), text);
  const gone = once(response, 'close');
  for (let left = bytes; left > 0 && !response.destroyed; left -= chunk.length) {
    const hasRoom = response.write(chunk.subarray(0, left));
    if (!hasRoom) await Promise.race([once(response, 'drain'), gone]);
  }
  response.end();
}
