/**
 * OpenAI's Responses API behind the port. Background calls are created as a stream: its first event names the response,
 * its last one carries the result; when the stream is cut or falls silent, the response is asked for by id.
 * `maxRetries: 0`: Temporal is the only one that retries.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenAI } from 'openai';
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import type { ModelReply, ModelRequest } from '../../contracts/model.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import { type CreateHooks, type ModelProvider, ProviderFailure } from '../port.ts';
import { toModelFailure } from './failures.ts';
import { isPending, parseResponse, toReply } from './response.ts';

export interface OpenAISettings {
  apiKey: string;
  baseUrl?: string | undefined;
}

/** How long a stream may be silent before the response is asked for by id; reasoning can be silent for minutes. */
const SILENCE_MS = 60_000;
const FIRST_POLL_MS = 250;
const SLOWEST_POLL_MS = 2_000;
/** A foreground call answers within this time or is given up. Background calls are bounded by their Activity. */
const FOREGROUND_TIMEOUT_MS = 240_000;

export function openAIProvider({ apiKey, baseUrl }: OpenAISettings): ModelProvider {
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl ?? null,
    maxRetries: 0,
    timeout: FOREGROUND_TIMEOUT_MS,
    // It would print what a model said, as it came.
    logLevel: 'off',
  });

  async function create(request: ModelRequest, hooks: CreateHooks): Promise<ModelReply> {
    return request.background ? createInBackground(request, hooks) : createInForeground(request, hooks);
  }

  async function createInForeground(request: ModelRequest, { signal }: CreateHooks): Promise<ModelReply> {
    try {
      const response = await client.responses.create({ ...toBody(request), stream: false }, { signal });
      return toReply(parseResponse(response, request.model), request);
    } catch (error) {
      signal.throwIfAborted();
      throw toModelFailure(error, request.model);
    }
  }

  async function createInBackground(request: ModelRequest, { onIdentified, signal }: CreateHooks): Promise<ModelReply> {
    let responseId: string | undefined;
    let identified: Promise<void> | undefined;
    const silence = silenceWatch(signal);
    try {
      const stream = await client.responses.create({ ...toBody(request), stream: true }, { signal: silence.signal });
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
      'ModelUnavailable',
      `The stream of ${request.model} ended before it named a response.`,
      'unknown',
    );
  }

  async function retrieve(responseId: string, request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 1.5, SLOWEST_POLL_MS)) {
      const response = await ask(responseId, request, signal);
      if (!isPending(response)) return toReply(response, request);
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** A response that the provider no longer knows may have been billed; any other trouble leaves it to be asked about again. */
  async function ask(responseId: string, request: ModelRequest, signal: AbortSignal) {
    try {
      return parseResponse(await client.responses.retrieve(responseId, {}, { signal }), request.model);
    } catch (error) {
      signal.throwIfAborted();
      if ((error as { status?: number }).status === 404) {
        const message = `The provider of ${request.model} no longer knows the response ${responseId}.`;
        throw new ProviderFailure('ModelCallInDoubt', message, 'unknown', { cause: error });
      }
      const { type, message, retryAfterMs } = toModelFailure(error, request.model);
      throw new ProviderFailure(type, message, 'pending', {
        cause: error,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
  }

  async function cancel(responseId: string): Promise<void> {
    await client.responses.cancel(responseId);
  }

  return { create, retrieve, cancel };
}

/** The request on the wire. Instructions are a leading developer message: some models do not cache the `instructions` field. */
function toBody(request: ModelRequest): ResponseCreateParamsBase {
  const { model, input, effort, maxOutputTokens, background, tools, format, cacheKey, callKey } = request;
  return {
    model,
    input: input as ResponseCreateParamsBase['input'] & object,
    reasoning: { effort: effort as 'low' },
    max_output_tokens: maxOutputTokens,
    store: background,
    background,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: cacheKey,
    metadata: { call_key: callKey },
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function' as const, strict: true, ...tool })),
      parallel_tool_calls: true,
    }),
    ...(format && { text: { format: { type: 'json_schema' as const, strict: true, ...format } } }),
  };
}

/** Aborts when nothing came for a while, or when `outer` aborts. */
function silenceWatch(outer: AbortSignal): { signal: AbortSignal; reset: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('the stream fell silent')), SILENCE_MS);
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    reset: () => timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
