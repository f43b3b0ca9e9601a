/** File descriptors that came with the process from outside: a worker hands on what its own parent left open. */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/** Closes all but stdio. Node opens every descriptor of its own close-on-exec, so what is not so was inherited. */
export function closeInherited(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) if (fd > 2 && isInherited(fd)) closeSync(fd);
}

function isInherited(fd: number): boolean {
  try {
    const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The one through which the folder was read.
    return false;
  }
}
