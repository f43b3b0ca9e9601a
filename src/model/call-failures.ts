/** What becomes of a call that did not go well: refused by the books, answered with a page, or not taken by the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSubtaskAccount } from '../contracts/addresses.ts';
import { amountText } from '../contracts/money.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { isSpent, type Refusal } from '../store/ledger.ts';
import { ProviderFailure } from './port.ts';

/** A head of a conversation. Throws where the call was made as one that keeps none. */
export function kept<Head>(callKey: string, head: Head | null): Head {
  if (head !== null) return head;
  throw new TypedFailure('Unexpected', `The call ${callKey} has kept no conversation that could go on.`);
}

const STORE_RETRY_MS = 1000;
const STORE_TRIES = 60;
const TRIES_OF_A_PAGE = 3;
const RESERVED_RETRY_MS = 1000;

/** A page in place of an answer may be a passing one; when it keeps coming, a person must look at the address. */
export function patient(error: unknown, n: number): unknown {
  if (!(error instanceof ProviderFailure) || error.type !== 'ModelNotUnderstood' || n >= TRIES_OF_A_PAGE) return error;
  return new ProviderFailure('ModelUnavailable', error.message, error.billed, { cause: error });
}

/** A paid answer is held in memory until the store takes it: asking again would cost again. */
export async function whileStoreIsDown<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TypedFailure) || error.type !== 'StoreUnavailable' || tries === STORE_TRIES) throw error;
      await sleep(STORE_RETRY_MS);
    }
  }
}

/** Held by others: waited for. Spent: a person's to raise, where it is a person's cap; the end of a subtask that has used up its allowance. */
export function budgetFailure(refusal: Refusal): TypedFailure {
  const { accountId, unit, cap, spent, reserved, asked } = refusal;
  const amount = (value: number): string => amountText(unit, value);
  const wanted = asked > 0 ? `The next call may take up to ${amount(asked)}; of` : 'Of';
  const books = `${wanted} the cap of ${amount(cap)} of "${accountId}", ${amount(spent)} is spent and ${amount(reserved)} is held by calls in flight.`;
  if (!isSpent(refusal)) return new TypedFailure('BudgetReserved', books, { retryAfterMs: RESERVED_RETRY_MS });
  return new TypedFailure(isSubtaskAccount(accountId) ? 'AllowanceExceeded' : 'BudgetExceeded', books);
}
