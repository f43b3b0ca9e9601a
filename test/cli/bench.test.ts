/** `flotilla bench adapter` before anything starts. */
import { expect, test } from '@jest/globals';
import { benchAdapter } from '../../src/cli/commands/bench.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config.ts';
import { InputInvalid } from '../../src/located-yaml.ts';
import { entriesIn, temporaryFolder } from '../support/folders.ts';

test.each([
  ['loop', /^--workload is "fanout" or "tree", not "loop": .* what is missing are tools that a caller brings\.$/],
  ['trees', /^--workload is "fanout" or "tree", not "trees"\.$/],
])('the workload %s is refused with what the product lacks for it, and nothing is written', async (workload, told) => {
  const out = temporaryFolder('flotilla-out');
  const context = { config: loadConfig({}), terminal: new Terminal(process.stdout, process.stderr), environment: {} };
  const refused = benchAdapter(context, { workload, n: 1, baseUrl: 'http://127.0.0.1:1/v1', out, concurrency: 1 });
  const error = await refused.catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(InputInvalid);
  expect((error as Error).message).toMatch(told);
  expect(entriesIn(out)).toEqual([]);
});
