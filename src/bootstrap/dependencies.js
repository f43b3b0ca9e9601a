/** The dependencies of the lockfile, installed when they are not. */
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.js';
import { say } from './say.js';

export function ensureDependencies(node, root) {
  if (!isInstalled(root)) {
    say('Installing dependencies by the lockfile');
    npm(node, ['ci', '--no-audit', '--no-fund'], root);
  }
  linkCommand(join(root, 'node_modules', '.bin', 'flotilla'));
}

/** In a clone, `npx flotilla` finds the command at once, as it would in a project that depends on us. */
function linkCommand(link) {
  if (existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'src', 'bootstrap', 'flotilla.js'), link);
}

/** npm leaves a copy of what it installed; it holds every package of the lockfile that this platform needs, at its version. */
function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}
