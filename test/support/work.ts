/** Work in pods as the host sees it: their folders and processes, and what a workspace's lease would be gone on from. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFolder } from '../../src/config.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { type Listed, livingProcesses } from './processes.ts';
import { until } from './until.ts';

/** None where it is no folder, or gone in the meantime. */
function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** All pods of a home that was told to keep them in `folder`. */
export class Work {
  readonly folder: string;
  readonly #seen = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Of each pod that has one: where its files are. */
  workspaces(kind: 'work' | 'checks'): string[] {
    const all = foldersIn(join(this.folder, 'processes')).map((folder) => join(folder, kind));
    return kind === 'work'
      ? all.flatMap(foldersIn).flatMap(foldersIn)
      : all.flatMap(foldersIn).map((folder) => join(folder, 'workspace'));
  }

  /** What was made by processes that may be dead, and is not removed yet. */
  folders(): string[] {
    return ['work', 'checks', 'setup'].flatMap((kind) =>
      foldersIn(join(this.folder, 'processes')).flatMap((folder) => foldersIn(join(folder, kind))),
    );
  }

  /** The next workspace in which there is such a file: each is told once. */
  async next(kind: 'work' | 'checks', file: string): Promise<string> {
    let found: string | undefined;
    await until(() => {
      found = this.workspaces(kind).find((folder) => !this.#seen.has(folder) && existsSync(join(folder, file)));
      return found !== undefined;
    });
    this.#seen.add(found ?? '');
    return found ?? '';
  }

  /** Whoever is part of a pod: bubblewrap names the folders that it shows, and what runs below it dies with it. */
  async processes(): Promise<Listed[]> {
    return (await livingProcesses()).filter(({ command }) => command.includes(`${this.folder}/`));
  }

  async untilGone(): Promise<void> {
    await until(async () => (await this.processes()).length === 0);
  }
}

/** A command that is held until it is let go; where it runs there is a file `held`. */
export const HELD = 'echo > held; until [ -e go ]; do sleep 0.05; done; rm held go';

export const letGo = (workspace: string): void => writeFileSync(join(workspace, 'go'), '');

/** The same where somebody may be removing the workspace. */
export function letGoIfThere(workspace: string): void {
  try {
    letGo(workspace);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  }
}

/** What a lease's snapshot holds, by path; null where nobody holds the workspace. */
export async function keptFiles(home: string, workspaceId: string): Promise<Record<string, string> | null> {
  const database = new DatabaseSync(join(storeFolder(home), 'flotilla.db'), { readOnly: true });
  const row = database
    .prepare('SELECT snapshot_ref AS ref FROM workspaces WHERE workspace_id = ? AND host_id IS NOT NULL')
    .get(workspaceId);
  database.close();
  if (!row) return null;
  return filesOf(home, String(row['ref']));
}

/** The texts of a state, by path. */
export async function filesOf(home: string, ref: string): Promise<Record<string, string>> {
  const blobs = new Blobs(join(storeFolder(home), 'blobs'));
  const { files } = await blobs.getJson(ref, ManifestSchema);
  const texts = await Promise.all(files.map(async ({ path, blob }) => [path, await blobs.getText(blob)] as const));
  return Object.fromEntries(texts);
}

/** Turns that were kept, and how many leases were taken. */
export function leaseCounts(home: string, workspaceId: string): { token: number; turns: number } {
  const database = new DatabaseSync(join(storeFolder(home), 'flotilla.db'), { readOnly: true });
  const lease = database.prepare('SELECT token FROM workspaces WHERE workspace_id = ?').get(workspaceId);
  const turns = database
    .prepare('SELECT count(*) AS count FROM workspace_turns WHERE workspace_id = ?')
    .get(workspaceId);
  database.close();
  return { token: Number(lease?.['token'] ?? 0), turns: Number(turns?.['count']) };
}
