/** `run` and `watch` when the whole stack goes: what they see of it, and that the objective goes on with the next one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { follow, ServerGone } from '../../src/cli/follow.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { ObjectiveHandle, ObjectiveView } from '../../src/client/objective-handle.ts';
import { claimPort } from '../../src/embedded/ports.ts';
import { temporaryFolder } from '../support/folders.ts';
import { followersOf } from '../support/followers.ts';
import { Gate } from '../support/gate.ts';
import { Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { until } from '../support/until.ts';

const product = new Product(temporaryFolder('flotilla-home'));
const command = followersOf(product);
let flags: string[];
beforeAll(async () => {
  const port = await claimPort(0, '', '');
  let uiPort = port;
  while (uiPort === port) uiPort = await claimPort(0, '', '');
  flags = ['--port', String(port), '--ui-port', String(uiPort)];
  await product.start(flags);
});
afterAll(() => product.stop());

/** An objective that waits for an answer of its plan. */
async function started(id: string) {
  const gate = new Gate();
  product.script = ({ callKey }) => (callKey.startsWith(`${id}/manager/1/0/plan`) ? gate.hold() : null);
  const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository(), id });
  await until(() => gate.arrived > 0);
  return { handle, gate };
}

/** The first view of which it is so. */
async function viewOnce(handle: ObjectiveHandle, isSo: (view: ObjectiveView) => boolean): Promise<ObjectiveView> {
  let view = await handle.view();
  await until(async () => isSo((view = await handle.view())));
  return view;
}

describe('a stack that is gone', () => {
  test('and back soon is outlasted by watch', async () => {
    const { gate } = await started('outlasted');
    const watching = command('watch', 'outlasted');
    await until(() => watching.said().includes('planning'));
    await product.end('SIGKILL');
    await product.up(flags);
    gate.open();
    expect(await watching.ended).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^completed: /m) as unknown });
  });

  test('is told from a worker that is gone, ends the following, and the next one goes on where it was', async () => {
    const { handle, gate } = await started('gone');
    const { manager = 0 } = product.endpoint.processes;
    process.kill(manager, 'SIGSTOP');
    await viewOnce(handle, ({ notice, isServerThere }) => notice !== null && isServerThere);
    // Whoever goes on from an answer is not given what was known last, nor nothing.
    const going = await Promise.allSettled([handle.plan(), handle.mapResults(), product.flotilla.changes(handle.id)]);
    expect(going.map((each) => each.status === 'rejected' && (each.reason as Error).name)).toEqual(
      Array(3).fill('NoWorkerAnswers'),
    );
    process.kill(manager, 'SIGCONT');
    await viewOnce(handle, ({ notice }) => notice === null);

    await product.end('SIGKILL');
    const silent = 'The Temporal server does not answer';
    const view = await viewOnce(handle, ({ notice }) => notice?.includes(silent) ?? false);
    expect(view).toMatchObject({ progress: { phase: 'planning' }, isServerThere: false });
    const following = follow(handle, {
      terminal: new Terminal(),
      reportsFolder: '',
      json: true,
      detached: new AbortController().signal,
      patienceMs: 1000,
    });
    await expect(following).rejects.toBeInstanceOf(ServerGone);

    await product.up(flags);
    gate.open();
    const watched = await command('watch', 'gone', '--json').ended;
    expect({ exitCode: watched.exitCode, ...(JSON.parse(watched.stdout) as object) }).toMatchObject({
      exitCode: 0,
      status: 'completed',
    });
  });

  test('with its database leaves the report of what has ended, and says so', async () => {
    const { handle, gate } = await started('ended');
    gate.open();
    await handle.result();
    await product.end('SIGINT');
    for (const file of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'])
      rmSync(join(product.home, file), { force: true });
    await product.up(flags);
    const watched = await product.cli('watch', 'ended');
    expect(watched).toMatchObject({ exitCode: 1, stdout: expect.not.stringContaining('defect') as unknown });
    expect(watched.stderr).toBe(
      'The Temporal server does not know objective ended (any more). It has ended. Its report: flotilla report ended\n',
    );
    expect((await product.cli('report', 'ended', '--markdown')).exitCode).toBe(0);
  });
});
