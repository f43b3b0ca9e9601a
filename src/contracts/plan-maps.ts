/** What a plan's maps must satisfy beyond their form. Operations tell by themselves what they can't do; the contracts do not know them. */
import type { MapSpec, OperationSettings } from './map.ts';
import { mapReadBy } from './map-files.ts';
import type { PlanProblem } from './plan-graph.ts';
import type { Plan } from './plan.ts';

export interface MapRules {
  /** Each as `key: what is wrong`, where the key is one of the settings or of the calls. */
  operationProblems: (settings: OperationSettings, calls: Pick<MapSpec, 'threshold' | 'pack'>) => string[];
  /** A caller's maps may read any file of the host; those that a model planned stay in the workspace. */
  readsOutside: boolean;
}

type PlannedMap = Extract<Plan['subtasks'][number], { kind: 'map' }>;

export function mapProblems({ subtasks }: Plan, { operationProblems, readsOutside }: MapRules): PlanProblem[] {
  return subtasks.flatMap((subtask, index) => {
    if (subtask.kind !== 'map') return [];
    const { operation, threshold, pack, input } = subtask;
    const within = readsOutside || isInside(input.path) ? [] : [outside(subtask.id, input.path)];
    return [
      ...operationProblems(operation, { threshold, pack }).map((told) => placed(told, operation)),
      ...within,
      ...unreadable(subtask, subtasks),
    ].map(({ path, message }) => ({ path: ['subtasks', index, ...path], message }));
  });
}

/** What another map leaves is there for whoever waits for it. */
function unreadable({ id, dependsOn, input }: PlannedMap, subtasks: Plan['subtasks']): PlanProblem[] {
  const read = mapReadBy(input.path);
  if (read === null) return [];
  const path = ['input', 'path'];
  if (!dependsOn.includes(read))
    return [{ path, message: `Subtask "${id}" reads what "${read}" leaves; it must depend on it (dependsOn).` }];
  const kind = subtasks.find((other) => other.id === read)?.kind ?? 'map';
  return kind === 'map' ? [] : [{ path, message: `Subtask "${id}" reads what "${read}" leaves, which is no map.` }];
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
