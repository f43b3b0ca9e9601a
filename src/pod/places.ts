/** Where layers lie in a workspace: places that they are mounted on, or links to them where nothing can be mounted. Made before anything runs there. */
import { lstat, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PodSpec } from './pod.ts';

type Placed = Pick<PodSpec, 'workspace' | 'layers'>;

/** Folders for layers and for scratch below them. None of them may be a link. */
export async function makePlaces({ workspace, layers }: Placed): Promise<void> {
  for (const { path, folder, scratch } of layers) {
    await makeFolders(workspace, path);
    for (const place of scratch) await makeFolders(folder, place);
  }
}

/** Whatever is in the place of a layer goes: it belongs to the engine, and no snapshot holds it. */
export async function linkLayers({ workspace, layers }: Placed): Promise<void> {
  for (const { path, folder } of layers) {
    await makeFolders(workspace, dirname(path));
    const place = join(workspace, path);
    await rm(place, { recursive: true, force: true });
    await symlink(folder, place);
  }
}

/** Nothing to make for `.`. */
async function makeFolders(root: string, path: string): Promise<void> {
  if (path === '.') return;
  let folder = root;
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') throw new Error(`"${path}" is no place within ${root}.`);
    folder = join(folder, name);
    await mkdir(folder).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    });
    if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} should be a folder: layers lie there.`);
  }
}
