/** Commands that the caller names: on a copy, with nothing of ours in the environment but a pod's mark, and stopped whole. */
import { describe, expect, test } from '@jest/globals';
import { contentsOf, podsFolder } from '../support/folders.ts';
import { noPods } from '../support/no-pods.ts';
import { describePods } from '../support/pods.ts';
import { FIXTURE_FILES, fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { isAlive, until } from '../support/until.ts';
import { HELD, letGo, Work } from '../support/work.ts';

const pods = podsFolder();
const product = productForSuite({ environment: { FLOTILLA_PODS: pods } });
const work = new Work(pods);

describe('a check', () => {
  const check = (id: string) => ({ id, kind: 'check', title: `Run ${id}`, check: id });

  async function runChecks(checks: Record<string, unknown>) {
    const workspace = fixtureRepository();
    const subtasks = Object.keys(checks).map(check);
    const handle = await product.flotilla.start({ objective: 'Check it.', workspace, plan: { checks, subtasks } });
    const result = await handle.result();
    const report = await handle.report();
    const ends = Object.fromEntries((report?.subtasks ?? []).map((subtask) => [subtask.id, subtask]));
    return { workspace, result, ends, markdown: await handle.document('markdown') };
  }

  test('sees a copy of the frozen files and an environment made from nothing', async () => {
    const command = 'cat src/run.ts && env && echo spoilt > README.md && rm -r src && echo new > made.txt';
    const { workspace, result, ends } = await runChecks({ spoils: { command } });
    expect(result).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect(ends['spoils']).toMatchObject({
      state: 'completed',
      summary: expect.stringContaining('exit code 0'),
      output: expect.stringContaining('return eval(code);'),
    });
    const names = [...(ends['spoils']?.output ?? '').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(names).toContain('PATH');
    const ours = names.filter((name) => /OPENAI|FLOTILLA|TEMPORAL|NODE/.test(name ?? ''));
    expect(ours.filter((name) => name !== 'FLOTILLA_POD')).toEqual([]);
    expect(contentsOf(workspace)).toEqual(FIXTURE_FILES);
  });

  test('that fails, is stopped or can’t be started says so with its exit code and output, and ends the objective as failed', async () => {
    const { result, ends, markdown } = await runChecks({
      fails: { command: 'echo broken >&2; exit 3' },
      hangs: { command: 'sleep 600 & echo "sleeper $!"; wait', timeoutSeconds: 6 },
      absent: { command: ['/no/such/program'] },
    });
    expect(result).toMatchObject({ status: 'failed', failure: { type: 'SubtasksFailed' }, counts: { failed: 3 } });
    expect(ends['fails']).toMatchObject({
      failure: { type: 'CheckFailed', message: expect.stringContaining('exit code 3') },
      output: 'broken\n',
    });
    expect(ends['hangs']).toMatchObject({
      failure: { type: 'CheckTimedOut', message: expect.stringContaining('after 6 seconds') },
      output: expect.stringContaining('sleeper'),
    });
    // A pod says so like a shell.
    expect(ends['absent']).toMatchObject(
      noPods === null
        ? {
            failure: { message: expect.stringContaining('exit code 127') },
            output: expect.stringContaining('/no/such/program'),
          }
        : { failure: { type: 'CheckNotRunnable' } },
    );
    expect(markdown).toContain('broken');
    await work.untilGone();
    if (noPods === null) return;
    const sleeper = Number(/sleeper (\d+)/.exec(ends['hangs']?.output ?? '')?.[1]);
    await until(() => !isAlive(sleeper));
  });
});

describePods('a check in a pod', () => {
  test('ends with its worker, and is run again on a fresh copy', async () => {
    const handle = await product.flotilla.start({
      ...{ objective: 'Run it.', workspace: fixtureRepository() },
      plan: {
        checks: { held: { command: `test ! -e made && echo > made && ${HELD}`, timeoutSeconds: 600 } },
        subtasks: [{ id: 'held', kind: 'check', title: 'Held', check: 'held' }],
      },
    });
    await work.next('checks', 'held');
    const before = await work.processes();
    expect(before).not.toEqual([]);
    product.kill('mini');
    await until(async () => {
      const now = (await work.processes()).map(({ pid }) => pid);
      return before.every(({ pid }) => !now.includes(pid));
    });
    letGo(await work.next('checks', 'held'));
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    await work.untilGone();
  });
});
