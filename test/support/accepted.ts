/** A folder of the caller's that was frozen, and what subtasks made of it: accepted changes without an objective. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freeze } from '../../activities/workspace/freeze.ts';
import { ObjectiveChanges } from '../../src/client/changes.ts';
import type { ChangeSet } from '../../src/contracts/changes.ts';
import { baseCommitOf } from '../../src/workspace/base-commit.ts';
import { temporaryFolder } from './folders.ts';
import { type Content, newBlobs, snapshotOf } from './snapshots.ts';

export type Files = Record<string, Content>;
export const PATH = process.env['PATH'] ?? '';

const NOBODY = ['-c', 'user.name=A Caller', '-c', 'user.email=caller@localhost'];

/** In the caller's repository, as the caller. */
export const gitIn = (root: string, ...args: string[]): string =>
  execFileSync('git', ['-C', root, ...NOBODY, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export function write(root: string, files: Files): string {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, full);
    else writeFileSync(full, typeof content === 'object' && 'run' in content ? content.run : content);
    if (typeof content === 'object' && 'run' in content) chmodSync(full, 0o755);
  }
  return root;
}

/** Everything committed. */
export function repositoryWith(files: Files): string {
  const root = write(temporaryFolder('flotilla-repository'), files);
  gitIn(root, 'init', '-q', '-b', 'main');
  gitIn(root, 'add', '-A', '-f');
  gitIn(root, 'commit', '-qm', 'first');
  return root;
}

/** What subtasks `s1`, `s2`, … left of a folder that is frozen as it is now: each state whole. */
export async function accepted(workspacePath: string, states: Files[], change: Partial<ChangeSet> = {}) {
  const blobs = newBlobs();
  const { workspaceRef } = await freeze(blobs, workspacePath);
  const baseCommit = await baseCommitOf(workspacePath, PATH);
  const refs = await Promise.all(states.map((files) => snapshotOf(blobs, files)));
  const set: ChangeSet = {
    baseRef: workspaceRef,
    ...(baseCommit !== undefined && { baseCommit }),
    workspacePath,
    commits: refs.map((ref, index) => ({
      ...{ subtaskId: `s${index + 1}`, title: `Step ${index + 1}` },
      ...{ ref, touchesProtected: [] },
    })),
    ...change,
  };
  return { blobs, set, changes: new ObjectiveChanges(set, blobs, PATH) };
}
