/** `synthesize`: the manager writes the answer. Side effects: a journaled call and the answer in the store. */
import type { ObjectiveInput, SubtaskRecord } from '../../src/contracts/objective.ts';
import { SynthesisDraftSchema } from '../../src/contracts/results.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { answersText } from '../prompts/result-text.ts';
import { synthesizePrompt } from '../prompts/synthesize.ts';
import type { Services } from '../services.ts';
import { structuredCall } from '../structured-call.ts';
import { allFindings, type CompletedSubtask, completedResults } from './objective-texts.ts';
import { managerCall } from './plan.ts';

export interface Synthesized {
  answerRef: string;
  findings: number;
  costMicros: number;
  calls: number;
}

export function createSynthesizeActivity(services: Services) {
  const { store } = services;

  async function synthesize(input: ObjectiveInput, round: number, subtasks: SubtaskRecord[]): Promise<Synthesized> {
    return underHeartbeat(async (cancelled) => {
      const completed = await completedResults(store.blobs, subtasks);
      const findings = allFindings(completed);
      const known = new Set(findings.map(({ id }) => id));
      const { value, costMicros, calls } = await structuredCall(
        services,
        {
          address: managerCall(input, round, 'synthesis'),
          tier: 'manager',
          profile: input.tiers.manager,
          prompt: synthesizePrompt({
            text: await store.blobs.getText(input.textRef),
            ...{ subtasks, findings, answers: answersIn(completed) },
          }),
          format: { name: 'synthesis', schema: SynthesisDraftSchema },
          accept: (draft) => {
            if (draft.answer.trim() === '') return { problems: ['The answer is empty.'] };
            return { value: { ...draft, keyFindings: draft.keyFindings.filter((id) => known.has(id)) } };
          },
        },
        cancelled,
      );
      return { answerRef: await store.blobs.putJson(value), findings: findings.length, costMicros, calls };
    });
  }

  return { synthesize };
}

/** What was answered, by subtask: findings say what others brought. */
const answersIn = (completed: CompletedSubtask[]): Map<string, string> =>
  new Map(completed.flatMap(({ id, result }) => (result.kind === 'ask' ? [[id, answersText(result)] as const] : [])));
