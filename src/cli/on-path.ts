/** Where a program is found, as a shell would find it. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Null where no folder of `path` has it. */
export async function programOn(path: string, name: string): Promise<string | null> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const at = join(folder, name);
    const isThere = await access(at, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return at;
  }
  return null;
}
