/** npm, run by a Node of our choice. It asks nothing: install scripts are settled in package.json and .npmrc. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BootstrapError } from './say.js';

/** Runs npm quietly; what it said is shown when it fails. */
export function npm(node, args, cwd = process.cwd()) {
  const { status, error, stdout, stderr } = spawnSync(node, [npmScript(), ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  });
  if (status === 0) return;
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
  throw new BootstrapError(`npm ${args[0]} failed${error ? ` (${error.message})` : ''}:\n${said}`);
}

/** npm's own script: the one that started us, or the one on PATH. */
function npmScript() {
  const started = process.env.npm_execpath;
  if (started?.endsWith('.js') && existsSync(started)) return started;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, 'npm');
    if (existsSync(candidate)) return realpathSync(candidate);
  }
  throw new BootstrapError('npm was not found on PATH. It comes with Node: https://nodejs.org');
}
