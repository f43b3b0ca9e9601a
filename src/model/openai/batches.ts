/** The Batch API as the port's lane: a file of requests in, files of results out, joined by call key (docs: guides/batch). */
import { type OpenAI, toFile } from 'openai';
import { z } from 'zod';
import type { ModelReply, ModelRequest } from '../../contracts/model.ts';
import { type BatchLane, type BatchResult, type BatchState, ProviderFailure, type WireCall } from '../port.ts';
import { toModelFailure, typeOfCode } from './failures.ts';
import { parseResponse, toReply } from './response.ts';

const ENDED = ['completed', 'failed', 'expired', 'cancelled'];

const LineSchema = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});
type Line = z.infer<typeof LineSchema>;

const ErrorBodySchema = z.looseObject({
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }),
});

export function openBatchLane(client: OpenAI): BatchLane {
  async function submit(calls: WireCall[], signal: AbortSignal): Promise<string> {
    const lines = calls.map(({ request, body }) => `${lineOf(request, body)}\n`).join('');
    return named(calls[0]?.request.model, signal, async () => {
      const file = await client.files.create(
        { file: await toFile(Buffer.from(lines), 'calls.jsonl'), purpose: 'batch' },
        { signal },
      );
      const batch = await client.batches.create(
        { input_file_id: file.id, endpoint: '/v1/responses', completion_window: '24h' },
        { signal },
      );
      return batch.id;
    });
  }

  async function state(batchId: string, signal: AbortSignal): Promise<BatchState> {
    return named(undefined, signal, async () => {
      const batch = await client.batches.retrieve(batchId, { signal });
      const { total = 0, completed = 0, failed = 0 } = batch.request_counts ?? {};
      return {
        id: batch.id,
        status: ENDED.includes(batch.status) ? 'ended' : 'working',
        says: [batch.status, ...(batch.errors?.data ?? []).map(({ message }) => message ?? '')].join(' ').slice(0, 500),
        counts: { total, completed, failed },
        files: [batch.output_file_id, batch.error_file_id].filter((id) => id != null),
      };
    });
  }

  async function* results(
    { files }: BatchState,
    requests: Map<string, ModelRequest>,
    signal: AbortSignal,
  ): AsyncGenerator<BatchResult> {
    for (const file of files) {
      const text = await named(undefined, signal, async () => (await client.files.content(file, { signal })).text());
      for (const line of text.split('\n')) {
        const parsed = line.trim() === '' ? null : LineSchema.safeParse(JSON.parse(line));
        const request = parsed?.success ? requests.get(parsed.data.custom_id) : undefined;
        // Lines that nobody asked for are not answers.
        if (parsed?.success && request) yield { callKey: request.callKey, ...resultOf(parsed.data, request) };
      }
    }
  }

  async function cancel(batchId: string): Promise<void> {
    await client.batches.cancel(batchId);
  }

  return { submit, state, results, cancel };
}

type Outcome = { reply: ModelReply } | { failure: ProviderFailure };

/** Background and stored responses do not exist in a batch. */
function lineOf({ callKey }: ModelRequest, body: string): string {
  const { background: _background, store: _store, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify({ custom_id: callKey, method: 'POST', url: '/v1/responses', body: rest });
}

function resultOf({ response, error }: Line, request: ModelRequest): Outcome {
  try {
    if (response?.status_code === 200) return { reply: toReply(parseResponse(response.body, request.model), request) };
    const refused = ErrorBodySchema.safeParse(response?.body);
    const { code, message } = (refused.success ? refused.data.error : error) ?? {};
    const told = `${request.model} did not carry the call out (${code ?? 'no code'}): ${(message ?? '').slice(0, 300)}`;
    throw new ProviderFailure(code?.startsWith('batch_') ? 'ModelUnavailable' : typeOfCode(code ?? ''), told, 'no');
  } catch (failure) {
    return { failure: toModelFailure(failure, request.model) };
  }
}

async function named<T>(model: string | undefined, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw toModelFailure(error, model ?? 'the batch lane');
  }
}
