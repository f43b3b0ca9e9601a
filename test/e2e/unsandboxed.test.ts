/** `flotilla up --sandbox none`: changing files works with nothing between, and whoever looks is told so. */
import { expect, test } from '@jest/globals';
import { UNSANDBOXED_TEXT } from '../../src/cli/plan-view.ts';
import { UNSANDBOXED_NOTICE } from '../../src/report/words.ts';
import { newId } from '../support/calls.ts';
import { codeRepository, PATCHES } from '../support/code-repository.ts';
import { contentsOf } from '../support/folders.ts';
import { withClient } from '../support/history.ts';
import { productForSuite } from '../support/suite.ts';

const product = productForSuite({ flags: ['--sandbox', 'none'] });

/** What an objective's memo says of it; each time that it is written is an event of its history. */
async function memoOf(id: string) {
  return withClient(product, async ({ workflow }) => {
    const handle = workflow.getHandle(id);
    const [{ memo }, { events }] = [await handle.describe(), await handle.fetchHistory()];
    const written = (events ?? []).map(
      (event) => event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields,
    );
    const timesWritten = written.filter((fields) => fields?.['sandbox']).length;
    return { sandbox: memo?.['sandbox'], timesWritten };
  });
}

test('a subtask changes files with what the setup installed, and that there was no sandbox is said everywhere', async () => {
  const id = newId('bare');
  const workspace = codeRepository();
  const before = contentsOf(workspace);
  const handle = await product.flotilla.start({
    ...{ id, objective: 'Mend the library.', workspace },
    plan: {
      setup: { command: 'mkdir -p node_modules/five; echo "module.exports = 5" > node_modules/five/index.js' },
      checks: {
        five: { command: `node -e "if (require('five') !== require('./numbers').add(2, 3)) process.exit(1)"` },
      },
      subtasks: [
        { id: 'add', kind: 'code', title: 'Mend it', instructions: `${PATCHES.add}\n$ node -p "require('five')"` },
      ],
    },
  });
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expect((await handle.report())?.changes).toMatchObject([
    { files: [{ path: 'numbers.js' }], protected: [], isUnsandboxed: true },
  ]);
  expect(contentsOf(workspace)).toEqual(before);

  expect(product.output).toContain('agents run commands on this machine, with nothing between');
  expect((await product.cli('watch', id)).stdout).toContain(UNSANDBOXED_NOTICE);
  for (const format of ['markdown', 'html'] as const)
    expect(await handle.document(format)).toContain(UNSANDBOXED_NOTICE);
  expect(await memoOf(id)).toEqual({ sandbox: 'none, by the word of the operator', timesWritten: 1 });
});

test('it is said, too, where nothing came of it', async () => {
  const id = newId('bare-failed');
  const handle = await product.flotilla.start({
    ...{ id, objective: 'Mend the library.', workspace: codeRepository(), isWithoutAnswer: true },
    plan: {
      checks: { never: { command: 'false' } },
      ladders: { code: [{ tier: 'mini', tries: 2 }] },
      subtasks: [
        { id: 'look', kind: 'investigate', title: 'Look', instructions: 'Search for `add`.' },
        { id: 'add', kind: 'code', title: 'Mend it', instructions: PATCHES.add, dependsOn: ['look'] },
      ],
    },
  });
  expect(await handle.result()).toMatchObject({ status: 'failed', counts: { completed: 1, failed: 1 } });
  expect(await handle.report()).toMatchObject({ changes: [], isUnsandboxed: true });

  const { stdout } = await product.cli('watch', id);
  expect(stdout).toContain(UNSANDBOXED_TEXT);
  expect(stdout).toContain(UNSANDBOXED_NOTICE);
  for (const format of ['markdown', 'html'] as const)
    expect(await handle.document(format)).toContain(UNSANDBOXED_NOTICE);
  expect(await memoOf(id)).toEqual({ sandbox: 'none, by the word of the operator', timesWritten: 1 });
});

test('nothing is said of it where no agent chose a command', async () => {
  const id = newId('bare-reader');
  const handle = await product.flotilla.start({
    ...{ id, objective: 'Look.', workspace: codeRepository(), isWithoutAnswer: true },
    plan: { subtasks: [{ id: 'look', kind: 'investigate', title: 'Look', instructions: 'Search for `add`.' }] },
  });
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expect(await handle.report()).toMatchObject({ isUnsandboxed: false });
  expect((await product.cli('watch', id)).stdout).not.toContain('sandbox');
  expect(await memoOf(id)).toEqual({ sandbox: undefined, timesWritten: 0 });
});
