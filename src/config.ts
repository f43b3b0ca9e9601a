/** The environment, parsed once. The only file that reads it; a wrong setting stops the process at start, by name. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';

const optional = z.string().trim().optional();

const EnvironmentSchema = z.object({
  FLOTILLA_HOME: optional,
  FLOTILLA_TIERS: optional,
  FLOTILLA_MODELS: optional,
  FLOTILLA_RATE_SHARE: z.coerce.number().positive().max(1).default(1),
  FLOTILLA_TEMPORAL_CLI: optional,
  FLOTILLA_PODS: optional,
  FLOTILLA_POD_PATHS: optional,
  FLOTILLA_DRAIN_SECONDS: z.coerce.number().min(0).max(3600).default(10),
  FLOTILLA_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  FLOTILLA_SANDBOX: z.enum(['pod', 'none']).default('pod'),
  FLOTILLA_SLOTS: z.coerce.number().int().min(1).max(1000).default(100),
  OPENAI_API_KEY: optional,
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  XDG_CACHE_HOME: optional,
  PATH: optional,
  CI: optional,
});

export interface Config {
  /** Where everything of ours lies: store, logs, reports, the endpoint file. */
  home: string;
  /** What can be made again: binaries, searchable trees. */
  cache: string;
  /** Where pods and the folders that they work in lie. Everybody may pass through those of root's: pods have a user of their own there. */
  podsFolder: string;
  /** Folders of toolchains outside of the system's that pods are shown, read-only, at their own paths. */
  podPaths: string[];
  tiersFile: string | undefined;
  /** Adds to the catalogue of models. */
  modelsFile: string | undefined;
  /** This worker's part of the account's rate limits. */
  rateShare: number;
  /** What the environment says of a variable that the catalogue names: keys and addresses of providers. */
  setting: (variable: string) => string | undefined;
  temporalCli: string | undefined;
  /** How long calls in flight may go on once a worker is told to stop. */
  drainSeconds: number;
  healthPort: number | undefined;
  /** Activities at once in one worker. */
  slots: number;
  /** `none`: agents' commands run on this machine as the worker does. Said by whoever starts the worker, never by a plan, a policy or a workspace. */
  sandbox: 'pod' | 'none';
  /** Where commands of checks look for programs. */
  path: string;
  isCi: boolean;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  // Set but empty is not set.
  const filled = Object.entries(environment).filter(([, value]) => value?.trim());
  const parsed = EnvironmentSchema.safeParse(Object.fromEntries(filled));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigError(`A setting in the environment is not valid. ${problems.join('; ')}`);
  }
  const settings = parsed.data;
  const home = resolve(settings.FLOTILLA_HOME ?? join(homedir(), '.flotilla'));
  return {
    home,
    podsFolder: settings.FLOTILLA_PODS === undefined ? podsFolderOf(home) : resolve(settings.FLOTILLA_PODS),
    podPaths: pathsOf(settings.FLOTILLA_POD_PATHS),
    cache: join(settings.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flotilla'),
    tiersFile: settings.FLOTILLA_TIERS,
    modelsFile: settings.FLOTILLA_MODELS,
    rateShare: settings.FLOTILLA_RATE_SHARE,
    setting: (variable) => environment[variable]?.trim() || undefined,
    temporalCli: settings.FLOTILLA_TEMPORAL_CLI,
    drainSeconds: settings.FLOTILLA_DRAIN_SECONDS,
    healthPort: settings.FLOTILLA_HEALTH_PORT,
    slots: settings.FLOTILLA_SLOTS,
    sandbox: settings.FLOTILLA_SANDBOX,
    path: settings.PATH ?? '/usr/bin:/bin',
    isCi: settings.CI !== undefined && settings.CI !== 'false' && settings.CI !== '0',
  };
}

/** Like `PATH`; each once. A relative one is left as it is, to be refused where it is used. */
function pathsOf(list = ''): string[] {
  const named = list.split(':').map((path) => path.trim());
  return [...new Set(named.filter((path) => path !== '').map((path) => (isAbsolute(path) ? resolve(path) : path)))];
}

/** Root's home is closed to the user of its pods. */
function podsFolderOf(home: string): string {
  if (process.getuid?.() !== 0) return join(home, 'pods');
  return `/var/tmp/flotilla-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;
}

/** The folder of the store within a home. */
export const storeFolder = (home: string): string => join(home, 'store');
