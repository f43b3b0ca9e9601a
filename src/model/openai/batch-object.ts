/** A batch as the provider shows it, and what the port makes of it. */
import { z } from 'zod';
import type { FailureNote } from '../../contracts/failures.ts';
import type { BatchState } from '../port.ts';
import { typeOfCode } from './failures.ts';

const ProblemSchema = z.looseObject({ code: z.string().nullish(), message: z.string().nullish() });

export const BatchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  created_at: z.number(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  request_counts: z.looseObject({ total: z.number(), completed: z.number(), failed: z.number() }).nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z.looseObject({ data: z.array(ProblemSchema).nullish() }).nullish(),
});
type BatchObject = z.infer<typeof BatchSchema>;

const ENDED = ['completed', 'failed', 'expired', 'cancelled'];
/** Of what a provider says; states go into histories. */
const MOST_SAID = 400;

export function stateOf(batch: BatchObject): BatchState {
  const { id, status, request_counts: counts } = batch;
  const problems = batch.errors?.data ?? [];
  const says = [status, ...problems.map(({ message }) => message ?? '')].join(' ').slice(0, MOST_SAID);
  return {
    id,
    status: ENDED.includes(status) ? 'ended' : 'working',
    says,
    counts: { total: counts?.total ?? 0, completed: counts?.completed ?? 0, failed: counts?.failed ?? 0 },
    files: [batch.output_file_id, batch.error_file_id].filter((file) => file != null),
    rejected: status === 'failed' ? rejectionOf(problems[0]?.code ?? 'server_error', says) : null,
  };
}

const rejectionOf = (code: string, says: string): FailureNote => ({
  type: typeOfCode(code),
  message: `The batch was turned away (${code.slice(0, MOST_SAID)}): ${says}`,
});
