/** What an objective came to, from its subtasks. Pure. */
import type { FailureNote } from '../src/contracts/failures.ts';
import type { ObjectiveResult, Progress, SubtaskRecord } from '../src/contracts/objective.ts';

const MOST_NAMED = 5;

/** The failure of the objective as a whole: some subtask did not complete, and nothing replaced it. */
export function judge(subtasks: SubtaskRecord[]): FailureNote | null {
  const missing = subtasks.filter(
    ({ state, isReplaced }) => (state === 'failed' || state === 'skipped') && !isReplaced,
  );
  if (missing.length === 0) return null;
  const causes = missing.flatMap(({ id, state, failure }) =>
    state === 'failed' && failure ? [`${id} (${failure.type})`] : [],
  );
  const more = causes.length > MOST_NAMED ? [`and ${causes.length - MOST_NAMED} more`] : [];
  const named = [...causes.slice(0, MOST_NAMED), ...more].join(', ');
  return {
    type: 'SubtasksFailed',
    message: `${missing.length} of ${subtasks.length} subtasks did not complete: ${named}.`,
  };
}

/** What the Workflow returns. */
export function resultOf(
  { objectiveId, status, failure, subtasks, spend }: Progress,
  documents: Pick<ObjectiveResult, 'answerRef' | 'findings' | 'report'>,
): ObjectiveResult {
  const count = (state: SubtaskRecord['state']): number => subtasks.filter((subtask) => subtask.state === state).length;
  return {
    objectiveId,
    status: status === 'failed' || status === 'cancelled' ? status : 'completed',
    failure,
    ...documents,
    counts: {
      planned: subtasks.length,
      completed: count('completed'),
      failed: count('failed'),
      skipped: count('skipped'),
      cancelled: count('cancelled'),
    },
    spend,
  };
}
