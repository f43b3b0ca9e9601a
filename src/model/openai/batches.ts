/** The Batch API as the port's lane: a file of requests in, files of results out, joined by call key (docs: guides/batch). */
import { z } from 'zod';
import {
  type AskedCall,
  type BatchLane,
  type BatchResult,
  type BatchState,
  ProviderFailure,
  type BatchedWire,
} from '../port.ts';
import { BATCH_ENDPOINT, batchFile } from './batch-file.ts';
import { BatchSchema, stateOf } from './batch-object.ts';
import { outcomeOf, resultLines } from './batch-results.ts';
import type { Clients } from './client.ts';
import { billedAs, isNotFound, toAskingFailure, toModelFailure } from './failures.ts';
import { notUnderstood } from './response.ts';

const FileSchema = z.looseObject({ id: z.string() });
const PageSchema = z.looseObject({ data: z.array(BatchSchema), has_more: z.boolean().nullish() });

const PAGE = 100;
/** The provider's clock dates batches, ours dates what is looked for. */
const CLOCKS_DIFFER_MS = 3_600_000;
/** Under this name a batch carries the key that it was submitted under. */
const KEY = 'batch_key';

export function openBatchLane({ plain, files }: Clients): BatchLane {
  async function submit(key: string, calls: BatchedWire[], signal: AbortSignal): Promise<string> {
    const file = batchFile(calls);
    const model = calls[0]?.request.model ?? '';
    const fileId = await upload(file, model, signal);
    try {
      const asked = { input_file_id: fileId, endpoint: BATCH_ENDPOINT, completion_window: '24h' } as const;
      const created = await plain.batches.create({ ...asked, metadata: { [KEY]: key } }, { signal });
      return parsed(BatchSchema, created, model).id;
    } catch (error) {
      signal.throwIfAborted();
      const failure = toModelFailure(error, model);
      // The next try sends it again.
      if (failure.billed === 'no') await plain.files.delete(fileId, { signal }).catch(() => undefined);
      throw failure;
    }
  }

  /** A file costs nothing, and the provider deletes it after 30 days. */
  async function upload(file: File, model: string, signal: AbortSignal): Promise<string> {
    try {
      return parsed(FileSchema, await files.files.create({ file, purpose: 'batch' }, { signal }), model).id;
    } catch (error) {
      signal.throwIfAborted();
      throw billedAs('no', toModelFailure(error, model));
    }
  }

  async function find(key: string, sinceMs: number, signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const { data, has_more: hasMore } = await page(after, signal);
      found.push(...data.filter(({ metadata }) => metadata?.[KEY] === key).map(({ id }) => id));
      const last = data.at(-1);
      // Newest first.
      if (!hasMore || !last || last.created_at * 1000 < sinceMs - CLOCKS_DIFFER_MS) return found.reverse();
      after = last.id;
    }
  }

  async function page(after: string | undefined, signal: AbortSignal): Promise<z.infer<typeof PageSchema>> {
    const subject = 'the list of batches';
    try {
      const query = { limit: PAGE, ...(after !== undefined && { after }) };
      return parsed(PageSchema, await plain.get('/batches', { query, signal }), subject);
    } catch (error) {
      signal.throwIfAborted();
      throw billedAs('pending', toModelFailure(error, subject));
    }
  }

  async function state(batchId: string, signal: AbortSignal): Promise<BatchState> {
    const subject = `batch ${batchId}`;
    try {
      return stateOf(parsed(BatchSchema, await plain.batches.retrieve(batchId, { signal }), subject));
    } catch (error) {
      signal.throwIfAborted();
      throw toAskingFailure(error, subject, 'it');
    }
  }

  async function* results(
    batch: BatchState,
    asked: ReadonlyMap<string, AskedCall>,
    signal: AbortSignal,
  ): AsyncGenerator<BatchResult> {
    if (batch.status !== 'ended') throw new Error(`Batch ${batch.id} has not ended.`);
    const open = new Map(asked);
    for (const file of batch.files) {
      for await (const line of linesOf(file, signal)) {
        const callKey = line.custom_id;
        const call = open.get(callKey);
        if (call && open.delete(callKey)) yield { callKey, ...outcomeOf(line, call) };
      }
    }
    for (const [callKey, { model }] of open) yield { callKey, failure: unanswered(batch, model) };
  }

  /** None where the file is gone. */
  async function* linesOf(fileId: string, signal: AbortSignal) {
    const name = `the results ${fileId}`;
    try {
      const { body } = await files.files.content(fileId, { signal });
      if (body) yield* resultLines(body, name);
    } catch (error) {
      signal.throwIfAborted();
      if (!isNotFound(error)) throw billedAs('pending', toModelFailure(error, name));
    }
  }

  async function cancel(batchId: string, signal: AbortSignal): Promise<void> {
    try {
      await plain.batches.cancel(batchId, { signal });
    } catch (error) {
      signal.throwIfAborted();
      const { status } = await state(batchId, signal);
      if (status !== 'ended') throw billedAs('pending', toModelFailure(error, `batch ${batchId}`));
    }
  }

  return { submit, find, state, results, cancel };
}

/** Turned away as a whole; or it ran, and nothing is said of this call. */
function unanswered({ id, rejected }: BatchState, model: string): ProviderFailure {
  if (rejected) return new ProviderFailure(rejected.type, rejected.message, 'no');
  return new ProviderFailure(
    'ModelCallInDoubt',
    `Batch ${id} of ${model} ended without a word of this call.`,
    'unknown',
  );
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw notUnderstood(value, subject);
}
