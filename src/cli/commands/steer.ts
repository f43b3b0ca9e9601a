/** `pause`, `resume`, `cancel`, `budget`: messages to an objective, from any terminal. */
import { InputInvalid } from '../../located-yaml.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import { formatUsd, toMicros } from '../../contracts/money.ts';
import { type Context, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say } from '../terminal.ts';

async function send(
  context: Context,
  id: string,
  message: (handle: ObjectiveHandle) => Promise<string>,
): Promise<number> {
  return withFlotilla(context, async (flotilla) => {
    const handle = flotilla.objective(await flotilla.resolveId(id));
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
    return `${handle.id} goes on.`;
  });

export const cancel = (context: Context, id: string): Promise<number> =>
  send(context, id, async (handle) => {
    await handle.cancel();
    return `${handle.id} is being cancelled: calls in flight are withdrawn, then its report is written.`;
  });

/** `--raise 5` adds five dollars to the cap. */
export const budget = (context: Context, id: string, { raise }: { raise: number }): Promise<number> =>
  send(context, id, async (handle) => {
    const { account } = await handle.view();
    if (account?.capMicros == null) throw new InputInvalid(`Objective ${handle.id} has no cap that could be raised.`);
    const capMicros = account.capMicros + toMicros(raise);
    await handle.raiseBudget(capMicros);
    return `${handle.id}: the cap is ${formatUsd(capMicros)} now, ${formatUsd(account.settledMicros + account.inDoubtMicros)} of it spent.`;
  });
