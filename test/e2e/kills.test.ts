/** Kills at known moments: the stand-in holds a request until the process that made it is dead. */
import { describe, expect, test } from '@jest/globals';
import { productForSuite } from '../support/suite.ts';
import { FIXTURE_FINDINGS, fixtureRepository } from '../support/repository.ts';

const product = productForSuite();

/** Runs an objective; when `when` says so for the first time, `act` happens before the request is answered. */
async function runWith(when: (callKey: string) => boolean, act: () => Promise<void> | void) {
  let done = false;
  product.script = async ({ callKey }) => {
    if (!done && when(callKey)) {
      done = true;
      await act();
    }
    return null;
  };
  const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
  const result = await handle.result();
  expect(done).toBe(true);
  return { handle, result, report: await handle.report() };
}

async function expectRightEnd({ handle, result, report }: Awaited<ReturnType<typeof runWith>>) {
  expect(result).toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5 } });
  expect(report?.findings.map(({ path, startLine }) => `${path}:${startLine}`).toSorted()).toEqual(FIXTURE_FINDINGS);
  return handle;
}

describe('a kill', () => {
  test('of the mini worker in the middle of a turn changes nothing', async () => {
    await expectRightEnd(
      await runWith(
        (key) => key.includes('/dangerous/1/2/'),
        () => product.kill('mini'),
      ),
    );
  });

  test('of the manager worker while it plans changes nothing', async () => {
    await expectRightEnd(
      await runWith(
        (key) => key.endsWith('/manager/1/0/plan'),
        () => product.kill('manager'),
      ),
    );
  });

  test('of the Temporal server changes nothing', async () => {
    await expectRightEnd(
      await runWith(
        (key) => key.includes('/silenced/1/3/'),
        () => product.kill('temporal'),
      ),
    );
  });
});
