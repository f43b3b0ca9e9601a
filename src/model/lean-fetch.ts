/**
 * `fetch` for plain calls over undici's pool, at less than half the CPU of the default one: no streams of the web, no copies, one body read.
 * Whatever is streamed stays with the default. Bodies are bounded: a provider gone wild does not fill our memory.
 */
import { Agent } from 'undici';
import { PlainExchange, type PlainHead } from './plain-exchange.ts';

export interface Deadlines {
  connectMs: number;
  /** To the first byte of an answer; reasoning can take many minutes. Node's own limit for it is 300 s. */
  firstByteMs: number;
  /** Between two pieces of a body. */
  stallMs: number;
}

export const DEADLINES: Deadlines = { connectMs: 10_000, firstByteMs: 900_000, stallMs: 60_000 };

const MOST_BODY_BYTES = 32_000_000;

/** The part of `fetch` that the `openai` client uses for a plain call; anything else is refused. */
export function leanFetch({ connectMs, firstByteMs, stallMs }: Deadlines = DEADLINES): typeof fetch {
  const agent = new Agent({
    connect: { timeout: connectMs },
    headersTimeout: firstByteMs,
    bodyTimeout: stallMs,
    connections: 256,
    pipelining: 1,
  });
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { body, signal = null } = init;
    if (body != null && typeof body !== 'string') throw new TypeError('Only texts are sent by the lean fetch.');
    signal?.throwIfAborted();
    const exchange = new PlainExchange(MOST_BODY_BYTES, signal);
    const asked = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: init.method ?? 'GET',
      headers: headersOf(init.headers),
      body: body ?? null,
    };
    agent.dispatch(asked, exchange);
    const head = await exchange.head.catch((error: unknown) => {
      signal?.throwIfAborted();
      // As the default one throws it, for whoever looks for the code of a connection that failed.
      throw new TypeError('fetch failed', { cause: error });
    });
    return new PlainResponse(head, exchange, url.href) as unknown as Response;
  };
}

function headersOf(headers: RequestInit['headers']): Record<string, string> {
  if (headers instanceof Headers || Array.isArray(headers)) return Object.fromEntries(headers);
  return { ...(headers as Record<string, string> | undefined) };
}

/** An answer that is read as a whole. */
class PlainResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly statusText = '';
  readonly headers: PlainHeaders;
  readonly url: string;
  readonly #exchange: PlainExchange;

  constructor({ status, headers }: PlainHead, exchange: PlainExchange, url: string) {
    this.#exchange = exchange;
    this.url = url;
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.headers = new PlainHeaders(headers);
  }

  /** The client cancels what it does not read. */
  get body(): { cancel: () => Promise<void> } {
    return { cancel: async () => this.#exchange.drop() };
  }

  text(): Promise<string> {
    return this.#exchange.text;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }
}

/** Headers as they came, by their lower-case names: what the client and we read of them. */
class PlainHeaders {
  readonly #headers: PlainHead['headers'];

  constructor(headers: PlainHead['headers']) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : (value ?? null);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  *entries(): Generator<[string, string]> {
    for (const name of Object.keys(this.#headers)) yield [name, this.get(name) ?? ''];
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}
