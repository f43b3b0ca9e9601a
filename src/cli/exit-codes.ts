/** What the process tells whoever started it. */
import type { ObjectiveJson } from './view-json.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** For more money, or for a yes to what it may cost. */
  waits: 3,
  cancelled: 4,
  /** Ctrl-C in `run` and `watch`: the objective goes on. */
  detached: 130,
} as const;

export function exitCodeOf({ status, pause }: Pick<ObjectiveJson, 'status' | 'pause'>): number {
  if (status === 'completed') return EXIT.done;
  if (status === 'cancelled') return EXIT.cancelled;
  return isBudgetStop(pause) || pause?.reason === 'approval' ? EXIT.waits : EXIT.failed;
}

/** Does it wait for a cap to be raised? */
export const isBudgetStop = (pause: ObjectiveJson['pause']): boolean =>
  pause?.reason === 'BudgetExceeded' || pause?.reason === 'WallTimeReached';
