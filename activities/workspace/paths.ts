/** Paths as a model writes them, as keys of a manifest. Nothing here touches a disk: a manifest has no way out. */
import { relativePath } from '../../src/workspace/paths.ts';

/** Something a tool will not do, in words for the model. Never a failure: the conversation goes on. */
export class ToolRefusal extends Error {}

export const workspacePath = (path: string): string => relativePath(path, ToolRefusal);
