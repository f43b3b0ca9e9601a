/**
 * The Temporal CLI with its dev server: found, downloaded or built, in that order, and only once. Tried: `FLOTILLA_TEMPORAL_CLI`, our cache, a
 * new enough `temporal` on PATH, the SDK's own download, `go build` of the tools module beside this file.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildTemporalCli, GO_VERSION } from './temporal-build.ts';

const run = promisify(execFile);

/** The version that is built and downloaded: server 1.31.2, Web UI 2.50.1 (github.com/temporalio/cli/releases/tag/v1.8.2). */
export const CLI_VERSION = '1.8.2';
/** The oldest server whose task queues know priority and fairness without a switch. */
const OLDEST_SERVER = [1, 31, 0];

export interface BinarySettings {
  /** `FLOTILLA_TEMPORAL_CLI` */
  configured: string | undefined;
  cache: string;
  /** `PATH` */
  path: string;
  /** Told what is being done, where it takes long. */
  onProgress: (line: string) => void;
}

export class NoTemporalBinary extends Error {
  override readonly name = 'NoTemporalBinary';
}

/** What is there already; undefined when it would have to be brought. */
export async function findTemporalBinary({
  configured,
  cache,
  path,
}: Omit<BinarySettings, 'onProgress'>): Promise<string | undefined> {
  if (configured !== undefined) return requireConfigured(configured);
  const cached = cachedPath(cache);
  if (await isExecutable(cached)) return cached;
  for (const folder of path.split(':').filter((entry) => entry !== '')) {
    const candidate = join(folder, 'temporal');
    if ((await isExecutable(candidate)) && isNewEnough(await serverVersionOf(candidate))) return candidate;
  }
  return undefined;
}

/** A way to bring it to `target`; rejects with why it did not. */
export type Way = (target: string, settings: BinarySettings) => Promise<void>;

export async function ensureTemporalBinary(settings: BinarySettings, ways: Way[] = [download, build]): Promise<string> {
  const found = await findTemporalBinary(settings);
  if (found !== undefined) return found;
  const target = cachedPath(settings.cache);
  await mkdir(join(target, '..'), { recursive: true });
  const tried = [`no \`temporal\` with server ${OLDEST_SERVER.join('.')} or newer on PATH, none in ${settings.cache}`];
  for (const bring of ways) {
    try {
      await bring(target, settings);
      return target;
    } catch (error) {
      tried.push((error as Error).message);
    }
  }
  throw new NoTemporalBinary(
    `The Temporal server binary could not be had:\n${tried.map((line) => `  - ${line}`).join('\n')}\n` +
      `Install the Temporal CLI ${CLI_VERSION} or newer (https://docs.temporal.io/cli#install), or Go ${GO_VERSION} or newer, ` +
      `or set FLOTILLA_TEMPORAL_CLI to the path of a \`temporal\` binary.`,
  );
}

async function download(target: string, { cache, onProgress }: BinarySettings): Promise<void> {
  onProgress(`Temporal CLI ${CLI_VERSION}: trying to download it`);
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const downloadDir = join(cache, 'temporal-cli', 'download');
  await mkdir(downloadDir, { recursive: true });
  try {
    const executable = { type: 'cached-download', version: `v${CLI_VERSION}`, downloadDir } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
  } catch (error) {
    const [firstLine = ''] = (error as Error).message.split('\n');
    throw new Error(`download: ${firstLine.slice(0, 300)}`, { cause: error });
  }
  const [name] = await readdir(downloadDir);
  if (name === undefined) throw new Error('download: the SDK kept no file');
  await rename(join(downloadDir, name), target);
}

async function build(target: string, { onProgress }: BinarySettings): Promise<void> {
  await buildTemporalCli(CLI_VERSION, target, onProgress);
}

const cachedPath = (cache: string): string => join(cache, 'temporal-cli', CLI_VERSION, 'temporal');

async function requireConfigured(path: string): Promise<string> {
  const version = await serverVersionOf(path);
  if (version === null)
    throw new NoTemporalBinary(`FLOTILLA_TEMPORAL_CLI is ${path}, which does not run as the Temporal CLI.`);
  if (!isNewEnough(version)) {
    throw new NoTemporalBinary(
      `FLOTILLA_TEMPORAL_CLI is ${path} with server ${version.join('.')}; ${OLDEST_SERVER.join('.')} or newer is needed.`,
    );
  }
  return path;
}

/** `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)` → [1, 31, 2] */
async function serverVersionOf(binary: string): Promise<number[] | null> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 10_000 });
    const [, server] = /Server (\d+\.\d+\.\d+)/.exec(stdout) ?? [];
    return server?.split('.').map(Number) ?? null;
  } catch {
    return null;
  }
}

function isNewEnough(version: number[] | null): boolean {
  if (!version) return false;
  const difference = OLDEST_SERVER.map((wanted, index) => (version[index] ?? 0) - wanted).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
