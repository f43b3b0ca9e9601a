/** Toolchains that lie outside of the system's folders: an operator names their folders, and pods are shown them at their own paths, read-only. */
import { access, constants, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bind, TOOLS, WORKSPACE } from './argv.ts';
import { PodSettingWrong } from './errors.ts';
import { assertReachable, isReadable } from './identity.ts';

const SETTING = 'FLOTILLA_POD_PATHS';

/** What a pod has of its own; nothing may lie over one of these, and nothing in the first ones. */
const CLOSED = ['/proc', '/sys', '/dev', TOOLS, WORKSPACE];
const OWN = [...CLOSED, '/etc', '/usr', '/bin', '/sbin', '/lib', '/lib64', '/tmp', '/run'];

export interface ShownFolders {
  binds: Bind[];
  /** Those with programs in them: what comes first on `PATH`. */
  programs: string[];
}

/** Throws `PodSettingWrong` where one of them can't be shown. */
export async function shownFolders(folders: string[]): Promise<ShownFolders> {
  for (const folder of folders) await assertShowable(folder);
  const programs = await Promise.all(folders.map(programsOf));
  return { binds: folders.map((folder) => ({ source: folder, target: folder })), programs: programs.flat() };
}

async function assertShowable(folder: string): Promise<void> {
  const wrong = (why: string, fix: string): PodSettingWrong =>
    new PodSettingWrong(`${folder}, which ${SETTING} names, can't be shown to pods: ${why}.`, fix);
  const leaveOut = `Name the folder of a toolchain in ${SETTING}, or leave this one out.`;
  if (!folder.startsWith('/')) throw wrong('it is no absolute path', leaveOut);
  if (
    OWN.some((own) => `${own}/`.startsWith(folder === '/' ? '/' : `${folder}/`)) ||
    CLOSED.some((own) => folder.startsWith(`${own}/`))
  )
    throw wrong('pods have something of their own there', leaveOut);
  const found = await stat(folder).catch((error: unknown) => {
    throw wrong(`it can't be opened (${(error as NodeJS.ErrnoException).code})`, leaveOut);
  });
  if (!found.isDirectory()) throw wrong('it is not a folder', leaveOut);
  const open = `Install the toolchain where everybody may read it (as /opt), open the folder to others, or leave it out of ${SETTING}.`;
  await assertReachable([folder], open);
  if (!isReadable(found)) throw wrong('others may not read it', open);
}

/** Its `bin`, or the folder itself, as toolchains and collections of links to programs lie; none of both where there are no programs. */
async function programsOf(folder: string): Promise<string[]> {
  const bin = join(folder, 'bin');
  if ((await stat(bin).catch(() => null))?.isDirectory()) return [bin];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => null))?.isFile() && (await isExecutable(path))) return [folder];
  }
  return [];
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
