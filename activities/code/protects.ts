/**
 * Which files count as they were when the objective began: what any project has of that sort, what the commands name, what the caller adds, what the plan
 * adds.
 */
import type { Subtask } from '../../src/contracts/plan.ts';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import { commandText } from '../../src/run-command.ts';
import { PROTECTED_PATTERNS } from '../../src/snapshots/protected.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { type NamedCheck, workRulesOf } from './checks.ts';

export async function protectsOf(
  blobs: Blobs,
  work: WorkAssignment,
  subtasks: Subtask[],
  checks: NamedCheck[],
): Promise<string[]> {
  const { protects } = await workRulesOf(blobs, work);
  const planned = subtasks.flatMap((subtask) => (subtask.kind === 'code' ? subtask.protects : []));
  return [...new Set([...PROTECTED_PATTERNS, ...checks.flatMap(filesIn), ...protects, ...planned])];
}

/**
 * What a command is written in: a shell script that it names, a makefile. Whoever may change those decides how it ends. Programs that it runs are not
 * among them: they may be what is to be mended.
 */
function filesIn({ check }: NamedCheck): string[] {
  const text = commandText(check.command);
  const scripts = (text.match(/[\w@./-]+\.(?:sh|bash)\b/g) ?? [])
    .map((word) => word.replace(/^\.\//, ''))
    .filter((word) => !word.startsWith('/') && !word.includes('..'));
  return [...scripts.map((file) => `/${file}`), ...(/\bmake\b/.test(text) ? MAKEFILES : [])];
}

const MAKEFILES = ['Makefile', 'makefile', 'GNUmakefile'];
