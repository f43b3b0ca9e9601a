/** What maps read from outside of the workspace, by absolute paths: whether it is there before anything starts, and how large it is. */
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { MapInput } from '../../contracts/map.ts';
import type { PlanProblem } from '../../contracts/parse-plan.ts';
import type { Subtask } from '../../contracts/plan.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import { sourceOnDisk } from './on-disk.ts';
import { isGlob } from './scope.ts';

/** Inputs that can't be what is meant. What is in them is found out when they are frozen. */
export async function inputProblems(subtasks: Subtask[]): Promise<PlanProblem[]> {
  const problems = subtasks.map(async (subtask, index): Promise<PlanProblem[]> => {
    const message = isOutside(subtask) ? await problemOf(subtask.input) : null;
    return message === null ? [] : [{ path: ['subtasks', index, 'input', 'path'], message }];
  });
  return (await Promise.all(problems)).flat();
}

/** Each input under the name that the plan has for it, all of its files together. */
export async function inputSizes(subtasks: Subtask[]): Promise<{ path: string; bytes: number }[]> {
  const inputs = subtasks.filter(isOutside).map(({ input }) => input);
  return Promise.all(inputs.map(async (input) => ({ path: input.path, bytes: await bytesOf(input) })));
}

const isOutside = (subtask: Subtask): subtask is Extract<Subtask, { kind: 'map' }> =>
  subtask.kind === 'map' && isAbsolute(subtask.input.path);

async function problemOf(input: MapInput): Promise<string | null> {
  const { path } = input;
  if (!isGlob(path) && !(await stat(path).catch(() => null))) return `There is no file or folder ${path}.`;
  try {
    const source = await sourceOnDisk('/', input);
    return source.format === 'files' && source.files.length === 0 ? `${path} means no file that can be read.` : null;
  } catch (error) {
    if (error instanceof TypedFailure) return error.message;
    throw error;
  }
}

async function bytesOf(input: MapInput): Promise<number> {
  const source = await sourceOnDisk('/', input);
  const files = source.format === 'files' ? source.files : [source.file];
  const sizes = files.map(async ({ path }) => (await stat(path).catch(() => null))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
