/** `npm start`: everything up, a first objective over a repository, its report, and what to try next. */
import { readEndpoint } from '../../embedded/endpoint.ts';
import { StackRuns, type Stack } from '../../embedded/stack.ts';
import { type Context, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { playedKey } from '../model-access.ts';
import { say, type Terminal } from '../terminal.ts';
import { attend } from '../attend.ts';
import { bringUp, printStack, shutDown, untilStopped, type UpFlags, workersOf } from './up.ts';

export interface QuickstartFlags extends UpFlags {
  /** Ends with the objective's status instead of staying up. */
  once: boolean;
  workspace: string;
}

const OBJECTIVE = 'Find what is risky or unfinished in this repository, and say what to mend first.';

export async function quickstart(context: Context, flags: QuickstartFlags): Promise<number> {
  const { terminal, config } = context;
  const missing = flags.standIn ? undefined : playedKey(context, workersOf(flags.workers));
  // A stack that runs already answers as it was started.
  if (missing !== undefined && !readEndpoint(config.home))
    terminal.line(terminal.style('yellow', say`${missing} is not set, so ${STAND_IN_ANSWERS}`));
  const stack = await ownOrRunning(context, { ...flags, standIn: flags.standIn || missing !== undefined });
  if (stack) printStack(context, stack, flags);
  const interrupted = untilStopped();
  const exitCode = await withFlotilla(context, async (flotilla) => {
    const handle = await flotilla.start({ objective: OBJECTIVE, workspace: flags.workspace });
    terminal.line(say`${terminal.style('bold', OBJECTIVE)}`);
    return attend(context, handle, { endsStack: stack !== null });
  });
  const stays = stack !== null && !flags.once && !config.isCi && exitCode !== EXIT.detached;
  if (stays) {
    printNextSteps(terminal, stack);
    await interrupted;
  }
  if (stack) await shutDown(terminal, stack);
  return exitCode;
}

const STAND_IN_ANSWERS =
  'the stand-in answers: it plays manager and agents by rules, offline and for free, and is not a language model.';

/** Null when a stack runs on this home already: then that one is used, and left running. */
async function ownOrRunning(context: Context, flags: UpFlags): Promise<Stack | null> {
  try {
    return await bringUp(context, flags);
  } catch (error) {
    if (!(error instanceof StackRuns) || !readEndpoint(context.config.home)) throw error;
    context.terminal.line(say`A stack runs on ${context.config.home} already; using it.`);
    return null;
  }
}

function printNextSteps(terminal: Terminal, stack: Stack): void {
  const mini = stack.endpoint.processes['mini'] ?? 0;
  terminal.line();
  terminal.line(terminal.style('bold', 'Three things to try next, in another terminal, in this folder:'));
  terminal.line(say`  1. Kill a worker while it works, and see the objective go on:`);
  terminal.line(
    say`       npx flotilla run 'Find \`catch\` in this repository' --detach; sleep 2; kill -9 ${mini}; npx flotilla watch find-catch`,
  );
  terminal.line(say`  2. See the plan first, change it, and run what you changed:`);
  terminal.line(
    say`       npx flotilla run 'Find \`process\` in this repository' --plan-only --json > plan.json; npx flotilla run Mine --plan plan.json`,
  );
  terminal.line(
    say`  3. Look at what happened in the Temporal Web UI: ${terminal.style('cyan', stack.endpoint.webUi ?? '')}`,
  );
  terminal.line();
  terminal.line(say`Everything stays up until Ctrl-C.`);
}
