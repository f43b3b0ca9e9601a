/**
 * Patches the files of a workspace, whole or not at all: everything is planned, then written beside, then put in place; what
 * was put in place is taken back where something after it can't be.
 */
import { isUtf8 } from 'node:buffer';
import { parsePatch } from '../../../patch/parse.ts';
import { FileMissing, PatchProblem } from '../../../patch/patch.ts';
import { type PatchedFiles, type PlannedChange, planPatch } from '../../../patch/plan.ts';
import type { Operations, PatchedFile } from '../../protocol.ts';
import { Refusal } from '../refusal.ts';
import { inFolder, Missing, split, statOf, workspacePath } from './held.ts';
import { hintFor, orAlike } from './missing.ts';
import { assertText, wholeFile } from './read.ts';
import { putInPlace } from './put-in-place.ts';

export function applyPatch(
  root: string,
  { patch }: Operations['applyPatch']['args'],
): Operations['applyPatch']['value'] {
  try {
    const planned = planPatch(parsePatch(patch, workspacePath), filesOf(root));
    putInPlace(root, planned);
    return { changed: planned.map(toPatchedFile) };
  } catch (error) {
    if (!(error instanceof PatchProblem)) throw error;
    throw new Refusal(error.message + (error instanceof FileMissing ? hintFor(root, error.path) : ''));
  }
}

function toPatchedFile(planned: PlannedChange): PatchedFile {
  const { path, change } = planned;
  return change === 'moved' ? { path, change, from: planned.from } : { path, change };
}

function filesOf(root: string): PatchedFiles {
  return {
    kindOf: (path) => kindOf(root, path),
    textOf: (path) => orAlike(root, path, () => textOf(root, path)),
  };
}

function kindOf(root: string, path: string): ReturnType<PatchedFiles['kindOf']> {
  const { folder, name } = split(path);
  if (name === '') return 'folder';
  try {
    const found = inFolder(root, folder, (held) => statOf(held, name));
    if (!found) return 'nothing';
    if (found.isSymbolicLink()) return 'link';
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (error instanceof Missing) return 'nothing';
    throw error;
  }
}

/** Only what comes back byte by byte when it is written again. */
function textOf(root: string, path: string): string {
  const { bytes } = wholeFile(root, path);
  assertText(path, bytes);
  if (!isUtf8(bytes)) throw new Refusal(`"${path}" is not UTF-8; a patch would change its other bytes. Use a command.`);
  return bytes.toString('utf8');
}
