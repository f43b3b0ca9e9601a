/** `diff` and `apply`: what an objective changed, to read, and to take over. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ObjectiveChanges } from '../../client/changes.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { countText } from '../../report/words.ts';
import { type Context, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say, type Terminal } from '../terminal.ts';

const MOST_NAMED = 20;

export const diff = (
  context: Context,
  id: string,
  subtask: string | undefined,
  { stat = false }: { stat?: boolean },
): Promise<number> =>
  withFlotilla(context, async (flotilla) => showDiff(context.terminal, await flotilla.changes(id), subtask, stat));

export interface ApplyFlags {
  branch?: string;
  patch?: string;
}

export const apply = (context: Context, id: string, flags: ApplyFlags): Promise<number> =>
  withFlotilla(context, async (flotilla) => applyChanges(context.terminal, await flotilla.changes(id), flags));

export async function showDiff(
  terminal: Terminal,
  changes: ObjectiveChanges,
  subtask: string | undefined,
  isStat: boolean,
): Promise<number> {
  if (isStat) {
    const lines = await changes.stat(subtask);
    for (const { path, added, removed } of lines)
      terminal.line(
        added === null || removed === null
          ? say`${'binary'.padStart(13)}  ${path}`
          : say`${terminal.style('green', `+${added}`.padStart(6))} ${terminal.style('red', `-${removed}`.padStart(6))}  ${path}`,
      );
    terminal.line(say`${countText(lines.length, 'file')} changed.`);
  } else terminal.text((await changes.diff(subtask)).replace(/\n$/, ''));
  await note(terminal, changes);
  return EXIT.done;
}

export async function applyChanges(
  terminal: Terminal,
  changes: ObjectiveChanges,
  { branch, patch }: ApplyFlags,
): Promise<number> {
  if (branch !== undefined && patch !== undefined)
    throw new InputInvalid('A branch is asked for, and a patch. Choose one of them.');
  if (branch !== undefined) await toBranch(terminal, changes, branch);
  else if (patch !== undefined) await toPatch(terminal, changes, patch);
  else await toFiles(terminal, changes);
  await note(terminal, changes);
  return EXIT.done;
}

async function toFiles(terminal: Terminal, changes: ObjectiveChanges): Promise<void> {
  const { added, changed, removed, isUnneeded } = await changes.applyToFiles();
  const { workspacePath } = changes.set;
  const files = say`${countText(added, 'file')} added, ${changed} changed, ${removed} removed in ${workspacePath}.`;
  terminal.line(isUnneeded ? say`Nothing to do: it is there already. ${files}` : files);
}

async function toBranch(terminal: Terminal, changes: ObjectiveChanges, name: string): Promise<void> {
  const { branch, parent, commits } = await changes.applyToBranch(name);
  const on = parent.slice(0, 12);
  terminal.line(
    say`Branch ${terminal.style('cyan', branch)}: ${countText(commits.length, 'commit')} on top of ${on} in ${changes.set.workspacePath}. It is not checked out.`,
  );
}

async function toPatch(terminal: Terminal, changes: ObjectiveChanges, file: string): Promise<void> {
  const path = resolve(file);
  await writeFile(path, await changes.patch());
  terminal.line(say`Written to ${terminal.style('cyan', path)}. Take it over with: git apply ${file}`);
}

/** What is not among the changes, and what a person should look at; told beside them, so that a difference can be redirected. */
async function note(terminal: Terminal, changes: ObjectiveChanges): Promise<void> {
  const { hidden } = await changes.changes();
  if (hidden.length > 0)
    terminal.error(say`Left out: ${named(hidden.map(({ path, reason }) => `${path} (${reason})`))}.`);
  if (changes.touchesProtected.length > 0)
    terminal.error(say`Look at these, for they say what is right: ${named(changes.touchesProtected)}.`);
}

const named = (paths: string[]): string =>
  paths.slice(0, MOST_NAMED).join(', ') + (paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '');
