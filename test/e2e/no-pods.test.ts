/** A host where no pod can be started: what changes files is not begun, and everything else goes on. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { newId } from '../support/calls.ts';
import { CHECKS, codeRepository, PATCHES } from '../support/code-repository.ts';
import { folderWith } from '../support/folders.ts';
import { productForSuite } from '../support/suite.ts';

const product = productForSuite({ environment: { FLOTILLA_POD_PATHS: '/no/such/toolchain' } });

test('says why and what would help, before anything is paid for', async () => {
  const id = newId('unready');
  const subtask = { id: 'add', kind: 'code', title: 'Mend it', instructions: PATCHES.add, checks: ['add'] };
  const plan = { objective: 'Mend the library.', checks: CHECKS, subtasks: [subtask] };
  const file = join(folderWith({ 'plan.json': JSON.stringify(plan) }), 'plan.json');
  const { exitCode, stdout } = await product.cli('run', '--plan', file, '--workspace', codeRepository(), '--id', id);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("/no/such/toolchain, which FLOTILLA_POD_PATHS names, can't be shown to pods");
  expect(stdout).toContain('leave this one out');
  const { subtasks } = await product.flotilla.objective(id).progress();
  expect(subtasks).toMatchObject([{ failure: { type: 'SandboxUnavailable' }, spend: { calls: 0 } }]);
});
