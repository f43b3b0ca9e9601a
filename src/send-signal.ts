/** Signals to processes that may have gone by themselves. */

/** As `kill(2)`: a process, a group by its negated id, everybody by -1. Nothing where there is nobody. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}
