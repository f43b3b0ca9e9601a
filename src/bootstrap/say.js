/** One line to the person who waits; standard error, so that output for programs stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** A step that failed: its message is all that is shown. */
export class BootstrapError extends Error {}
