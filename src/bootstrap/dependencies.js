/** The dependencies of the lockfile, installed when they are not. */
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.js';
import { BootstrapError, say } from './say.js';

export function ensureDependencies(node, root) {
  refuseLink(join(root, 'node_modules'));
  if (!isInstalled(root)) {
    say('Installing dependencies by the lockfile');
    npm(node, ['ci', '--no-audit', '--no-fund'], root);
  }
  linkCommand(join(root, 'node_modules', '.bin', 'flotilla'));
}

/** What npm installs it first empties, and through a link that is the folder of somebody else. */
function refuseLink(folder) {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new BootstrapError(
    `${folder} is a symbolic link. Installing through it would empty the folder that it points to, so nothing was done. Remove the link (rm ${folder}) and start again: the dependencies are installed by the lockfile.`,
  );
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
