/**
 * Who a pod's processes are on the host. Root's would not be bound by RLIMIT_NPROC and could read root's files, so a worker of
 * root's starts them as a user of their own; then everything that a pod is shown must be open to that user.
 */
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PodSettingWrong } from './errors.ts';

export interface HostUser {
  uid: number;
  gid: number;
}

interface Owned extends HostUser {
  mode: number;
}

/** Of nobody else: the range 65000–65533 is reserved and handed out to no one, and 65534 has files and processes on some hosts. */
const POD_USER: HostUser = { uid: 65_530, gid: 65_530 };

/** Null: whoever the worker is. */
export const podUser = (): HostUser | null => (process.getuid?.() === 0 ? POD_USER : null);

/** Makes the folder of all pods; the pod's user may pass through it, and nobody else may have made it. */
export async function makePodsFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
  if (isNew && podUser()) await chmod(folder, 0o711);
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0)
    throw new PodSettingWrong(
      `The folder of pods ${folder} belongs to somebody else, or others may write to it.`,
      'Remove it, or name another one in FLOTILLA_PODS.',
    );
}

/** Makes a folder that a pod's user may pass through, and nobody may look into, whatever the umask. */
export async function makePassage(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
  if (isNew) await chmod(folder, 0o711);
}

/** Everything in `folder` belongs to the pod's user from now on. Links are not followed. */
export async function giveToPodUser(folder: string): Promise<void> {
  const user = podUser();
  if (user) await promisify(execFile)('chown', ['-RhP', `${user.uid}:${user.gid}`, folder]);
}

const PASSABLE = 'Name a folder that others may pass through in FLOTILLA_PODS.';

/** Throws where the pod's user can't pass through one of these folders, or through one that it lies in. `fix`: what would help. */
export async function assertReachable(folders: string[], fix = PASSABLE): Promise<void> {
  const user = podUser();
  if (!user) return;
  for (const path of folders) {
    for (let folder = await realpath(path); folder !== '/'; folder = dirname(folder)) {
      if (!isOpenTo(user, await stat(folder)))
        throw new PodSettingWrong(
          `${path} can't be shown to a pod: pods of root's run as user ${user.uid}, which may not pass through ${folder}.`,
          fix,
        );
    }
  }
}

/** Whether the pod's user may list what is in it. */
export function isReadable(folder: Owned): boolean {
  const user = podUser();
  return user === null || isOpenTo(user, folder, 0o4);
}

/** `right`: of the three bits of a class, as 1 for passing through. */
function isOpenTo({ uid, gid }: HostUser, { mode, ...owner }: Owned, right = 0o1): boolean {
  const shift = owner.uid === uid ? 6 : owner.gid === gid ? 3 : 0;
  return (mode & (right << shift)) !== 0;
}
