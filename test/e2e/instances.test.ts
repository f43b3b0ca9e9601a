/** Instances in the hands of an agent: the stand-in as an oracle that emits the fix through the real tools, as one that does nothing, four at once. */
import { expect, test } from '@jest/globals';
import { callsTool } from '../support/says.ts';
import { fixtureInstances } from '../support/instances.ts';
import { describePods } from '../support/pods.ts';
import { productForSuite } from '../support/suite.ts';

const FIX = [
  '*** Begin Patch',
  '*** Update File: cart.js',
  '-export const total = (prices) => prices.reduce((sum, price) => sum - price, 0);',
  '+export const total = (prices) => prices.reduce((sum, price) => sum + price, 0);',
  '*** End Patch',
].join('\n');

describePods('an instance that an agent works on', () => {
  const product = productForSuite();
  const { instance } = fixtureInstances();
  /** Who is asked about it for the first time patches it. */
  const oracle = (mends: (problem: string) => boolean): void => {
    product.script = ({ callKey, request }) =>
      callKey.endsWith('/fix/1/1/turn') && mends(JSON.stringify(request.input))
        ? callsTool('apply_patch', { patch: FIX })
        : null;
  };
  const run = async (file: string) => {
    const { exitCode, stdout, stderr } = await product.cli('instance', 'run', file, '--json');
    expect(stderr).not.toMatch(/error/i);
    return { exitCode, ...(JSON.parse(stdout) as { verdict: string }) };
  };

  test('is solved by who emits the fix, and not by who changes nothing', async () => {
    oracle(() => true);
    expect(await run(instance())).toMatchObject({ exitCode: 0, verdict: 'resolved' });
    oracle(() => false);
    expect(await run(instance())).toMatchObject({ exitCode: 1, verdict: 'not-resolved' });
  });

  test('has nothing of three others of the same repository that are worked on at once', async () => {
    oracle((problem) => problem.includes('GOOD'));
    const files = ['GOOD 1', 'bad 2', 'GOOD 3', 'bad 4'].map((problem) => instance({ problem }));
    const runs = await Promise.all(files.map(run));
    expect(runs.map(({ verdict }) => verdict)).toEqual(['resolved', 'not-resolved', 'resolved', 'not-resolved']);
  });
});
