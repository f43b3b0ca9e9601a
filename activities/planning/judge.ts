/**
 * `judge`: the manager's word on a result that checks can't tell about. Side effects: a journaled call, which stands with the attempt whose
 * result it judges, and why it was rejected as evidence in the store; a retry finds both.
 */
import { JUDGE } from '../../src/contracts/addresses.ts';
import type { RecordedProfile } from '../../src/contracts/profile.ts';
import type { PlannedSubtask, Spend } from '../../src/contracts/objective.ts';
import { acceptanceOf } from '../../src/contracts/plan.ts';
import { type Evidence, JudgementDraftSchema, SubtaskResultSchema } from '../../src/contracts/results.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { judgePrompt } from '../prompts/judge.ts';
import { resultText } from '../prompts/result-text.ts';
import { clip } from '../../src/prompts/sections.ts';
import type { Services } from '../services.ts';
import { structuredCall } from '../structured-call.ts';
import { plannedSubtask } from './objective-texts.ts';

/** References and numbers: it stands in the history once per judged attempt. */
export interface JudgeInput {
  objectiveId: string;
  textRef: string;
  subtask: Pick<PlannedSubtask, 'id' | 'planRef'>;
  attempt: number;
  resultRef: string;
  /** The manager's. */
  profile: RecordedProfile;
}

export interface Judgement extends Spend {
  /** Null when the result is accepted. */
  rejection: { message: string; evidenceRef: string } | null;
}

const REASON_CHARACTERS = 300;
const MISSING_CHARACTERS = 300;
const MOST_MISSING = 8;
/** Of the result itself, for an attempt that may build on it. */
const SHOWN_CHARACTERS = 1200;

export function createJudgeActivity(services: Services) {
  const { blobs } = services.store;

  async function judge({ objectiveId, textRef, subtask, attempt, resultRef, profile }: JudgeInput): Promise<Judgement> {
    return underHeartbeat(async (cancelled) => {
      const planned = await plannedSubtask(blobs, subtask);
      const acceptance = acceptanceOf(planned);
      if (acceptance === undefined)
        throw new TypedFailure('PlanInvalid', `Subtask "${subtask.id}" says nothing of what its result must satisfy.`);
      const result = await blobs.getJson(resultRef, SubtaskResultSchema);
      const { value, costMicros, calls } = await structuredCall(
        services,
        {
          address: { objectiveId, subtaskId: subtask.id, attempt, turn: 0, purpose: JUDGE },
          tier: 'manager',
          profile,
          prompt: judgePrompt({ objective: await blobs.getText(textRef), subtask: planned, acceptance, result }),
          format: { name: 'judgement', schema: JudgementDraftSchema },
          accept: (draft) =>
            draft.verdict === 'reject' && `${draft.reason}${draft.missing.join('')}`.trim() === ''
              ? { problems: ['A rejection says why.'] }
              : { value: draft },
        },
        cancelled,
      );
      if (value.verdict === 'accept') return { rejection: null, costMicros, calls };
      const missing = value.missing.slice(0, MOST_MISSING).map((text) => `- ${clip(text, MISSING_CHARACTERS)}`);
      const reason = clip(value.reason, REASON_CHARACTERS);
      const message = `The judge did not accept the result of "${subtask.id}": ${reason}`;
      const evidence: Evidence = {
        type: 'ResultRejected',
        message,
        details: [
          ...(missing.length > 0 ? ['What is missing:', ...missing] : []),
          'What was not accepted:',
          clip(resultText(result), SHOWN_CHARACTERS),
        ].join('\n'),
      };
      return { rejection: { message, evidenceRef: await blobs.putJson(evidence) }, costMicros, calls };
    });
  }

  return { judge };
}
