/** What `flotilla doctor` says of toolchains that a person has and pods are not shown. */
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Config } from '../config.ts';
import { type Finding, warning } from './finding.ts';
import { programOn } from './on-path.ts';

const PROGRAMS = ['node', 'npm', 'pnpm', 'yarn', 'bun', 'python3', 'uv', 'cargo', 'go', 'java'];
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64'];

/** Our own Node is in every pod. None where commands in pods find the same programs, or run with nothing between. */
export async function programsFinding({
  sandbox,
  path,
  podPaths,
}: Pick<Config, 'sandbox' | 'path' | 'podPaths'>): Promise<Finding[]> {
  if (sandbox === 'none') return [];
  const found = await Promise.all(PROGRAMS.map(async (name) => ({ name, at: await whereIs(name, path) })));
  const shown = [...SYSTEM, ...podPaths];
  const outside = found.filter(
    ({ at }) => at !== null && at !== process.execPath && !shown.some((folder) => at.startsWith(`${folder}/`)),
  );
  if (outside.length === 0) return [];
  const folders = [...new Set(outside.map(({ at }) => toolchainOf(at as string)))];
  const named = outside.map(({ name, at }) => `${name} (${at})`).join(', ');
  return [
    warning(
      'programs in pods',
      `pods are not shown ${named}`,
      `Where agents' commands need them: FLOTILLA_POD_PATHS=${[...podPaths, ...folders].join(':')}`,
    ),
  ];
}

/** Its real place: what lies elsewhere behind a link is not shown with it. Links within one toolchain, as `bin/npm` of Node's, are. */
async function whereIs(name: string, path: string): Promise<string | null> {
  const at = await programOn(path, name);
  if (at === null) return null;
  const real = await realpath(at);
  return real.startsWith(`${toolchainOf(at)}/`) ? at : real;
}

/** The folder that `bin` lies in; of what lies elsewhere, its own. */
const toolchainOf = (at: string): string => (basename(dirname(at)) === 'bin' ? dirname(dirname(at)) : dirname(at));
