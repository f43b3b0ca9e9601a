/**
 * A frozen workspace, and every snapshot of one: which path is which blob. The manifest is itself a blob; its reference names the state of all files.
 * Invariants: (1) paths are relative, `/`-separated, sorted, without `.` or `..` parts; (2) only regular files have a blob.
 */
import { z } from 'zod';

/** `isBinary` files hold a NUL byte in their first 8 KiB. */
export const FrozenFileSchema = z.object({
  path: z.string(),
  bytes: z.int(),
  blob: z.string(),
  isExecutable: z.boolean(),
  isBinary: z.boolean(),
});
export type FrozenFile = z.infer<typeof FrozenFileSchema>;

/** A symbolic link as content: never followed by us, and not shown to readers that could only follow it. */
export const FrozenLinkSchema = z.object({ path: z.string(), target: z.string() });
export type FrozenLink = z.infer<typeof FrozenLinkSchema>;

/** Something that was seen and left out, and why: reads of it are refused with this reason. */
export const LeftOutSchema = z.object({ path: z.string(), reason: z.string() });
export type LeftOut = z.infer<typeof LeftOutSchema>;

export const ManifestSchema = z.object({
  version: z.literal(1),
  files: z.array(FrozenFileSchema),
  links: z.array(FrozenLinkSchema).default([]),
  leftOut: z.array(LeftOutSchema),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** What a history may hold of a workspace. */
export interface WorkspaceSummary {
  workspaceRef: string;
  files: number;
  bytes: number;
  leftOut: number;
  /** Where the workspace is in a git repository: the commit that was checked out. The files may differ from it. */
  baseCommit?: string;
}
