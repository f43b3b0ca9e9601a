/** What each call of an objective was for: read from its key, and from how its subtask ended. */
import type { Kind } from '../contracts/kinds.ts';
import type { SubtaskRecord } from '../contracts/objective.ts';
import type { CallGroup } from '../store/ledger.ts';

export interface SortedCalls extends CallGroup {
  role: 'planning' | 'judging' | 'answer' | 'work';
  /** Of the subtask; null for the manager's own calls. */
  kind: Kind | null;
  /** Work of the attempt whose result counts. */
  isAccepted: boolean;
}

type Ended = Pick<SubtaskRecord, 'id' | 'kind' | 'state' | 'attempt'>;

export function sortedCalls(groups: CallGroup[], subtasks: Ended[]): SortedCalls[] {
  const byId = new Map(subtasks.map((subtask) => [subtask.id, subtask]));
  return groups.map((group) => {
    const subtask = byId.get(group.subtaskId);
    const role = roleOf(group.purpose, subtask !== undefined);
    const isAccepted = role === 'work' && subtask?.state === 'completed' && subtask.attempt === group.attempt;
    return { ...group, role, kind: role === 'work' ? (subtask?.kind ?? null) : null, isAccepted };
  });
}

/** By the purpose first: it may go on after a dot (`plan.repair-1`), and a subtask may be called `manager`. */
function roleOf(purpose: string, isPlanned: boolean): SortedCalls['role'] {
  const [what = ''] = purpose.split('.');
  if (what.startsWith('judge')) return 'judging';
  if (what === 'synthesis') return 'answer';
  return isPlanned && what !== 'plan' && what !== 'review' ? 'work' : 'planning';
}

/** Gone for good, settled or in doubt. */
export const spentMicros = (calls: Pick<CallGroup, 'settledMicros' | 'inDoubtMicros'>[]): number =>
  calls.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0);
