/** What an agent that writes is told of the checks that it must pass and of the files' own notes. */
import type { Subtask } from '../../src/contracts/plan.ts';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import type { WorkBrief } from '../prompts/agent.ts';
import { clip } from '../../src/prompts/sections.ts';
import { commandText } from '../../src/run-command.ts';
import { checksOf } from './checks.ts';

/** Where authors write for agents; each at the top of the workspace. */
const NOTES = ['AGENTS.md', 'CLAUDE.md'];
const NOTES_CHARACTERS = 8000;

export async function workBrief(
  blobs: Blobs,
  work: WorkAssignment,
  filesRef: string,
  planned: Subtask,
): Promise<WorkBrief> {
  const { files } = await blobs.getJson(filesRef, ManifestSchema);
  const notes = files.filter(({ path, isBinary }) => NOTES.includes(path) && !isBinary);
  return {
    checks: (await checksOf(blobs, work, [planned])).map(({ name, check }) => ({
      name,
      command: commandText(check.command),
    })),
    notes: await Promise.all(
      notes.map(async ({ path, blob }) => ({ path, text: clip(await blobs.getText(blob), NOTES_CHARACTERS) })),
    ),
  };
}
