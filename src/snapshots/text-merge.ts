/** Three texts into one by git's own merge of files, each written into a folder of ours first: no repository, no attributes, no drivers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { git } from './git.ts';

export interface Sides {
  base: Buffer;
  ours: Buffer;
  theirs: Buffer;
}

/** `conflicts`: what each side has where they clash, as text. */
export type TextMerge = { merged: Buffer } | { conflicts: { ours: string; base: string; theirs: string }[] };

/** Exit codes of `git merge-file` (git-scm.com/docs/git-merge-file): the number of conflicts, at most 127; above, it failed. */
const MOST_CONFLICTS = 127;

export async function mergeTexts(sides: Sides, path: string, signal?: AbortSignal): Promise<TextMerge> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-merge-'));
  try {
    for (const side of ['ours', 'base', 'theirs'] as const) await writeFile(join(folder, side), sides[side]);
    const label = randomUUID();
    const labels = ['-L', label, '-L', label, '-L', label];
    const { exitCode, output } = await git({
      args: ['merge-file', '-p', '-q', '--diff3', ...labels, 'ours', 'base', 'theirs'],
      ...{ folder, path, answers: (code: number) => code <= MOST_CONFLICTS },
      environment: { GIT_DIR: '/nonexistent' },
      ...(signal && { signal }),
    });
    return exitCode === 0 ? { merged: output } : { conflicts: conflictsIn(output.toString('utf8'), label) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Between `<<<<<<< label`, `||||||| label`, `=======` and `>>>>>>> label`. */
function conflictsIn(text: string, label: string) {
  const conflicts: { ours: string; base: string; theirs: string }[] = [];
  let side: 'ours' | 'base' | 'theirs' | null = null;
  for (const line of text.split('\n')) {
    const now = conflicts.at(-1);
    if (line.startsWith(`<<<<<<< ${label}`)) {
      conflicts.push({ ours: '', base: '', theirs: '' });
      side = 'ours';
    } else if (line.startsWith(`||||||| ${label}`)) side = 'base';
    else if (side === 'base' && /^=======\r?$/.test(line)) side = 'theirs';
    else if (line.startsWith(`>>>>>>> ${label}`)) side = null;
    else if (side !== null && now) now[side] += `${line}\n`;
  }
  return conflicts;
}
