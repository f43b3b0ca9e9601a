/**
 * The `openai` client as we use it: `maxRetries: 0`, for Temporal is the only one that retries, and a deadline for every wait. Three of them:
 * plain calls go over the lean fetch, streams and files over the default one. Paid calls that are not streamed are posted past the client.
 */
import { OpenAI } from 'openai';
import { leanFetch } from '../lean-fetch.ts';
import { type Post, postTo } from './post.ts';

export interface ClientSettings {
  apiKey: string;
  baseUrl: string;
}

export interface Clients {
  plain: OpenAI;
  streaming: OpenAI;
  /** What is sent as a form, or read piece by piece. */
  files: OpenAI;
  postTo: (path: string) => Post;
}

/** A text is sent as it is, where it says what it is. */
export const JSON_BODY = { 'content-type': 'application/json' };

/** From the request to the last byte; of a file, to the first one that comes back. A foreground call is bounded by this; a background one by its Activity. */
const TOTAL_MS = 1_200_000;
const STREAM_HEADERS_MS = 120_000;
/** One lean pool for the whole process: connections are shared by providers of one address. */
const fetchPlain = leanFetch();

export function openClients({ apiKey, baseUrl }: ClientSettings): Clients {
  // Logging would print what a model said, as it came.
  const common = { apiKey, baseURL: baseUrl, maxRetries: 0, logLevel: 'off' as const };
  const plain = new OpenAI({ ...common, timeout: TOTAL_MS, fetch: fetchPlain });
  return {
    plain,
    streaming: new OpenAI({ ...common, timeout: STREAM_HEADERS_MS }),
    files: new OpenAI({ ...common, timeout: TOTAL_MS }),
    postTo: (path) => postTo(path, { client: plain, fetch: fetchPlain, totalMs: TOTAL_MS }),
  };
}
