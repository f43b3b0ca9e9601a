/**
 * Sends a body that is written down already, and reads the answer as a whole. Address and headers are the `openai` client's, asked for once;
 * what fails is thrown as the client throws it. Its own request takes twice the CPU: it makes all of this anew for every call.
 */
import { APIConnectionError, APIConnectionTimeoutError, APIError, type OpenAI } from 'openai';

export interface Posted {
  data: unknown;
  headers: Headers;
}

export type Post = (
  body: string,
  options: { headers?: Record<string, string>; signal: AbortSignal },
) => Promise<Posted>;

export interface PostParts {
  client: OpenAI;
  fetch: typeof fetch;
  /** From the request to the last byte. */
  totalMs: number;
}

/** What the connection throws when nothing came in time. */
const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'];

export function postTo(path: string, { client, fetch, totalMs }: PostParts): Post {
  let known: Promise<Target> | null = null;
  return async (body, { headers = {}, signal }) => {
    const target = await (known ??= targetOf(client, path));
    const deadline = deadlineOf(signal, totalMs);
    try {
      const init = { method: 'POST', headers: { ...target.headers, ...headers }, body, signal: deadline.signal };
      const response = await fetch(target.url, init).catch((error: unknown) => {
        throw toConnectionError(error);
      });
      if (!response.ok) throw await toApiError(response);
      return { data: await dataOf(response), headers: response.headers };
    } finally {
      deadline.end();
    }
  };
}

interface Target {
  url: string;
  headers: Record<string, string>;
}

async function targetOf(client: OpenAI, path: string): Promise<Target> {
  const { url, req } = await client.buildRequest({ method: 'post', path, body: {} });
  return { url, headers: Object.fromEntries(req.headers) };
}

/** Aborts with `signal`, or when `ms` have passed. */
function deadlineOf(signal: AbortSignal, ms: number): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const timer = setTimeout(() => controller.abort(new APIConnectionTimeoutError()), ms);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    },
  };
}

function toConnectionError(error: unknown): APIConnectionError {
  if (error instanceof APIConnectionError) return error;
  const { cause } = error as { cause?: { code?: string } };
  if (TIMEOUTS.includes(cause?.code ?? '')) return Object.assign(new APIConnectionTimeoutError(), { cause: error });
  return new APIConnectionError({ cause: error as Error });
}

async function toApiError(response: Response): Promise<APIError> {
  const text = await response.text().catch((error: unknown) => String(error));
  const told = jsonOf(text);
  return APIError.generate(response.status, told, told === undefined ? text : undefined, response.headers);
}

function jsonOf(text: string): object | undefined {
  try {
    return (JSON.parse(text) as object | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A text where the answer does not say that it is JSON. */
async function dataOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const text = await response.text();
  return type.includes('application/json') || type.endsWith('+json') ? (JSON.parse(text) as unknown) : text;
}
