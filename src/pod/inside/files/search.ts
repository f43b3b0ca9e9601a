/**
 * Search by ripgrep. It opens by path, so a folder that is swapped for a link while it runs is followed: in a pod there is
 * nowhere to go, and without a sandbox the commands that could swap it read everything anyway.
 */
import { env } from 'node:process';
import { type Match, ripgrep } from '../../../ripgrep.ts';
import type { Operations } from '../../protocol.ts';
import { Refusal } from '../refusal.ts';
import { inFolder, split, statOf, withFile, workspacePath } from './held.ts';
import { orAlike } from './missing.ts';

const PROGRAM = '/run/flotilla/rg';

export async function search(
  root: string,
  { path, ...asked }: Operations['search']['args'],
): Promise<{ matches: Match[]; isCut: boolean }> {
  const below = workspacePath(path);
  orAlike(root, below, () => assertSearchable(root, below));
  return ripgrep({ ...asked, program: env['FLOTILLA_RG'] ?? PROGRAM, folder: root, below }, Refusal);
}

function assertSearchable(root: string, path: string): void {
  const { folder, name } = split(path);
  inFolder(root, folder, (held) => {
    if (name === '' || statOf(held, name)?.isDirectory()) return;
    withFile(held, name, () => undefined);
  });
}
