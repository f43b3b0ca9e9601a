/** `ledger`: the books of an objective as a tree, and the proof that they agree with the journal. */
import { InputInvalid } from '../../located-yaml.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import { toMicros } from '../../contracts/money.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { type Context, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { ledgerLines, toLedgerJson } from '../ledger-view.ts';
import { say } from '../terminal.ts';

export interface LedgerFlags {
  json?: boolean;
  verify?: boolean;
  /** `CALL#N=USD` */
  resolve?: string;
}

export const ledger = (context: Context, id: string, { json, verify, resolve }: LedgerFlags): Promise<number> =>
  withFlotilla(context, async (flotilla) => {
    const { terminal } = context;
    const handle = flotilla.objective(await flotilla.resolveId(id));
    if (resolve !== undefined) await settleDoubt(handle, resolve);
    const extract = await handle.ledger();
    if (extract.accounts.length === 0) throw new InputInvalid(`Objective ${handle.id} has no books yet.`);
    const problems = verify ? verifyLedger(extract) : null;
    if (json) terminal.json(toLedgerJson(handle.id, extract, problems));
    else {
      for (const line of ledgerLines(terminal, handle.id, extract)) terminal.line(line);
      for (const problem of problems ?? []) terminal.line(terminal.style('red', say`${problem}`));
      if (problems?.length === 0)
        terminal.line(
          terminal.style(
            'green',
            say`Verified: the accounts are what ${extract.creates.length} creates and ${extract.entries.length} entries add up to, to the micro-dollar.`,
          ),
        );
    }
    return problems && problems.length > 0 ? EXIT.failed : EXIT.done;
  });

const RESOLUTION = /^(.+)#(\d+)=(\d+(?:\.\d+)?)$/;

async function settleDoubt(handle: ObjectiveHandle, resolution: string): Promise<void> {
  const [, callKey = '', n = '', usd = ''] = RESOLUTION.exec(resolution) ?? [];
  if (callKey === '')
    throw new InputInvalid(
      `A resolution is CALL#N=USD, like ${handle.id}/reader/1/2/turn#1=0.0042, not "${resolution}".`,
    );
  if (!callKey.startsWith(`${handle.id}/`))
    throw new InputInvalid(`Call ${callKey} is none of objective ${handle.id}.`);
  if (await handle.resolveDoubt({ callKey, n: Number(n), costMicros: toMicros(Number(usd)) })) return;
  throw new InputInvalid(
    `Create ${n} of call ${callKey} is not in doubt. \`flotilla ledger ${handle.id}\` lists those that are.`,
  );
}
