/** What takes longer hangs, however slow the machine. */
const WITHIN_MS = 120_000;

/** Waits for a condition instead of a time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`It did not happen within ${WITHIN_MS} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Signal 0 reaches nobody, and fails where there is nobody. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
