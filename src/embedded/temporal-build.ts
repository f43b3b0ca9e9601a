/**
 * Builds the Temporal CLI from the Go tools module beside this file: some minutes, once per machine. Two builds at once are one: the second
 * waits for the first.
 */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { acquireProcessLock } from '../store/process-lock.ts';

const run = promisify(execFile);

export const GO_VERSION = '1.26.4';
/** Packages that a first build compiles, for the share that is shown. */
const PACKAGES = 1900;
const TELL_EVERY_MS = 15_000;

/** From `src/embedded` and from its compiled copy alike. */
async function moduleFolder(): Promise<string> {
  for (const candidate of ['./temporal-cli/', '../../../src/embedded/temporal-cli/']) {
    const folder = fileURLToPath(new URL(candidate, import.meta.url));
    if (await exists(join(folder, 'go.mod'))) return folder;
  }
  throw new Error('go build: the tools module is not part of this installation');
}

export async function buildTemporalCli(
  version: string,
  target: string,
  onProgress: (line: string) => void,
): Promise<void> {
  await requireGo();
  await mkdir(dirname(target), { recursive: true });
  const lockFile = `${target}.lock`;
  let lock = acquireProcessLock(lockFile);
  if (!lock) onProgress('Temporal CLI: another process is building it; waiting');
  while (!lock) {
    await sleep(1000);
    lock = acquireProcessLock(lockFile);
  }
  try {
    if (await exists(target)) return;
    await compile(version, target, onProgress);
  } finally {
    lock.release();
  }
}

async function compile(version: string, target: string, onProgress: (line: string) => void): Promise<void> {
  onProgress(`Temporal CLI ${version}: building it with Go, once; this takes some minutes`);
  const beside = `${target}.building`;
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const options = ['-v', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags, '-o', beside];
  const go = spawn('env', ['CGO_ENABLED=0', 'go', 'build', ...options, 'github.com/temporalio/cli/cmd/temporal'], {
    cwd: await moduleFolder(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const startedAt = Date.now();
  let [packages, downloads, toldAt] = [0, 0, startedAt];
  const lastLines: string[] = [];
  const ended = new Promise<number>((resolve, reject) =>
    go.once('error', reject).once('close', (code) => resolve(code ?? 1)),
  );
  ended.catch(() => undefined);
  for await (const line of createInterface({ input: go.stderr })) {
    if (line.startsWith('go: downloading')) downloads += 1;
    else packages += 1;
    lastLines.push(line);
    if (lastLines.length > 5) lastLines.shift();
    if (Date.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = Date.now();
    const share = Math.min(99, Math.round((packages / PACKAGES) * 100));
    const what = packages === 0 ? `${downloads} modules downloaded` : `${share} %`;
    onProgress(`Temporal CLI: ${what} after ${Math.round((toldAt - startedAt) / 1000)} s`);
  }
  if ((await ended) !== 0) {
    await rm(beside, { force: true });
    throw new Error(`go build failed: ${lastLines.join(' | ').slice(0, 500)}`);
  }
  await rename(beside, target);
  onProgress(`Temporal CLI: built in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

async function requireGo(): Promise<void> {
  const version = await run('go', ['env', 'GOVERSION'], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  if (version === null) throw new Error(`go build: Go is not installed`);
  const numbers = (text: string): number[] => text.replace('go', '').split('.').map(Number);
  const [wanted, found] = [numbers(GO_VERSION), numbers(version)];
  const difference = wanted.map((part, index) => (found[index] ?? 0) - part).find((delta) => delta !== 0) ?? 0;
  if (difference < 0) throw new Error(`go build: Go is ${version}, ${GO_VERSION} or newer is needed`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
