/** What somebody is asked before a plan is carried out, and what they answer. Free of zod: Workflows load it. */
import type { Range } from './estimate.ts';

/** What somebody is asked to approve. `costMicros` and `seconds` are of what is still to come. */
export interface ApprovalRequest {
  spentMicros: number;
  costMicros: Range;
  seconds: Range;
  /** `Estimate` in the store. */
  estimateRef: string;
}

const APPROVAL_DECISIONS = ['approve', 'refuse'] as const;
const MOST_NOTE_CHARACTERS = 500;

export interface ApprovalAnswer {
  decision: (typeof APPROVAL_DECISIONS)[number];
  /** Why; stands in the history and in the report. */
  note?: string;
}

/** What is wrong with an answer, whoever sent it. */
export function problemOfAnswer({ decision, note = '' }: ApprovalAnswer): string | null {
  if (!APPROVAL_DECISIONS.includes(decision))
    return `An answer is ${APPROVAL_DECISIONS.join(' or ')}, not ${decision}.`;
  if (typeof note === 'string' && note.length <= MOST_NOTE_CHARACTERS) return null;
  return `A note is a text of at most ${MOST_NOTE_CHARACTERS} characters.`;
}
