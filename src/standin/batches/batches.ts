/**
 * Batches by the clock: validating → in_progress → finalizing → completed, or failed, expired, cancelling → cancelled. A batch is brought up
 * to date when it is asked about. What was done before it expired or was cancelled is delivered and billed; the order of lines is not kept.
 */
import { hash } from 'node:crypto';
import { ApiError, invalid, notFound } from '../http/api-error.ts';
import { newId } from '../protocol/response-object.ts';
import { added, NO_USAGE } from '../usage/usage.ts';
import type { World } from '../world.ts';
import { answerLine, type KeptLine, unanswered } from './answer-line.ts';
import { type BatchTimes, doneAt, expiresAt, hasEnded, type KeptBatch, linesDueAt, validatedAt } from './batch.ts';
import type { Files } from './files.ts';
import { type BatchLine, parseLines, problem } from './lines.ts';

export type NewBatch = Pick<KeptBatch, 'endpoint' | 'inputFileId' | 'metadata' | 'outputExpiresAfterSeconds'>;

export interface BatchesOptions {
  world: World;
  files: Files;
  times: BatchTimes;
  /** By model: input tokens that may wait at once. */
  queueTokens: Record<string, number>;
}

const MOST_PER_HOUR = 2_000;
const HOUR_MS = 3_600_000;
export class Batches {
  readonly #options: BatchesOptions;
  readonly #parsed = new Map<string, BatchLine[]>();
  /** One at a time brings a batch up to date. */
  readonly #settling = new Map<string, Promise<void>>();

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  create(asked: NewBatch): KeptBatch {
    const { world, times } = this.#options;
    const now = world.clock.now();
    const recent = world.state.batches.entries().filter(([, { at }]) => at.validating > now - HOUR_MS);
    if (recent.length >= MOST_PER_HOUR) {
      const message = `At most ${MOST_PER_HOUR} batches may be created in an hour.`;
      throw new ApiError({ status: 429, code: 'rate_limit_exceeded', message });
    }
    const batch: KeptBatch = {
      ...asked,
      ...{ id: newId('batch'), times, status: 'validating', at: { validating: now }, model: null, queuedTokens: 0 },
      ...{ problems: [], counts: { total: 0, completed: 0, failed: 0 }, usage: NO_USAGE },
      ...{ outputFileId: null, errorFileId: null },
    };
    this.#put(batch);
    return batch;
  }

  async get(id: string): Promise<KeptBatch> {
    const { batches } = this.#options.world.state;
    if (!batches.has(id)) throw notFound(`No batch found with id '${id}'.`, 'id');
    const settling = (this.#settling.get(id) ?? Promise.resolve()).then(() => this.#settle(id));
    this.#settling.set(id, settling);
    await settling;
    return batches.get(id) as KeptBatch;
  }

  /** Newest first. */
  async list(): Promise<KeptBatch[]> {
    const ids = this.#options.world.state.batches.entries().map(([id]) => id);
    return Promise.all(ids.reverse().map((id) => this.get(id)));
  }

  async cancel(id: string): Promise<KeptBatch> {
    const batch = await this.get(id);
    if (batch.status === 'cancelling' || batch.status === 'cancelled') return batch;
    if (hasEnded(batch)) throw invalid(null, null, `Cannot cancel a batch with status '${batch.status}'.`);
    this.#put(enter(batch, 'cancelling', this.#options.world.clock.now()));
    return this.get(id);
  }

  #put(batch: KeptBatch): void {
    this.#options.world.state.batches.put(batch.id, batch);
  }

  async #settle(id: string): Promise<void> {
    const { clock, state } = this.#options.world;
    let batch = state.batches.get(id);
    if (!batch || hasEnded(batch)) return;
    const now = clock.now();
    if (batch.at.in_progress === undefined && batch.status === 'validating' && now >= validatedAt(batch)) {
      batch = this.#validate(batch);
    }
    if (batch.at.in_progress !== undefined) batch = await this.#work(batch, now);
    const worked = batch;
    state.together(() => this.#put(this.#advance(worked, now)));
  }

