/** A provider that turns every call of a tier away for a while. */
import { expect, test } from '@jest/globals';
import { bookedCreates } from '../support/books.ts';
import { fixtureRepository, placesOf, FIXTURE_FINDINGS } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

test('a storm of refusals costs no money, ends no attempt and holds up no other tier', async () => {
  let [isStormy, refusals] = [true, 0];
  product.script = ({ request }) => {
    if (!isStormy || !request.model.startsWith('gpt-5.4-mini')) return null;
    refusals += 1;
    return { kind: 'error', status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after-ms': '50' } };
  };
  const workspace = fixtureRepository();
  const stormed = await product.flotilla.start({ objective: 'Find what is risky.', workspace });
  await until(() => refusals >= 30);

  const planned = await product.flotilla.start({ objective: 'Find what is risky.', workspace, planOnly: true });
  expect(await planned.result()).toMatchObject({ status: 'completed' });
  expect(isStormy).toBe(true);

  isStormy = false;
  expect(await stormed.result()).toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5 } });
  const report = await stormed.report();
  expect(placesOf(report)).toEqual(FIXTURE_FINDINGS);
  expect(report?.subtasks.every(({ attempts }) => attempts === 1)).toBe(true);
  const refused = bookedCreates(product.home, stormed.id).filter(({ failure }) => failure === 'ModelRateLimited');
  expect(refused.length).toBeGreaterThanOrEqual(30);
  expect(refused.every(({ state }) => state === 'released')).toBe(true);
  const { account } = await stormed.view();
  expect(account).toMatchObject({ micros: { reserved: 0, inDoubt: 0 } });
});
