/** What a setup is known by: the same key, the same layers. */
import { createHash } from 'node:crypto';
import type { Manifest } from '../../contracts/workspace.ts';
import { commandText } from '../../run-command.ts';
import { isDependencyFile } from './dependency-files.ts';

/** As the policy says it. */
export interface LayerSetup {
  command: string | string[];
  timeoutSeconds: number;
  /** As in `PodSpec`. */
  allowHosts: string[];
}

/** Goes up when layers are made in another way. */
const FORM = 2;

/** The command, where it may reach, which toolchains it finds (`paths`), the files that say what is depended on, and those that the command names. */
export function layerKey(
  { command, allowHosts }: LayerSetup,
  { files }: Pick<Manifest, 'files'>,
  paths: string[] = [],
): string {
  const words = commandText(command);
  const deciding = files
    .filter(({ path }) => isDependencyFile(path) || words.includes(path))
    .map(({ path, blob }) => [path, blob])
    .sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
  const stated = [FORM, process.platform, process.arch, command, allowHosts.toSorted(), deciding, paths];
  return createHash('sha256').update(JSON.stringify(stated)).digest('hex');
}
