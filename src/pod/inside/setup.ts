/** What a supervisor is told when it is started: one JSON argument. */
import type { PodLimits } from '../pod.ts';

export interface SupervisorSetup {
  /** The pod's name: the value of `POD_VARIABLE` in every process of it. */
  pod: string;
  /** The folder of the workspace, as the supervisor sees it. */
  root: string;
  /** It is alone in a PID namespace: whatever else runs there may be killed. */
  isIsolated: boolean;
  limits: PodLimits;
  /** All of a command's environment that is not asked for with the command. */
  env: Record<string, string>;
}

/** In the environment of every process of a pod: how they are found where there is no namespace. */
export const POD_VARIABLE = 'FLOTILLA_POD';
