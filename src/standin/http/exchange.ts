/** One request and its answer: the body that was sent, its hash, and the headers that every answer of the provider has. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid } from './api-error.ts';

const MOST_BODY_BYTES = 64_000_000;

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parts of the path that the route names. */
  params: string[] = [];
  /** Of the body; null before it was read. */
  digest: string | null = null;
  /** Of the body, in bytes. */
  size = 0;
  /** Headers that stand on the answer beside those of every answer. */
  readonly headers: Record<string, string> = {};
  readonly #startedAt = performance.now();

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    this.path = path;
    this.query = new URLSearchParams(query);
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  async bytes(most = MOST_BODY_BYTES): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > most) throw new ApiError({ status: 413, message: `A request may have ${most} bytes.` });
    }
    const body = Buffer.concat(chunks);
    this.size = size;
    this.digest = createHash('sha256').update(body).digest('hex');
    return body;
  }

  async body(): Promise<unknown> {
    const text = (await this.bytes()).toString('utf8');
    try {
      return JSON.parse(text);
    } catch {
      throw invalid(null, null, 'We could not parse the JSON body of your request. It has to be valid JSON.');
    }
  }

  /** The head of an answer, with what is known of the time that it took. */
  head(status: number, headers: Record<string, string>): void {
    this.response.writeHead(status, {
      'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
      'openai-processing-ms': String(Math.round(performance.now() - this.#startedAt)),
      ...this.headers,
      ...headers,
    });
  }

  text(status: number, contentType: string, text: string, headers: Record<string, string> = {}): void {
    this.head(status, {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    });
    this.response.end(text);
  }

  json(value: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.text(status, 'application/json', JSON.stringify(value), headers);
  }

  fail(error: unknown): void {
    if (this.response.headersSent) return void this.response.destroy();
    const told =
      error instanceof ApiError
        ? error
        : new ApiError({ status: 500, message: `A defect of the stand-in: ${String(error)}` });
    this.json(told.body, told.status, told.headers);
  }
}
