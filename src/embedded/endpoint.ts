/**
 * How commands find the stack of a home: a lock that says whether one runs, and a file that says where. The file of a stack that is gone is
 * not believed.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { acquireProcessLock, isProcessLockHeld, type ProcessLock } from '../store/process-lock.ts';

const EndpointSchema = z.object({
  pid: z.int(),
  startedAt: z.string(),
  /** `host:port` of the Temporal server; null where it is somebody else's. */
  temporalAddress: z.string().nullable(),
  namespace: z.string(),
  webUi: z.string().nullable(),
  standIn: z.string().nullable(),
  /** Where workers say how they are, by name; empty without FLOTILLA_HEALTH_PORT. A stack of before there were any says nothing. */
  health: z.record(z.string(), z.string()).default({}),
  /** Process ids by name, as they are now: `temporal`, `manager`, `mini`, `nano`, `stand-in`. */
  processes: z.record(z.string(), z.int()),
});
export type Endpoint = z.infer<typeof EndpointSchema>;

const fileOf = (home: string): string => join(home, 'endpoint.json');
const lockOf = (home: string): string => join(home, 'stack.lock');

/**
 * Null while another stack runs on this home. The endpoint that a killed one has left goes before the lock is asked for: whoever looks while it is
 * being taken finds it held already.
 */
export function lockHome(home: string): ProcessLock | null {
  if (!isProcessLockHeld(lockOf(home))) removeEndpoint(home);
  const lock = acquireProcessLock(lockOf(home));
  // It may have been killed since.
  if (lock) removeEndpoint(home);
  return lock;
}

export function writeEndpoint(home: string, endpoint: Endpoint): void {
  mkdirSync(home, { recursive: true });
  const beside = join(home, `.endpoint.${endpoint.pid}`);
  writeFileSync(beside, `${JSON.stringify(endpoint, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, fileOf(home));
}

/** The same for Temporal's own tools: `TEMPORAL_CONFIG_FILE=~/.flotilla/temporal.toml temporal workflow list`. */
export function writeTemporalProfile(home: string, address: string, namespace: string): string {
  const file = join(home, 'temporal.toml');
  mkdirSync(home, { recursive: true });
  writeFileSync(file, `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  return file;
}

export const removeEndpoint = (home: string): void => rmSync(fileOf(home), { force: true });

/** Where the running stack of this home is; null when none runs. */
export const readEndpoint = (home: string): Endpoint | null =>
  isProcessLockHeld(lockOf(home)) ? readFile(home) : null;

/** Ports of the stack that the file names. One that was killed leaves it until `lockHome`, and its servers end a moment after it. */
export function portsNamedIn(home: string): number[] {
  const endpoint = readFile(home);
  if (!endpoint) return [];
  const { temporalAddress, webUi, standIn, health } = endpoint;
  return [temporalAddress, webUi, standIn, ...Object.values(health)].flatMap((address) => portOf(address) ?? []);
}

function portOf(address: string | null): number | null {
  const [, port] = /:(\d+)(?:\/|$)/.exec(address ?? '') ?? [];
  return port === undefined ? null : Number(port);
}

/** Null where a stack is starting or stopping, and where there is none. */
function readFile(home: string): Endpoint | null {
  try {
    return EndpointSchema.parse(JSON.parse(readFileSync(fileOf(home), 'utf8')));
  } catch {
    return null;
  }
}
