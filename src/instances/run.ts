/** An instance from its file to a verdict: its repository is read, a state of its files is put to the tests, and what came of it is judged. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Manifest } from '../contracts/workspace.ts';
import { InputInvalid, readLocated } from '../located-yaml.ts';
import type { Tree } from '../snapshots/tree.ts';
import type { Blobs } from '../store/blobs.ts';
import { checkout, testFilesOf, withFiles } from './checkout.ts';
import { type Bench, evaluate, type Evaluation } from './evaluate.ts';
import { openRepository, patchedTree, type Repository, resolveCommit } from './git.ts';
import { type Instance, InstanceSchema } from './schema.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface OpenInstance {
  file: string;
  instance: Instance;
  repository: Repository;
  /** The id of the base. */
  commit: string;
  /** What whoever solves it begins with. */
  base: Manifest;
  testFiles: Tree;
}

export interface Judged {
  verdict: Verdict;
  evaluation: Evaluation;
}

/** `scratch`: a folder of the caller's for as long as the instance is open. Throws `InputInvalid`. */
export async function openInstance(
  file: string,
  { blobs, scratch, path }: { blobs: Blobs; scratch: string; path: string },
): Promise<OpenInstance> {
  const { value: instance } = readLocated(file, InstanceSchema, 'instance');
  const repository = await openRepository(besideFile(file, instance.repo), scratch, path);
  const commit = await resolveCommit(repository, instance.base);
  const base = await checkout(repository, commit, blobs);
  const testFiles = await testFilesOf(repository, instance.testFiles, blobs);
  return { file, instance, repository, commit, base, testFiles };
}

/** The base with the patch of a file upon it. */
export async function patched({ repository, commit }: OpenInstance, file: string, blobs: Blobs): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new InputInvalid(`The patch ${file} can't be read: ${(error as Error).message}`, { cause: error });
  });
  return checkout(repository, await patchedTree(repository, commit, { file, text }), blobs);
}

/** The instance's own patch; undefined where it names none. */
export const oracleOf = ({ file, instance: { oracle } }: OpenInstance): string | undefined =>
  oracle === undefined ? undefined : besideFile(file, oracle);

/**
 * `manifest` null: no change. Where a change could not be judged, the base is put to the tests, too, which tells whether the change or the
 * environment is the reason.
 */
export async function judge(bench: Bench, opened: OpenInstance, manifest: Manifest | null): Promise<Judged> {
  const evaluation = await evaluateState(bench, opened, manifest ?? opened.base);
  const verdict = verdictOf(opened.instance, evaluation);
  if (manifest === null || verdict.outcome !== 'environment-failure') return { verdict, evaluation };
  const control = await evaluateState(bench, opened, opened.base);
  return { verdict: verdictOf(opened.instance, evaluation, control), evaluation };
}

const evaluateState = (bench: Bench, { instance, testFiles }: OpenInstance, manifest: Manifest): Promise<Evaluation> =>
  evaluate(bench, instance, withFiles(manifest, testFiles));

const besideFile = (file: string, path: string): string => resolve(dirname(file), path);
