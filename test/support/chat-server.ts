/** A server of chat/completions that answers what a test says, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { z } from 'zod';

/** What is answered; `cut` ends the connection in the middle of the body, `never` says nothing. */
export interface ChatAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  end?: 'whole' | 'cut' | 'never';
}

const MessageSchema = z.looseObject({ role: z.string(), content: z.unknown() });
const BodySchema = z.looseObject({ model: z.string(), messages: z.array(MessageSchema) });
export type ChatBody = z.infer<typeof BodySchema>;

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

/** `answers` are given in order, the last one again and again; `models` is what `GET /models` says. */
export async function chatServer(answers: ChatAnswer[], models: ChatAnswer = { status: 404 }) {
  const asked: ChatBody[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const piece of request) text += String(piece);
    if (request.url === '/v1/models') return void send(response, models);
    if (request.url !== '/v1/chat/completions') return void send(response, { status: 404, body: {} });
    asked.push(BodySchema.parse(JSON.parse(text)));
    headers.push(request.headers);
    send(response, answers[Math.min(asked.length, answers.length) - 1] ?? {});
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  closers.push(close);
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked, headers, close };
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', end = 'whole' }: ChatAnswer): void {
  if (end === 'never') return;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const length = { 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  if (end === 'whole') return void response.end(text);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

export const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

/** A completion; `message` and what stands beside it can be changed. */
export const completion = (message: Record<string, unknown>, change: Record<string, unknown> = {}): ChatAnswer => {
  const { finish_reason = 'stop', ...rest } = change;
  const choice = { index: 0, finish_reason, message: { role: 'assistant', content: null, ...message } };
  const base = { id: 'chatcmpl-1', object: 'chat.completion', model: 'local-model', choices: [choice], usage: USAGE };
  return { body: { ...base, ...rest } };
};

export const saysText = (content: string): ChatAnswer => completion({ content });

export const toolCall = (id: string, args: string, beside: Record<string, unknown> = {}) => ({
  id,
  type: 'function',
  function: { name: 'search', arguments: args },
  ...beside,
});
