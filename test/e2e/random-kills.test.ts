/**
 * Whole objectives while processes are killed at random requests: each ends with the right findings, no answer that was acknowledged is asked
 * for again, everything that was served stands in the books, these agree with journal and bill, and the cap has held. The seed is part of the failure.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { againstBills } from '../support/bills.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { fixtureRepository, FIXTURE_FINDINGS, placesOf } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';

const ROUNDS = 5;
const AT_ONCE = 4;
/** An objective of the fixture makes some twenty requests. */
const REQUESTS = 20 * AT_ONCE;
/** Room for a few worst cases at once, and for some in doubt: subagents wait for each other. */
const BUDGET_USD = 3;

const product = productForSuite();

/** A round's kills: whom, at the how-manieth request of the round. The server more seldom: everything waits for it. */
const kills = fc.uniqueArray(
  fc.record({
    whom: fc.constantFrom('mini' as const, 'mini' as const, 'manager' as const, 'nano' as const, 'temporal' as const),
    at: fc.integer({ min: 1, max: REQUESTS }),
  }),
  { selector: ({ at }) => at, minLength: 2, maxLength: 3, size: 'max' },
);
type Kills = typeof kills extends fc.Arbitrary<infer Value> ? Value : never;

/** Who is being restarted can't be killed. */
function kill(whom: Kills[number]['whom']): boolean {
  try {
    product.kill(whom);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function play(round: Kills): Promise<{ killed: number }> {
  let requests = 0;
  let killed = 0;
  product.script = () => {
    requests += 1;
    for (const { whom, at } of round) if (at === requests && kill(whom)) killed += 1;
    return null;
  };
  const handles = await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      product.flotilla.start({
        objective: 'Find what is risky.',
        workspace: fixtureRepository(),
        budgetUsd: BUDGET_USD,
      }),
    ),
  );
  for (const handle of handles) {
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5 } });
    expect(placesOf(await handle.report())).toEqual(FIXTURE_FINDINGS);
    const created = product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${handle.id}/`));
    const booked = bookedCreates(product.home, handle.id);
    expect(breaches(created, booked)).toEqual([]);
    // What is still held once an objective has ended was forgotten.
    expect((await handle.accounts()).filter(({ micros }) => micros.reserved !== 0)).toEqual([]);
    const ledger = await handle.ledger();
    expect([verifyLedger(ledger), againstBills(created, ledger.creates)]).toEqual([[], []]);
  }
  return { killed };
}

describe('objectives', () => {
  test(`end right, ${ROUNDS * AT_ONCE} of them, under random kills`, async () => {
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(kills, async (round) => {
        killed += (await play(round)).killed;
      }),
      { numRuns: ROUNDS, endOnFailure: true },
    );
    expect(killed).toBeGreaterThanOrEqual(ROUNDS);
  }, 900_000);
});
