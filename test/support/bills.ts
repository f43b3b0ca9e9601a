/** The books beside the provider's bill, call by call (I10): settled ≤ billed ≤ settled + in doubt. */
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { costMicros, laneOf } from '../../src/pricing.ts';
import type { Bill, LoggedCreate } from '../../src/standin/request-log.ts';
import type { LedgerCreate } from '../../src/store/ledger.ts';

const CATALOGUE = loadCatalogue();

interface ReportedUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
}

function micros({ model, usage, serviceTier }: Bill): number {
  const figures = CATALOGUE.figuresOf(model);
  if (!figures) throw new Error(`There is no price for ${model}.`);
  const { input_tokens: inputTokens, output_tokens: outputTokens, ...details } = usage as ReportedUsage;
  const tokens = {
    inputTokens,
    outputTokens,
    cachedInputTokens: details.input_tokens_details.cached_tokens,
    reasoningTokens: details.output_tokens_details.reasoning_tokens,
  };
  return costMicros(figures, tokens, laneOf(serviceTier));
}

/** Calls whose books do not agree with their bills. Contract: the provider told every usage truly. */
export function againstBills(
  created: readonly Pick<LoggedCreate, 'callKey' | 'bill'>[],
  books: LedgerCreate[],
): string[] {
  const keys = [...new Set([...created, ...books].map(({ callKey }) => callKey))];
  return keys.flatMap((key) => {
    const billed = sum(created.filter(({ callKey }) => callKey === key).map(({ bill }) => (bill ? micros(bill) : 0)));
    const of = (state: LedgerCreate['state']): number =>
      sum(books.filter((create) => create.callKey === key && create.state === state).map(({ cost }) => cost.micros));
    const [settled, inDoubt] = [of('settled'), of('in-doubt')];
    return settled <= billed && billed <= settled + inDoubt
      ? []
      : [`${key}: billed ${billed}, settled ${settled}, in doubt ${inDoubt}`];
  });
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
