/** How an answer leaves: whole, or with what can happen to its bytes on the way. */
import { once } from 'node:events';
import type { Clock } from '../clock.ts';
import type { Place, WireFault } from '../reaction.ts';
import type { Exchange } from './exchange.ts';

/** One event of a stream. */
export interface Piece {
  type: string;
  text: string;
  /** It carries the result. */
  isLast?: boolean;
}

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream; charset=utf-8';
const DRIP_EVERY_MS = 20;

export async function deliverText(
  exchange: Exchange,
  clock: Clock,
  body: string,
  fault: WireFault | null,
): Promise<void> {
  if (!fault) return void exchange.text(200, JSON_TYPE, body);
  if (fault.kind === 'truncated') return void exchange.text(200, JSON_TYPE, half(body));
  if ('at' in fault && fault.at === 'start') return breakOff(exchange, fault);
  exchange.head(200, { 'content-type': JSON_TYPE, 'content-length': String(Buffer.byteLength(body)) });
  if (fault.kind === 'drip') return drip(exchange, clock, body, fault).then(() => void exchange.response.end());
  if (fault.at === 'headers') exchange.response.flushHeaders();
  else await write(exchange, half(body));
  return breakOff(exchange, fault);
}

export async function deliverEvents(
  exchange: Exchange,
  clock: Clock,
  events: AsyncIterable<Piece>,
  fault: WireFault | null,
): Promise<void> {
  const { response } = exchange;
  if (fault && isAt(fault, 'start')) return breakOff(exchange, fault);
  exchange.head(200, { 'content-type': EVENTS_TYPE, 'cache-control': 'no-cache' });
  response.flushHeaders();
  if (fault && isAt(fault, 'headers')) return breakOff(exchange, fault);
  let sent = 0;
  for await (const piece of events) {
    if (response.destroyed) return;
    if (fault && isAt(fault, 'body') && sent === 1) {
      await write(exchange, half(piece.text));
      return breakOff(exchange, fault);
    }
    if (fault?.kind === 'truncated' && piece.isLast) return void response.end(half(piece.text));
    if (fault?.kind === 'drip') await drip(exchange, clock, piece.text, fault);
    else if (fault) await write(exchange, piece.text);
    else response.write(piece.text);
    sent += 1;
    if (fault && 'at' in fault && isAfter(fault.at, piece, sent)) return breakOff(exchange, fault);
  }
  response.end();
}

const isAt = (fault: WireFault, place: Place): boolean => 'at' in fault && fault.at === place;

function isAfter(at: Place, { type }: Piece, sent: number): boolean {
  if (at === 'named') return sent === 1;
  return typeof at === 'object' && (at.after === sent || at.after === type);
}

/** A reset where nothing was sent; elsewhere the end of the connection, so that what was sent arrives. Or nothing more, for ever. */
async function breakOff({ request, response }: Exchange, fault: WireFault): Promise<void> {
  if (fault.kind === 'stall') {
    if (!response.destroyed) await once(response, 'close');
  } else if (response.headersSent) {
    // The end of a half-closed connection comes behind what was written.
    request.socket.destroySoon();
  } else {
    request.socket.resetAndDestroy();
  }
}

async function drip(
  exchange: Exchange,
  clock: Clock,
  text: string,
  { bytes = 1, everyMs = DRIP_EVERY_MS }: Extract<WireFault, { kind: 'drip' }>,
): Promise<void> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length && !exchange.response.destroyed; at += bytes) {
    await write(exchange, whole.subarray(at, at + bytes));
    await clock.sleep(everyMs);
  }
}

/** Resolves once it has left the process. */
const write = ({ response }: Exchange, chunk: string | Buffer): Promise<void> =>
  new Promise((resolve) => response.write(chunk, () => resolve()));

/** Ends inside the JSON, whatever it is. */
const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2));
