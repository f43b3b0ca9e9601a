/** What a plan's maps must satisfy beyond their form. Operations tell by themselves what they can't do; the contracts do not know them. */
import type { MapSpec, OperationSettings } from './map.ts';
import type { PlanProblem } from './plan-graph.ts';
import type { Plan } from './plan.ts';

export interface MapRules {
  /** Each as `key: what is wrong`, where the key is one of the settings or of the calls. */
  operationProblems: (settings: OperationSettings, calls: Pick<MapSpec, 'threshold' | 'pack'>) => string[];
  /** A caller's maps may read any file of the host; those that a model planned stay in the workspace. */
  readsOutside: boolean;
}

export function mapProblems({ subtasks }: Plan, { operationProblems, readsOutside }: MapRules): PlanProblem[] {
  return subtasks.flatMap((subtask, index) => {
    if (subtask.kind !== 'map') return [];
    const { operation, threshold, pack, input } = subtask;
    const within = readsOutside || isInside(input.path) ? [] : [outside(subtask.id, input.path)];
    return [...operationProblems(operation, { threshold, pack }).map((told) => placed(told, operation)), ...within].map(
      ({ path, message }) => ({ path: ['subtasks', index, ...path], message }),
    );
  });
}

const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..');

const outside = (id: string, path: string): PlanProblem => ({
  path: ['input', 'path'],
  message: `Subtask "${id}" reads "${path}", which is not in the workspace; name a path relative to it, without "..".`,
});

function placed(told: string, operation: OperationSettings): PlanProblem {
  const [, key = '', message = ''] = /^(\w+): ([^]*)$/.exec(told) ?? [];
  if (key === '') return { path: ['operation'], message: told };
  return { path: key in operation ? ['operation', key] : [key], message };
}
