/**
 * How commands find the stack of a home: a lock that says whether one runs, and a file that says where. The file of a stack that is gone is
 * not believed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { acquireProcessLock, type ProcessLock } from '../store/process-lock.ts';

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

/** Null while another stack runs on this home. */
export const lockHome = (home: string): ProcessLock | null => acquireProcessLock(lockOf(home));

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
export function readEndpoint(home: string): Endpoint | null {
  if (!isHeld(lockOf(home))) return null;
  try {
    return EndpointSchema.parse(JSON.parse(readFileSync(fileOf(home), 'utf8')));
  } catch {
    // It is starting or stopping.
    return null;
  }
}

const SQLITE_BUSY = 5;

/** Whoever holds a lock lets nobody read its file. Nothing is written, not even for a moment: who only looks may have no right to more. */
function isHeld(lockFile: string): boolean {
  if (!existsSync(lockFile)) return false;
  const database = new DatabaseSync(lockFile, { readOnly: true, timeout: 0 });
  try {
    database.exec('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return true;
    throw error;
  } finally {
    database.close();
  }
}
