/** Paths as a model writes them, made relative to a workspace. Nothing here touches a disk. */

/** A relative path without `.` parts; `''` is the workspace itself. What would leave it is refused, as a `Refusal` of the caller's. */
export function relativePath(path: string, Refusal: new (message: string) => Error): string {
  const shown = JSON.stringify(path.slice(0, 200));
  if (path.includes('\0')) throw new Refusal(`${shown} holds a NUL byte; no path does.`);
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) {
    throw new Refusal(`${shown} is absolute; paths are relative to the workspace, like "src/main.ts".`);
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Refusal(`${shown} leads out of the workspace; ".." is not followed.`);
  return parts.join('/');
}
