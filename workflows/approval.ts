/**
 * The threshold of an objective, and who has to say yes above it. Pure: no SDK. Continue-as-new carries the threshold; nothing continues while an
 * answer is awaited. Approving raises it to what was approved, so that nobody is asked twice for the same money.
 */
import { type ApprovalAnswer, type ApprovalRequest, problemOfAnswer } from '../src/contracts/approval.ts';
import type { FailureNote } from '../src/contracts/failures.ts';
import { roughUsd } from '../src/contracts/money.ts';
import type { Pause } from '../src/contracts/objective.ts';

export class Approval {
  #aboveMicros: number | null;
  #asked: ApprovalRequest | null = null;
  #refusal: FailureNote | null = null;

  constructor(aboveMicros: number | null) {
    this.#aboveMicros = aboveMicros;
  }

  get aboveMicros(): number | null {
    return this.#aboveMicros;
  }

  /** What someone is asked to approve; null when nobody is. */
  get asked(): ApprovalRequest | null {
    return this.#asked;
  }

  get refusal(): FailureNote | null {
    return this.#refusal;
  }

  /** Null when nothing waits. */
  get pause(): Pause | null {
    if (!this.#asked || this.#aboveMicros === null) return null;
    const { costMicros, spentMicros } = this.#asked;
    const range = `${roughUsd(costMicros.low)} to ${roughUsd(costMicros.high)}, likely ${roughUsd(costMicros.likely)}`;
    return {
      reason: 'approval',
      message: `What is still to come is estimated at ${range}; ${roughUsd(spentMicros)} is spent. Above ${roughUsd(this.#aboveMicros)} in all somebody approves it first.`,
    };
  }

  /** What continue-as-new carries. */
  snapshot(): { approveAboveMicros?: number } {
    return this.#aboveMicros === null ? {} : { approveAboveMicros: this.#aboveMicros };
  }

  /** Waits from here on, where the high end passes the threshold. */
  ask(request: ApprovalRequest): void {
    if (this.#aboveMicros !== null && totalOf(request) > this.#aboveMicros) this.#asked = request;
  }

  /** Why an answer can't be taken, in words; null where it can. */
  problemOf(answer: ApprovalAnswer): string | null {
    return problemOfAnswer(answer) ?? (this.#asked ? null : 'The objective does not wait for approval.');
  }

  /** Contract: somebody is asked. */
  answer({ decision, note = '' }: ApprovalAnswer): void {
    if (!this.#asked) throw new Error('Nothing waits for approval.');
    const total = totalOf(this.#asked);
    this.#asked = null;
    if (decision === 'approve') return void (this.#aboveMicros = total);
    this.#refusal = {
      type: 'ApprovalRefused',
      message: `An estimate of up to ${roughUsd(total)} in all was refused.${note === '' ? '' : ` ${note}`}`,
    };
  }
}

const totalOf = ({ spentMicros, costMicros }: ApprovalRequest): number => spentMicros + costMicros.high;
