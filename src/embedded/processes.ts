/** The processes of a stack: what each runs, with which environment, and how long it may drain. */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tier } from '../contracts/addresses.ts';
import { type Endpoint, writeTemporalProfile } from './endpoint.ts';
import type { ProcessSpec } from './managed-process.ts';
import { serverArguments, type ServerPorts, whenServerReady } from './server.ts';

export interface ProcessSettings {
  home: string;
  drainSeconds: number;
  environment: NodeJS.ProcessEnv;
}

/** The server gets this long to end after its workers have drained. */
const SERVER_GRACE_MS = 5000;
/** A worker forces itself this long after its grace; forcing from outside is for one that hangs. */
const WORKER_MARGIN_MS = 8000;

/** Paths of our own modules, compiled or not. */
const moduleAt = (path: string): string =>
  fileURLToPath(new URL(`${path}${extname(import.meta.url)}`, import.meta.url));

const logOf = (home: string, name: string): string => join(home, 'logs', `${name}.log`);

export function serverSpec({ home, environment }: ProcessSettings, binary: string, ports: ServerPorts): ProcessSpec {
  return {
    name: 'temporal',
    module: moduleAt('./keeper'),
    args: [binary, ...serverArguments(home, ports)],
    env: environment,
    logFile: logOf(home, 'temporal'),
    graceMs: SERVER_GRACE_MS,
    whenReady: (signal) => whenServerReady(`127.0.0.1:${ports.grpc}`, signal),
  };
}

export function standInSpec({ home, environment }: ProcessSettings, port: number, latencyMs: number): ProcessSpec {
  return {
    name: 'stand-in',
    module: moduleAt('../standin/main'),
    args: [String(port), String(latencyMs)],
    env: environment,
    logFile: logOf(home, 'stand-in'),
    graceMs: 2000,
  };
}

export function workerSpec(
  settings: ProcessSettings,
  tier: Tier,
  endpoint: Endpoint,
  healthPort: number | undefined,
): ProcessSpec {
  const health = healthPort === undefined ? {} : { FLOTILLA_HEALTH_PORT: String(healthPort) };
  return {
    name: tier,
    module: moduleAt(`../../workers/${tier}`),
    args: [],
    env: { ...workerEnvironment(settings, endpoint), ...health },
    logFile: logOf(settings.home, tier),
    graceMs: settings.drainSeconds * 1000 + WORKER_MARGIN_MS,
  };
}

/** Workers of an embedded server speak to it, whatever Temporal configuration the shell has. */
function workerEnvironment(
  { environment, home, drainSeconds }: ProcessSettings,
  { temporalAddress, namespace, standIn }: Endpoint,
): NodeJS.ProcessEnv {
  const own = { ...environment, FLOTILLA_HOME: home, FLOTILLA_DRAIN_SECONDS: String(drainSeconds) };
  const model = standIn === null ? {} : { OPENAI_BASE_URL: standIn, OPENAI_API_KEY: 'stand-in' };
  if (temporalAddress === null) return { ...own, ...model };
  const withoutTemporal = Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('TEMPORAL_')));
  return { ...withoutTemporal, ...model, TEMPORAL_CONFIG_FILE: writeTemporalProfile(home, temporalAddress, namespace) };
}
