/** `pause`, `resume`, `approve`, `cancel`, `budget`: messages to an objective, from any terminal. */
import { InputInvalid } from '../../located-yaml.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import { UNITS } from '../../contracts/amounts.ts';
import { type BudgetState, hoursToMs, problemOfRaise } from '../../contracts/budget.ts';
import { amountText, toMicros } from '../../contracts/money.ts';
import { type Context, withFlotilla } from '../context.ts';
import { ObjectiveEnded } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { say } from '../terminal.ts';

async function send(
  context: Context,
  id: string,
  message: (handle: ObjectiveHandle) => Promise<string>,
): Promise<number> {
  return withFlotilla(context, async (flotilla) => {
    const handle = flotilla.objective(await flotilla.resolveId(id));
    const end = await handle.endedAs();
    if (end !== null)
      throw new ObjectiveEnded(`Objective ${handle.id} has ended: ${end}. See: flotilla show ${handle.id}`);
    context.terminal.line(say`${await message(handle)}`);
    return EXIT.done;
  });
}

export const pause = (context: Context, id: string): Promise<number> =>
  send(context, id, async (handle) => {
    await handle.pause();
    return `${handle.id}: no new turn or subtask starts; calls in flight end and are kept. Go on with: flotilla resume ${handle.id}`;
  });

export const resume = (context: Context, id: string): Promise<number> =>
  send(context, id, async (handle) => {
    await handle.resume();
    const { approval } = await handle.progress();
    return approval ? `${handle.id} still waits for approval: flotilla approve ${handle.id}` : `${handle.id} goes on.`;
  });

/** Yes to the estimate that waits, or with `--refuse` no. */
export const approve = (context: Context, id: string, { refuse = false, note }: ApproveFlags): Promise<number> =>
  send(context, id, async (handle) => {
    await (refuse ? handle.refuse(note) : handle.approve(note));
    return refuse
      ? `${handle.id} is refused: no further subtask starts, and its report is written.`
      : `${handle.id} goes on. Watch it with: flotilla watch ${handle.id}`;
  });

export interface ApproveFlags {
  refuse?: boolean;
  note?: string;
}

export const cancel = (context: Context, id: string): Promise<number> =>
  send(context, id, async (handle) => {
    await handle.cancel();
    return `${handle.id} is being cancelled: calls in flight are withdrawn, then its report is written.`;
  });

export interface RaiseFlags {
  raise?: number;
  raiseTokens?: number;
  raiseCalls?: number;
  raiseQuota?: number;
  raiseHours?: number;
}

/** `--raise 5` adds five dollars to the cap. */
export const budget = (context: Context, id: string, flags: RaiseFlags): Promise<number> =>
  send(context, id, async (handle) => {
    const { raise = 0, raiseTokens: tokens = 0, raiseCalls: calls = 0, raiseQuota: quota = 0, raiseHours = 0 } = flags;
    const message = { by: { micros: toMicros(raise), tokens, calls, quota }, wallMs: hoursToMs(raiseHours) };
    const problem = problemOfRaise(message);
    if (problem !== null)
      throw new InputInvalid(
        `${problem} Say what to raise: --raise USD, --raise-tokens N, --raise-calls N, --raise-quota N, --raise-hours H.`,
      );
    const { account } = await handle.view();
    const without = UNITS.filter((unit) => message.by[unit] > 0 && account?.[unit].cap == null);
    if (without.length > 0)
      throw new InputInvalid(
        `Objective ${handle.id} has no cap on ${without.map((unit) => UNIT_NAMES[unit]).join(' and ')} that could be raised.`,
      );
    const raised = await handle.raiseBudget(message);
    return `${handle.id}: ${standingText(raised)}`;
  });

const UNIT_NAMES = { micros: 'money', tokens: 'tokens', calls: 'calls', quota: 'quota' };

function standingText(account: BudgetState): string {
  const capped = UNITS.flatMap((unit) => {
    const { cap, settled, inDoubt } = account[unit];
    return cap === null ? [] : [`${amountText(unit, settled + inDoubt)} of ${amountText(unit, cap)} spent`];
  });
  return capped.length === 0 ? 'it goes on.' : `${capped.join(', ')}.`;
}
