/** What a supervisor may answer, operation by operation: an agent's processes may have reached it. */
import { z } from 'zod';
import type { OperationName, Operations } from './protocol.ts';

const count = z.int().nonnegative();

/** Below the workspace, `/`-separated, with nothing that leads elsewhere. */
const PathSchema = z
  .string()
  .refine((path) => !path.includes('\0') && path.split('/').every((name) => !['', '.', '..'].includes(name)), {
    error: 'not a path within the workspace',
  });

const OutputSchema = z.strictObject({ text: z.string(), bytes: count, isCut: z.boolean() });

const ChangeSchema = z.strictObject({
  path: PathSchema,
  change: z.enum(['added', 'changed', 'removed', 'moved']),
  from: PathSchema.exactOptional(),
});

const FileSchema = z.strictObject({
  path: PathSchema,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  isExecutable: z.boolean(),
  isBinary: z.boolean(),
});

const SCHEMAS: { [Name in OperationName]: z.ZodType<Operations[Name]['value']> } = {
  list: z.strictObject({
    entries: z.array(z.strictObject({ name: z.string(), isFolder: z.boolean(), files: count, bytes: count })),
    isCut: z.boolean(),
  }),
  readLines: z.strictObject({ lines: z.array(z.string()), totalLines: count, isLossy: z.boolean() }),
  search: z.strictObject({
    matches: z.array(z.strictObject({ path: z.string(), line: count, text: z.string() })),
    isCut: z.boolean(),
  }),
  applyPatch: z.strictObject({ changed: z.array(ChangeSchema) }),
  writeFile: z.strictObject({ isNew: z.boolean(), bytes: count }),
  run: z.strictObject({
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    isTimedOut: z.boolean(),
    isFlooding: z.boolean(),
    durationMs: count,
    output: OutputSchema,
  }),
  remember: z.strictObject({ files: count }),
  scan: z.strictObject({
    scan: count,
    isWhole: z.boolean(),
    files: z.array(FileSchema),
    links: z.array(z.strictObject({ path: PathSchema, target: z.string() })),
    removed: z.array(PathSchema),
    leftOut: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  }),
  read: z.strictObject({ base64: z.base64(), isEnd: z.boolean() }),
};

/** Throws where the answer is not of the operation's shape. */
export function assertAnswer(name: OperationName, value: unknown): void {
  SCHEMAS[name].parse(value);
}
