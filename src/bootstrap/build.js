/** The compiled product in `dist`, with the Workflow bundle; made again when a source has changed. Whole or not at all. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError, say } from './say.js';

const FOLDERS = ['src', 'workflows', 'activities', 'workers'];
const FILES = ['tsconfig.json', 'package.json', 'package-lock.json'];

export function ensureBuild(node, root) {
  const stamp = stampOf(root);
  const target = join(root, 'dist');
  if (existsSync(join(target, '.stamp')) && readFileSync(join(target, '.stamp'), 'utf8') === stamp) return;
  say('Building');
  const beside = join(root, `dist.${process.pid}`);
  try {
    run(node, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root, '--outDir', beside], root);
    cpSync(join(root, 'src'), join(beside, 'src'), { recursive: true, filter: isData });
    run(node, [join(beside, 'workers', 'bundle.js')], root);
    writeFileSync(join(beside, '.stamp'), stamp);
    rmSync(target, { recursive: true, force: true });
    renameSync(beside, target);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** What is read at run time and not compiled. */
const isData = (path) => path.endsWith('.yaml') || statSync(path).isDirectory();

/** Hash of every source: contents, not times, so that a fresh clone of the same commit needs no second build. */
function stampOf(root) {
  const hash = createHash('sha256');
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  for (const file of [...FILES, ...sources.filter((path) => /\.(ts|yaml)$/.test(path)).sort()]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function run(node, args, cwd) {
  try {
    execFileSync(node, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new BootstrapError(`The build failed:\n${error.stdout}${error.stderr}`);
  }
}
