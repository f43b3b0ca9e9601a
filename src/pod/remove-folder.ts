/** Removes what ran in pods has left, whatever it did to the modes of its folders. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Nothing where there is nothing. Called once nobody works there any more; somebody else may be removing the same. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await removeAll(folder);
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await openFolders(folder);
    await removeAll(folder);
  }
}

const removeAll = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });

/** What a command did to the modes of its folders is no reason to keep them for ever, or to let them run as somebody else. Links are not followed. */
export async function openFolders(folder: string): Promise<void> {
  await promisify(execFile)('chmod', ['-R', 'u+rwX,a-st', folder]);
}
