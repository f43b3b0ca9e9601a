/**
 * OpenAI's Responses API behind the port. Background calls are created as a stream: its first event names the response,
 * its last one carries the result; when the stream is cut or falls silent, the response is asked for by id.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { APIError } from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Stream } from 'openai/streaming';
import type { AskedRequest, ModelReply, ModelRequest } from '../../contracts/model.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import { type CreateHooks, type ModelProvider, ProviderFailure, type WireCall } from '../port.ts';
import { openBatchLane } from './batches.ts';
import { toBody } from './body.ts';
import { type ClientSettings, JSON_BODY, openClients } from './client.ts';
import { countTokens } from './count.ts';
import { toAskingFailure, toModelFailure } from './failures.ts';
import { limitsOf } from './limits.ts';
import { listModels } from './models.ts';
import { isPending, parseResponse, toReply } from './response.ts';

/** How long a stream may be silent before the response is asked for by id; reasoning can be silent for minutes. */
const SILENCE_MS = 60_000;
const FIRST_POLL_MS = 250;
const SLOWEST_POLL_MS = 2_000;

export function responsesProvider(settings: ClientSettings): ModelProvider {
  const clients = openClients(settings);
  const { plain, streaming, postTo } = clients;
  const post = postTo('/responses');

  const encode = (request: ModelRequest): string => JSON.stringify(toBody(request));

  async function create(call: WireCall, hooks: CreateHooks): Promise<ModelReply> {
    try {
      return await (call.request.background ? createInBackground(call, hooks) : createInForeground(call, hooks));
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      if (cause instanceof APIError) hooks.onLimits?.(limitsOf(cause.headers as Headers | undefined));
      throw error;
    }
  }

  async function createInForeground({ request, body }: WireCall, hooks: CreateHooks): Promise<ModelReply> {
    const { signal } = hooks;
    try {
      const { data, headers } = await post(body, { signal });
      hooks.onLimits?.(limitsOf(headers));
      return toReply(parseResponse(data, request.model), request);
    } catch (error) {
      signal.throwIfAborted();
      throw toModelFailure(error, request.model);
    }
  }

  async function createInBackground({ request, body }: WireCall, hooks: CreateHooks): Promise<ModelReply> {
    const { onIdentified, onLimits, signal } = hooks;
    let responseId: string | undefined;
    let identified: Promise<void> | undefined;
    const silence = silenceWatch(signal);
    try {
      const asked = streaming.post<Stream<ResponseStreamEvent>>('/responses', {
        body: streamed(body),
        headers: JSON_BODY,
        stream: true,
        signal: silence.signal,
      });
      const { data: stream, response: headers } = await asked.withResponse();
      onLimits?.(limitsOf(headers.headers));
      for await (const event of stream) {
        silence.reset();
        if (!('response' in event)) continue;
        const response = parseResponse(event.response, request.model);
        if (responseId === undefined) {
          responseId = response.id;
          // Written while the model thinks; awaited before anything is made of the answer.
          identified = onIdentified(responseId);
          identified.catch(() => undefined);
        }
        if (!isPending(response)) {
          await identified;
          return toReply(response, request);
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TypedFailure && !(error instanceof ProviderFailure)) throw error;
      const failure = toModelFailure(error, request.model);
      const isEnded = typeof failure.billed === 'object';
      if (responseId === undefined || isEnded) throw failure;
    } finally {
      silence.stop();
    }
    await identified;
    if (responseId !== undefined) return retrieve(responseId, request, signal);
    throw new ProviderFailure(
      'ModelNotUnderstood',
      `The stream of ${request.model} ended before it named a response.`,
      'unknown',
    );
  }

  async function retrieve(responseId: string, request: AskedRequest, signal: AbortSignal): Promise<ModelReply> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 1.5, SLOWEST_POLL_MS)) {
      const response = await ask(responseId, request, signal);
      if (!isPending(response)) return toReply(response, request);
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async function ask(responseId: string, { model }: AskedRequest, signal: AbortSignal) {
    try {
      return parseResponse(await plain.responses.retrieve(responseId, {}, { signal }), model);
    } catch (error) {
      signal.throwIfAborted();
      throw toAskingFailure(error, model, `the response ${responseId}`);
    }
  }

  async function cancel(responseId: string, signal: AbortSignal): Promise<void> {
    try {
      await plain.responses.cancel(responseId, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw toAskingFailure(error, `response ${responseId}`, 'it');
    }
  }

  const count = (call: WireCall, signal: AbortSignal) => countTokens(plain, call, signal);
  const models = (signal: AbortSignal) => listModels(plain, signal);

  return { encode, create, retrieve, cancel, count, models, batches: openBatchLane(clients) };
}

/** The body is an object that is not empty: `encode` made it. */
const streamed = (body: string): string => `${body.slice(0, -1)},"stream":true}`;

/** Aborts when nothing came for a while, or when `outer` aborts. */
function silenceWatch(outer: AbortSignal): { signal: AbortSignal; reset: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('the stream fell silent')), SILENCE_MS).unref();
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    reset: () => timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
