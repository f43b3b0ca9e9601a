/**
 * The sandbox of agents' commands, where it is missing and we may install it: as root, by apt-get. Nothing here stops a set-up, because
 * everything but such commands works without it. Tried once: a stamp in our cache says so.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache.js';
import { say } from './say.js';

const PACKAGE = 'bubblewrap';
const BY_HAND = `Agents run commands in a sandbox, and bubblewrap is not installed. To have it: apt-get install ${PACKAGE} (or dnf, pacman, apk). Everything else works without.`;
const OPTIONS = ['--yes', '--quiet', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=30'];
const NETWORK_MS = 120_000;
/** Cut short, this would leave the package manager in need of repair: so nothing of it waits for a network. */
const INSTALL_MS = 300_000;

const here = { platform: process.platform, isRoot: process.getuid?.() === 0, environment: process.env };

export function ensureBubblewrap({ platform, isRoot, environment } = here) {
  if (platform !== 'linux' || environment.FLOTILLA_SKIP_BUBBLEWRAP || environment.FLOTILLA_SANDBOX === 'none') return;
  if (isOnPath('bwrap', environment) || !isFirstTime()) return;
  if (!isRoot || !isOnPath('apt-get', environment)) return say(BY_HAND);
  say('Installing bubblewrap, the sandbox of agents’ commands');
  const problem = install(environment);
  if (problem !== null) say(`${BY_HAND} apt-get said: ${problem}`);
}

/** Null, or what went wrong in one line. */
function install(environment) {
  const run = (timeout, ...args) => aptGet(environment, timeout, args);
  const fetch = () => run(NETWORK_MS, 'install', '--download-only', ...OPTIONS, PACKAGE);
  // A fresh image has no lists.
  const missing = fetch() && (run(NETWORK_MS, 'update', '--quiet') ?? fetch());
  return missing ?? run(INSTALL_MS, 'install', '--no-download', ...OPTIONS, PACKAGE);
}

function aptGet(environment, timeout, args) {
  const { status, error, stderr, stdout } = spawnSync('apt-get', args, {
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout,
  });
  if (status === 0) return null;
  const lines = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n');
  return error?.message || lines.at(-1) || `exit code ${status}`;
}

function isFirstTime() {
  const stamp = join(cacheFolder(), 'bubblewrap-tried');
  if (existsSync(stamp)) return false;
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(stamp, '');
  return true;
}

function isOnPath(program, { PATH = '' }) {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
