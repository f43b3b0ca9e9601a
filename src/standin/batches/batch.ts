/** A batch: what is known of it, when it comes to what, and how the provider shows it. Times are milliseconds by the stand-in's clock. */
import type { ResponseUsage } from '../usage/usage.ts';

export interface BatchTimes {
  validatingMs: number;
  /** For all lines; they are done one after another, evenly. */
  takesMs: number;
  finalizingMs: number;
}

export const DEFAULT_TIMES: BatchTimes = { validatingMs: 1_000, takesMs: 10_000, finalizingMs: 1_000 };

const WINDOW_MS = 24 * 3_600_000;

export interface LineProblem {
  code: string;
  line: number | null;
  message: string;
  param: string | null;
}

export interface KeptBatch {
  id: string;
  endpoint: string;
  inputFileId: string;
  metadata: Record<string, string> | null;
  outputExpiresAfterSeconds: number | null;
  times: BatchTimes;
  status: 'validating' | 'failed' | 'in_progress' | 'finalizing' | 'completed' | 'expired' | 'cancelling' | 'cancelled';
  /** By the status that began then. */
  at: Partial<Record<KeptBatch['status'], number>> & { validating: number };
  model: string | null;
  /** What its lines would take of the queue. */
  queuedTokens: number;
  problems: LineProblem[];
  counts: { total: number; completed: number; failed: number };
  usage: ResponseUsage;
  outputFileId: string | null;
  errorFileId: string | null;
}

export const hasEnded = ({ status }: KeptBatch): boolean =>
  status === 'completed' || status === 'failed' || status === 'expired' || status === 'cancelled';

export const expiresAt = ({ at }: KeptBatch): number => at.validating + WINDOW_MS;

export const validatedAt = ({ at, times }: KeptBatch): number => at.validating + times.validatingMs;

/** When so many of its lines are done. */
export function doneAt(batch: KeptBatch, lines: number): number {
  const { total } = batch.counts;
  return validatedAt(batch) + (total === 0 ? 0 : (batch.times.takesMs * lines) / total);
}

/** How many lines are done by then; none is begun once the batch was cancelled or has expired. */
export function linesDueAt(batch: KeptBatch, now: number): number {
  const until = Math.min(now, expiresAt(batch), batch.at.cancelling ?? Number.POSITIVE_INFINITY);
  const { takesMs } = batch.times;
  const part = takesMs === 0 ? 1 : (until - validatedAt(batch)) / takesMs;
  return Math.max(0, Math.min(batch.counts.total, Math.floor(part * batch.counts.total + 1e-9)));
}

export function shown(batch: KeptBatch) {
  const { at, problems } = batch;
  const seconds = (ms: number | undefined) => (ms === undefined ? null : Math.floor(ms / 1000));
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    model: batch.model,
    errors: problems.length > 0 ? { object: 'list', data: problems } : null,
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status: batch.status,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    created_at: seconds(at.validating),
    in_progress_at: seconds(at.in_progress),
    expires_at: seconds(expiresAt(batch)),
    finalizing_at: seconds(at.finalizing),
    completed_at: seconds(at.completed),
    failed_at: seconds(at.failed),
    expired_at: seconds(at.expired),
    cancelling_at: seconds(at.cancelling),
    cancelled_at: seconds(at.cancelled),
    request_counts: batch.counts,
    usage: batch.usage,
    metadata: batch.metadata,
  };
}
