/** Following an objective from a command, and saying how it stands or ended. */
import type { ObjectiveHandle } from '../client/objective-handle.ts';
import { type Context, interruptible, reportsFolderOf } from './context.ts';
import { printEnding } from './ending.ts';
import { estimateLines } from './estimate-view.ts';
import { EXIT } from './exit-codes.ts';
import { follow, followedExitCode, reportFolder } from './follow.ts';
import { say, type Styled, type Terminal } from './terminal.ts';
import { type ObjectiveJson, toObjectiveJson } from './view-json.ts';

export interface AttendOptions {
  json?: boolean;
  /** Instead of the ending, where it completes. */
  onCompleted?: () => Promise<void>;
  /** Ctrl-C ends the stack, too. */
  endsStack?: boolean;
}

/** Follows an objective that was started or found, and says how it ended. Also what `watch` does. */
export async function attend(
  { terminal, config }: Context,
  handle: ObjectiveHandle,
  { json = false, onCompleted, endsStack = false }: AttendOptions = {},
): Promise<number> {
  const { signal, release } = interruptible();
  const reportsFolder = reportsFolderOf(config);
  const later = endsStack
    ? say`it goes on once the stack is up again (flotilla up). Then: flotilla watch ${handle.id}`
    : say`it goes on. Come back with: flotilla watch ${handle.id}`;
  const hint = terminal.style('dim', say`Ctrl-C ${endsStack ? 'stops everything' : 'lets go of it'}; ${later}`);
  try {
    const last = await follow(handle, { terminal, reportsFolder, json, detached: signal, hint });
    const exitCode = followedExitCode(last, signal);
    if (onCompleted && last.status === 'completed') await onCompleted();
    else if (json) terminal.json(last);
    else if (last.phase === 'ended') await printEnding(terminal, handle, last);
    else await printStanding(terminal, handle, last, later, exitCode);
    return exitCode;
  } finally {
    release();
  }
}

/** After a start: says so, then follows, or leaves it to itself. */
export async function attendStarted(
  context: Context,
  handle: ObjectiveHandle,
  { detach = false, ...options }: AttendOptions & { detach?: boolean },
): Promise<number> {
  const { terminal, config } = context;
  if (!options.json) terminal.line(say`Objective ${terminal.style('bold', handle.id)} started.`);
  if (!detach) return attend(context, handle, options);
  if (!options.json) terminal.line(say`Watch it with: flotilla watch ${handle.id}`);
  else terminal.json(toObjectiveJson(await handle.view(), reportFolder(reportsFolderOf(config), handle.id)));
  return EXIT.done;
}

async function printStanding(
  terminal: Terminal,
  handle: ObjectiveHandle,
  { objectiveId: id, pause }: ObjectiveJson,
  later: Styled,
  exitCode: number,
): Promise<void> {
  if (exitCode !== EXIT.waits) return void terminal.line(say`Let go of ${id}; ${later}`);
  if (pause?.reason === 'approval') {
    const estimate = await handle.estimate();
    for (const line of estimate ? estimateLines(terminal, estimate) : []) terminal.line(line);
    terminal.line(terminal.style('yellow', say`It waits for approval: ${pause.message}`));
    return void terminal.line(
      say`Go on with: flotilla approve ${id}   or end it with: flotilla approve ${id} --refuse`,
    );
  }
  terminal.line(terminal.style('yellow', say`The budget stops it: ${pause?.message ?? ''}`));
  const raise = pause?.reason === 'WallTimeReached' ? '--raise-hours 1' : '--raise 5';
  terminal.line(say`Go on with: flotilla budget ${id} ${raise}   or end it with: flotilla cancel ${id}`);
}
