/** Paths as a model writes them, as keys of a manifest. Nothing here touches a disk: a manifest has no way out. */

/** Something a tool will not do, in words for the model. Never a failure: the conversation goes on. */
export class ToolRefusal extends Error {}

/** A relative path without `.` parts; `''` is the workspace itself. Refuses what would leave it. */
export function workspacePath(path: string): string {
  const shown = JSON.stringify(path.slice(0, 200));
  if (path.includes('\0')) throw new ToolRefusal(`${shown} holds a NUL byte; no path does.`);
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) {
    throw new ToolRefusal(`${shown} is absolute; paths are relative to the workspace, like "src/main.ts".`);
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ToolRefusal(`${shown} leads out of the workspace; ".." is not followed.`);
  return parts.join('/');
}
