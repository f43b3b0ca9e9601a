/** What a supervisor says of a workspace, before it is believed: it may be in the hands of an agent's processes. */
import { z } from 'zod';
import type { ScanResult } from '../pod/protocol.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { FREEZE_BOUNDS } from '../workspace/walk.ts';

const MOST_LEFT_OUT = 10_000;
/** More entries than files: links, and files that give way to others. */
const MOST_ENTRIES = 2 * FREEZE_BOUNDS.maxFiles;
const MOST_CHARACTERS = 4096;

const path = z.string().max(MOST_CHARACTERS);

const ScanSchema = z.object({
  scan: z.int().nonnegative(),
  isWhole: z.boolean(),
  files: z
    .array(
      z.object({
        path,
        bytes: z.int().nonnegative().max(FREEZE_BOUNDS.maxFileBytes),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        isExecutable: z.boolean(),
        isBinary: z.boolean(),
      }),
    )
    .max(FREEZE_BOUNDS.maxFiles),
  links: z.array(z.object({ path, target: path })).max(MOST_ENTRIES),
  removed: z.array(path).max(MOST_ENTRIES),
  leftOut: z
    .array(z.object({ path, reason: z.string().transform((reason) => reason.slice(0, 200)) }))
    .transform((entries) => entries.slice(0, MOST_LEFT_OUT)),
});

export function parseScan(said: unknown): ScanResult {
  const parsed = ScanSchema.safeParse(said);
  if (parsed.success) return parsed.data;
  throw notUnderstood('a list of files', parsed.error);
}

export interface ReadChunk {
  bytes: Buffer;
  isEnd: boolean;
}

/** Of at most `length` bytes, and one at least where it is not the last. */
export function parseChunk(said: unknown, length: number): ReadChunk {
  const most = 4 * Math.ceil(length / 3);
  const parsed = z.object({ base64: z.string().max(most), isEnd: z.boolean() }).safeParse(said);
  if (!parsed.success) throw notUnderstood('bytes of a file', parsed.error);
  const bytes = Buffer.from(parsed.data.base64, 'base64');
  return { bytes, isEnd: parsed.data.isEnd || bytes.length === 0 };
}

function notUnderstood(what: string, { issues: [issue] }: z.ZodError): TypedFailure {
  const place = issue?.path.join('.').slice(0, 100) ?? '';
  return new TypedFailure(
    'SnapshotInvalid',
    `What the sandbox answered is not ${what} within the bounds (${place}: ${issue?.message ?? 'unknown'}).`,
  );
}
