/** What a judge's word makes of an attempt whose result passed its checks. */
import { describe, expect, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import type { SubtaskOutcome } from '../../src/contracts/objective.ts';
import { judged } from '../../workflows/judging.ts';
import { completed } from '../support/builders.ts';

const result = completed() as Extract<SubtaskOutcome, { status: 'completed' }>;
const paid = { calls: 2, costMicros: 7 };
const both = { calls: result.spend.calls + 2, costMicros: result.spend.costMicros + 7 };

const failing = (cause: Error): Promise<never> =>
  Promise.reject(new ActivityFailure('it failed', 'judge', '1', RetryState.NON_RETRYABLE_FAILURE, '', cause));

describe('a judged result', () => {
  test('that is accepted is completed, and the judge is paid', async () => {
    expect(await judged(result, async () => ({ rejection: null, ...paid }))).toEqual({ ...result, spend: both });
  });

  test('that is rejected is a failed attempt, with the reasons for the next one', async () => {
    const rejection = { message: 'Callers are missing.', evidenceRef: 'sha256:why' };
    expect(await judged(result, async () => ({ rejection, ...paid }))).toEqual({
      status: 'failed',
      failure: { type: 'ResultRejected', message: 'Callers are missing.' },
      evidenceRef: 'sha256:why',
      spend: both,
    });
  });

  test('whose judge fails is not accepted, and the failure says whose it was', async () => {
    const outcome = await judged(result, () => failing(ApplicationFailure.nonRetryable('It refused.', 'ModelRefused')));
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { type: 'ModelRefused', message: 'The judge of the result failed: It refused.' },
      spend: result.spend,
    });
  });

  test('is cancelled with its objective', async () => {
    await expect(judged(result, () => failing(new CancelledFailure('cancelled')))).rejects.toThrow('it failed');
  });
});
