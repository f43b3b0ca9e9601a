import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { startPod } from '../../src/pod/host.ts';
import { foldersOfAll, OwnFolder } from '../../src/pod/own-folder.ts';
import { temporaryFolder } from '../support/folders.ts';
import { describePods, ordinaryUser, POD_LIMITS } from '../support/pods.ts';

const HOLDER = fileURLToPath(new URL('../support/own-folder-holder.ts', import.meta.url));

function podsFolder(owner: { uid: number; gid: number } | null = null): string {
  const folder = temporaryFolder('flotilla-own', '/var/tmp');
  chmodSync(folder, 0o711);
  if (owner) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

/** A process with a folder of its own. */
async function holder(pods: string, user: { uid: number; gid: number } | null = null) {
  const child = spawn(process.execPath, [HOLDER, pods], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...user });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { folder: String((await lines.next()).value), child };
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  end();
  await exit;
}

test('a process that ends leaves nothing, whatever the modes of what was made there', async () => {
  const pods = podsFolder(ordinaryUser);
  const { folder, child } = await holder(pods, ordinaryUser);
  expect(existsSync(folder)).toBe(true);
  await ended(child, () => child.stdin.end());
  expect(readdirSync(join(pods, 'processes'))).toEqual([]);
});

test('what a process that was killed has left is removed by the next one, and nothing of those that live', async () => {
  const pods = podsFolder();
  const [dead, living] = [await holder(pods), await holder(pods)];
  await ended(dead.child, () => dead.child.kill('SIGKILL'));
  expect(existsSync(dead.folder)).toBe(true);
  expect((await foldersOfAll(pods, 'work/one')).toSorted()).toEqual([dead.folder, living.folder].toSorted());
  const own = await OwnFolder.open(pods);
  const mine = await own.make('work/one');
  expect((await foldersOfAll(pods, 'work/one')).toSorted()).toEqual([living.folder, mine].toSorted());
  // Another one of the same process finds it held, too.
  const other = await OwnFolder.open(pods);
  expect(existsSync(mine)).toBe(true);
  await Promise.all([own.close(), other.close()]);
  expect(existsSync(living.folder)).toBe(true);
  await ended(living.child, () => living.child.kill('SIGKILL'));
});

describePods('a pod', () => {
  test('over a folder of the dead is ended before it is removed', async () => {
    const pods = podsFolder();
    const { folder, child } = await holder(pods);
    const workspace = join(folder, 'workspace');
    // Of this process, which lives: only where it works tells whose it is.
    mkdirSync(workspace);
    const spec = { workspace, layers: [], allowHosts: [], limits: POD_LIMITS };
    const pod = await startPod(spec, { podsFolder: pods });
    await ended(child, () => child.kill('SIGKILL'));
    const own = await OwnFolder.open(pods);
    expect(existsSync(folder)).toBe(false);
    expect(await pod.ended).toMatchObject({ reason: 'died' });
    await own.close();
  });
});
