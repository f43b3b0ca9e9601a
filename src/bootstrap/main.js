/**
 * `npm start`, `npm test`, `npm run bench`, `npx flotilla`: brings a bare clone to where it can run, then hands over. Plain JavaScript that Node 20
 * can run. When nothing is left to do, it is a few checks of files.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBubblewrap } from './bubblewrap.js';
import { ensureBuild } from './build.js';
import { ensureDependencies } from './dependencies.js';
import { ensureNode } from './node.js';
import { BootstrapError, say } from './say.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What each task hands over to, by this Node. */
const TASKS = {
  cli: (args) => [join(root, 'dist', 'src', 'cli', 'main.js'), ...args],
  start: (args) => [join(root, 'dist', 'src', 'cli', 'main.js'), 'quickstart', '--workspace', root, ...args],
  test: (args) => [join(root, 'test', 'run.ts'), ...args],
  bench: (args) => [join(root, 'test', 'bench', 'run.ts'), ...args],
  build: () => null,
};

/** Those that a newcomer begins with; a command of the product installs nothing on a machine. */
const SETTING_UP = ['start', 'test'];

export async function bootstrap(task, args) {
  const toArguments = TASKS[task];
  if (!toArguments)
    throw new BootstrapError(`There is no task "${task}"; there are: ${Object.keys(TASKS).join(', ')}.`);
  const node = ensureNode();
  if (SETTING_UP.includes(task)) ensureBubblewrap();
  ensureDependencies(node, root);
  ensureBuild(node, root);
  const command = toArguments(args);
  return command === null ? 0 : handOver(node, command);
}

/** The child has the terminal; Ctrl-C reaches it by itself, other requests to end are passed on. Resolves to its exit code. */
function handOver(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

export function runTask(task, args) {
  bootstrap(task, args).then(
    (code) => (process.exitCode = code),
    (error) => {
      say(error instanceof BootstrapError ? error.message : error.stack);
      process.exitCode = 1;
    },
  );
}
