/**
 * The stand-in model server: speaks the Responses API on loopback and answers by rules. It is not a language model and says so in every
 * answer. Routes: create (foreground, background, streamed), retrieve, cancel, models; `/stand-in/log` lists what was created.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CATALOGUE, figuresOf } from '../catalogue.ts';
import { answer } from './mind.ts';
import type { Reaction, Script } from './reaction.ts';
import { RequestSchema, type StandInRequest } from './request.ts';
import { RequestLog } from './request-log.ts';
import { endedResponse, pendingResponse, type ResponseObject, STAND_IN_NAME } from './response-object.ts';

export interface StandInOptions {
  port?: number;
  /** How long each answer takes. */
  latencyMs?: number;
  script?: Script;
}

export interface StandIn {
  /** For `OPENAI_BASE_URL`. */
  baseUrl: string;
  log: RequestLog;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 64_000_000;

export async function startStandIn({
  port = 0,
  latencyMs = 0,
  script = () => null,
}: StandInOptions = {}): Promise<StandIn> {
  const log = new RequestLog();
  const responses = new Map<string, ResponseObject>();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendError(response, 500, 'server_error', String(error));
      else response.destroy();
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://stand-in').pathname;
    const [, id, verb] = /^\/v1\/responses\/([^/]+)(?:\/(cancel))?$/.exec(path) ?? [];
    if (path === '/stand-in/log') return void sendJson(response, 200, log.creates);
    if (!request.headers.authorization)
      return void sendError(response, 401, 'invalid_api_key', 'No API key was given; any will do.');
    if (request.method === 'GET' && path === '/v1/models') return void sendJson(response, 200, modelList());
    if (request.method === 'POST' && path === '/v1/responses') return create(await bodyOf(request), response);
    if (id !== undefined && verb === 'cancel') return void cancel(id, response);
    if (id !== undefined && request.method === 'GET') return void retrieve(id, response);
    return void sendError(response, 404, 'not_found', `The stand-in has no ${request.method} ${path}.`);
  }

  async function create(body: string, response: ServerResponse): Promise<void> {
    const parsed = RequestSchema.safeParse(parseJson(body));
    if (!parsed.success)
      return void sendError(response, 400, 'invalid_request', parsed.error.issues[0]?.message ?? 'not a request');
    const request = parsed.data;
    if (!figuresOf(request.model))
      return void sendError(response, 404, 'model_not_found', `The model "${request.model}" does not exist.`);
    const callKey = request.metadata?.['call_key'] ?? '';
    const before = log.count(callKey);
    const logged = log.add(callKey, request.model, body);
    const reaction = (await script({ request, callKey, before })) ?? { kind: 'answer' };
    if (reaction.kind === 'error')
      return void sendError(
        response,
        reaction.status,
        reaction.code,
        'The stand-in was told to fail.',
        reaction.headers,
      );
    if (reaction.kind === 'cut' && reaction.at === 'start') return void response.destroy();
    logged.isServed = true;
    if (reaction.kind === 'garbage')
      return void response.writeHead(200, { 'content-type': reaction.contentType }).end(reaction.body);

    const pending = pendingResponse(request);
    if (request.background) responses.set(pending.id, pending);
    const ending = end(pending, request, reaction);
    if (request.stream) return stream(response, pending, reaction, ending);
    return void sendJson(response, 200, request.background ? pending : await ending);
  }

  async function end(pending: ResponseObject, request: StandInRequest, reaction: Reaction): Promise<ResponseObject> {
    if (latencyMs > 0) await sleep(latencyMs, undefined, { ref: false });
    const stored = responses.get(pending.id);
    if (stored?.status === 'cancelled') return stored;
    const utterance = (reaction.kind === 'answer' ? reaction.utterance : undefined) ?? answer(request);
    const ended = endedResponse(pending, request, reaction, utterance);
    if (stored) responses.set(pending.id, ended);
    return ended;
  }

  function retrieve(id: string, response: ServerResponse): void {
    const stored = responses.get(id);
    if (!stored) return void sendError(response, 404, 'not_found', `There is no response "${id}".`);
    return void sendJson(response, 200, stored);
  }

  /** Cancelling twice is cancelling once; what has ended stays as it is. */
  function cancel(id: string, response: ServerResponse): void {
    const stored = responses.get(id);
    if (stored?.status === 'queued') responses.set(id, { ...stored, status: 'cancelled' });
    return void retrieve(id, response);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${bound}/v1`, log, close: () => close(server) };
}

/** Server-sent events in the provider's order; each carries a sequence number. */
async function stream(
  response: ServerResponse,
  pending: ResponseObject,
  reaction: Reaction,
  ending: Promise<ResponseObject>,
): Promise<void> {
  let sequence = 0;
  const send = (type: string, event: Record<string, unknown>): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...event })}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send('response.created', { response: pending });
  if (reaction.kind === 'cut') {
    await sleep(10);
    return void response.destroy();
  }
  send('response.in_progress', { response: { ...pending, status: 'in_progress' } });
  const ended = await ending;
  for (const [output_index, item] of ended.output.entries()) send('response.output_item.done', { output_index, item });
  send(`response.${ended.status === 'cancelled' ? 'completed' : ended.status}`, { response: ended });
  response.end();
}

function modelList() {
  const data = CATALOGUE.map(({ id, shutdown }) => ({
    id,
    object: 'model',
    created: 0,
    owned_by: STAND_IN_NAME,
    shutdown_date: shutdown,
  }));
  return { object: 'list', data };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BODY_BYTES) throw new Error(`A request may have ${MOST_BODY_BYTES} bytes.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, { error: { message: `[stand-in] ${message}`, type: code, param: null, code } }, headers);
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
