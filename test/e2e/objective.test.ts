import { describe, expect, test } from '@jest/globals';
import { productForSuite } from '../support/suite.ts';
import { FIXTURE_FINDINGS, fixtureRepository } from '../support/repository.ts';

const product = productForSuite();

describe('an objective over a repository', () => {
  test('ends with the findings that the files hold, each at its line', async () => {
    const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
    const result = await handle.result();
    expect(result).toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5, failed: 0 }, findings: 5 });
    const report = await handle.report();
    expect(report?.findings.map(({ path, startLine }) => `${path}:${startLine}`).toSorted()).toEqual(FIXTURE_FINDINGS);
    expect(report?.findings.map(({ quote }) => quote)).toContain('  return eval(code);');
    expect(report?.isStandIn).toBe(true);
    expect(product.standIn.log.servedTwice).toEqual([]);
  });
});
