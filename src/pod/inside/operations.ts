/** Everything that a supervisor can be asked for, by name. */
import { runOperation } from './commands.ts';
import { fileOperations } from './files/index.ts';
import type { SupervisorSetup } from './setup.ts';

/** Throws `Refusal` for what the model is told. */
export type Operation = (args: never, signal: AbortSignal) => Promise<unknown>;

export function operationsOf(setup: SupervisorSetup, onCommandExit: () => void): Record<string, Operation> {
  const files = Object.entries<(args: never) => Promise<unknown>>(fileOperations(setup.root));
  return {
    ...Object.fromEntries(files.map(([name, operation]) => [name, untilAborted(operation)])),
    run: runOperation(setup, onCommandExit),
  };
}

/** Of an operation that knows of no signal: it goes on, and nobody waits for it any more. */
const untilAborted =
  (operation: (args: never) => Promise<unknown>): Operation =>
  (args, signal) =>
    Promise.race([
      operation(args),
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    ]);
