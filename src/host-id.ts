/** The name of a host: of the home on it, made with it and kept for as long as it is there. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Workers that start at once agree: the first to write it has named it. */
export function hostIdIn(home: string): string {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'host-id');
  try {
    writeFileSync(file, randomBytes(6).toString('hex'), { flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
