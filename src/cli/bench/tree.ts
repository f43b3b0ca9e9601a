/**
 * `tree`: a plan call, N subtasks that depend on each other, a last call, as a plan of asks. The texts are the harness's; what a subtask is given
 * of those it depends on is the product's: their answers. The harness's figure of each subtask is worked out from the answers at the end.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LimitsSchema } from '../../contracts/limits.ts';
import type { PlanFile } from '../../contracts/plan.ts';
import { BENCH_ID, type CarryOut, harnessFunction, type WorkloadFlags } from './workload.ts';

interface Task {
  id: string;
  calls: number;
  deps: string[];
}

/** What of the harness is used. */
const HarnessSchema = z.looseObject({
  PLAN_PROMPT: z.string(),
  plan: harnessFunction<(n: number) => Task[]>(),
  subtaskPrompt: harnessFunction<(task: Task, call: number, given: string[]) => string>(),
  subtaskResult: harnessFunction<(task: Task, answers: string[], given: string[]) => string>(),
  finalPrompt: harnessFunction<(results: string[]) => string>(),
});
type Harness = z.infer<typeof HarnessSchema>;

const PLAN = 'plan';

export async function tree(harness: unknown, flags: WorkloadFlags): Promise<CarryOut> {
  const work = HarnessSchema.parse(harness);
  const tasks = work.plan(flags.n);
  return async (flotilla) => {
    const handle = await flotilla.start({
      ...{ id: BENCH_ID, objective: `A tree of ${flags.n} subtasks.`, workspace: null, isWithoutAnswer: true },
      plan: treePlan(work, tasks, flags),
    });
    const { status } = await handle.result();
    if (status !== 'completed') throw new Error(`The tree ended ${status}.`);
    const answers = new Map(
      (await handle.askResults()).map(({ subtaskId, result }) => [subtaskId, result.answers.map((one) => one.answer)]),
    );
    await writeFile(join(flags.out, 'tree.json'), JSON.stringify(treeResults(work, tasks, answers)));
  };
}

/** Roots wait for the plan call, the last call for all; a subtask is given the names of those whose answers stand before its question. */
function treePlan(
  { PLAN_PROMPT, subtaskPrompt, finalPrompt }: Harness,
  tasks: Task[],
  { concurrency }: Pick<WorkloadFlags, 'concurrency'>,
): Pick<PlanFile, 'limits' | 'subtasks'> {
  const ask = (id: string, questions: string[], dependsOn: string[]) => ({
    ...{ id, kind: 'ask' as const, title: id, questions, dependsOn, weight: questions.length },
  });
  const calls = (task: Task) => Array.from({ length: task.calls }, (_, call) => subtaskPrompt(task, call, task.deps));
  const { maxSubtasks, maxFanOut, maxDepth, slots } = LimitsSchema.shape;
  return {
    limits: {
      maxSubtasks: most(maxSubtasks),
      maxFanOut: most(maxFanOut),
      maxDepth: most(maxDepth),
      slots: Math.min(concurrency, most(slots)),
    },
    subtasks: [
      ask(PLAN, [PLAN_PROMPT], []),
      ...tasks.map((task) => ask(task.id, calls(task), task.deps.length > 0 ? task.deps : [PLAN])),
      ask(
        'final',
        [finalPrompt([])],
        tasks.map(({ id }) => id),
      ),
    ],
  };
}

/** In plan order, each folding in those of its dependencies. Contract: dependencies stand before what depends on them. */
function treeResults({ subtaskResult }: Harness, tasks: Task[], answers: Map<string, string[]>): string[] {
  const results = new Map<string, string>();
  for (const task of tasks) {
    const given = task.deps.map((id) => results.get(id) ?? '');
    results.set(task.id, subtaskResult(task, answers.get(task.id) ?? [], given));
  }
  return tasks.map(({ id }) => results.get(id) ?? '');
}

const most = (limit: { unwrap: () => z.ZodInt }): number => limit.unwrap().maxValue ?? Number.MAX_SAFE_INTEGER;
