/** The line between a worker and the supervisor that started it: an IPC channel, which closes when the supervisor is gone. */

export function tellSupervisor(message: 'ready'): void {
  process.send?.(message);
}

/** A supervisor that was killed can't stop its workers: they notice, stop by themselves, and are ended if that takes too long. */
export function onOrphaned(stop: () => void, deadlineMs: number): void {
  if (!process.channel) return;
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), deadlineMs).unref();
    stop();
  });
}

/** The channel would keep the process alive. */
export function leaveSupervisor(): void {
  if (!process.channel) return;
  process.removeAllListeners('disconnect');
  process.disconnect();
}