  #validate(batch: KeptBatch): KeptBatch {
    const { world, files, queueTokens } = this.#options;
    const at = validatedAt(batch);
    if (!files.find(batch.inputFileId)) {
      const problems = [problem('invalid_input_file', null, 'The input file is gone.')];
      return { ...enter(batch, 'failed', at), problems };
    }
    const text = files.content(batch.inputFileId).toString('utf8');
    const { lines, problems } = parseLines(text, batch.endpoint, world.models);
    const model = lines[0]?.body.model ?? null;
    const queuedTokens = Math.ceil(text.length / 4);
    const most = queueTokens[model ?? ''] ?? Number.POSITIVE_INFINITY;
    const waiting = world.state.batches.entries().filter(([, one]) => one.model === model && !hasEnded(one));
    const inQueue = waiting.reduce((sum, [, one]) => sum + one.queuedTokens, 0);
    if (problems.length === 0 && inQueue + queuedTokens > most) {
      const message = `Enqueued token limit reached for ${model}: limit ${most} enqueued tokens. Try again once some batches have completed.`;
      problems.push(problem('token_limit_exceeded', null, message));
    }
    if (problems.length > 0) return { ...enter(batch, 'failed', at), problems };
    this.#parsed.set(batch.id, lines);
    return {
      ...enter(batch, 'in_progress', at),
      model,
      queuedTokens,
      counts: { ...batch.counts, total: lines.length },
    };
  }

  /**
   * Answers what is due and was not answered. Each line is kept at once; one whose answer was being made when the process was killed is
   * answered again, and billed once.
   */
  async #work(batch: KeptBatch, now: number): Promise<KeptBatch> {
    const { world } = this.#options;
    const due = this.#linesOf(batch).slice(0, linesDueAt(batch, now));
    for (const line of due) {
      const id = lineId(batch, line);
      if (!world.state.lines.has(id)) world.state.lines.put(id, await answerLine(world, line, id));
    }
    const done = due.flatMap((line) => world.state.lines.get(lineId(batch, line)) ?? []);
    const failed = done.filter(({ isError }) => isError).length;
    const usage = done.reduce((sum, line) => added(sum, line.usage), NO_USAGE);
    return { ...batch, usage, counts: { ...batch.counts, completed: done.length - failed, failed } };
  }

  /** To the state that it has by now, step by step. */
  #advance(batch: KeptBatch, now: number): KeptBatch {
    const { finalizingMs } = batch.times;
    if (batch.status === 'cancelling') {
      const endsAt = (batch.at.cancelling ?? now) + finalizingMs;
      return now < endsAt ? batch : this.#finish(batch, 'cancelled', endsAt);
    }
    if (batch.status !== 'in_progress' && batch.status !== 'finalizing') return batch;
    const allDoneAt = doneAt(batch, batch.counts.total);
    if (allDoneAt > expiresAt(batch))
      return now < expiresAt(batch) ? batch : this.#finish(batch, 'expired', expiresAt(batch));
    if (now < allDoneAt) return batch;
    const finalizing = enter(batch, 'finalizing', allDoneAt);
    return now < allDoneAt + finalizingMs
      ? finalizing
      : this.#finish(finalizing, 'completed', allDoneAt + finalizingMs);
  }

  #finish(batch: KeptBatch, status: 'completed' | 'expired' | 'cancelled', at: number): KeptBatch {
    const { world } = this.#options;
    const lines = this.#linesOf(batch).map(
      (line) =>
        world.state.lines.get(lineId(batch, line)) ??
        unanswered(line, status === 'cancelled' ? 'batch_cancelled' : 'batch_expired'),
    );
    for (const line of this.#linesOf(batch)) world.state.lines.delete(lineId(batch, line));
    this.#parsed.delete(batch.id);
    const shuffled = lines.toSorted((a, b) => (hash('sha256', a.customId) < hash('sha256', b.customId) ? -1 : 1));
    const outputFileId = this.#file(
      batch,
      'output',
      shuffled.filter(({ isError }) => !isError),
    );
    const errorFileId = this.#file(
      batch,
      'error',
      shuffled.filter(({ isError }) => isError),
    );
    return { ...enter(batch, status, at), outputFileId, errorFileId };
  }

  #file(batch: KeptBatch, what: 'output' | 'error', lines: KeptLine[]): string | null {
    if (lines.length === 0) return null;
    const content = Buffer.from(lines.map(({ json }) => `${json}\n`).join(''));
    const filename = `${batch.id}_${what}.jsonl`;
    return this.#options.files.add({
      ...{ filename, purpose: 'batch_output', content, expiresAfterSeconds: batch.outputExpiresAfterSeconds },
    }).id;
  }

  #linesOf(batch: KeptBatch): BatchLine[] {
    const { world, files } = this.#options;
    const known = this.#parsed.get(batch.id);
    if (known || !files.find(batch.inputFileId)) return known ?? [];
    const text = files.content(batch.inputFileId).toString('utf8');
    const { lines } = parseLines(text, batch.endpoint, world.models);
    this.#parsed.set(batch.id, lines);
    return lines;
  }
}

const enter = (batch: KeptBatch, status: KeptBatch['status'], at: number): KeptBatch => ({
  ...batch,
  status,
  at: { ...batch.at, [status]: at },
});

const lineId = ({ id }: KeptBatch, line: BatchLine): string => `${id} ${line.custom_id}`;
