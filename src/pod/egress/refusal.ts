/** Why something did not pass, and what the client inside the pod is answered. */
import { TrafficExceeded } from './meter.ts';

export type RefusalVerdict =
  'not-listed' | 'private-address' | 'not-found' | 'unreachable' | 'too-much' | 'not-understood';

const STATUS: Record<RefusalVerdict, { code: number; text: string }> = {
  'not-listed': { code: 403, text: 'Forbidden' },
  'private-address': { code: 403, text: 'Forbidden' },
  'too-much': { code: 403, text: 'Forbidden' },
  'not-found': { code: 502, text: 'Bad Gateway' },
  unreachable: { code: 502, text: 'Bad Gateway' },
  'not-understood': { code: 400, text: 'Bad Request' },
};

export class EgressRefusal extends Error {
  override readonly name = 'EgressRefusal';
  readonly verdict: RefusalVerdict;

  constructor(verdict: RefusalVerdict, reason: string) {
    super(reason);
    this.verdict = verdict;
  }

  get status(): { code: number; text: string } {
    return STATUS[this.verdict];
  }
}

/** What breaks off on its way is the far side's doing, or the pod's own. */
export function toRefusal(error: unknown): EgressRefusal {
  if (error instanceof EgressRefusal) return error;
  const { message } = error as Error;
  return new EgressRefusal(error instanceof TrafficExceeded ? 'too-much' : 'unreachable', message);
}
