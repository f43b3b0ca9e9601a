/** Kills while subagents change files: commands, patches, snapshots and checks are cut off at known moments, and no state is ever half a turn. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { storeFolder } from '../../src/config.ts';
import { objectiveWorkflowId, subtaskWorkflowId } from '../../src/contracts/addresses.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import type { StartOptions } from '../../src/client/prepare.ts';
import { Blobs, refOf } from '../../src/store/blobs.ts';
import { againstBills } from '../support/bills.ts';
import { bookedCreates, Books, breaches, loose } from '../support/books.ts';
import { newId } from '../support/calls.ts';
import { CHECKS, CODE_FILES, codeRepository, PATCHES } from '../support/code-repository.ts';
import { podsFolder } from '../support/folders.ts';
import { runsOf, withClient } from '../support/history.ts';
import { describePods } from '../support/pods.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';
import { filesOf, HELD, keptFiles, leaseCounts, letGo, letGoIfThere, Work } from '../support/work.ts';

interface Call {
  name: string;
  args: unknown;
}

const shell = (command: string): Call => ({ name: 'shell', args: { command, timeoutSeconds: 600 } });
const apply = (patch: string): Call => ({ name: 'apply_patch', args: { patch } });
const FINISH: Call = { name: 'finish', args: { summary: 'Done.' } };
const MENDED = { 'numbers.js': CODE_FILES['numbers.js'].replace('a - b', 'a + b') };
const AGAIN = 'The machine was lost while these tools ran.';

/** What differs from the files as they were given. */
const changesIn = (files: Record<string, string> | null): Record<string, string> | null =>
  files &&
  Object.fromEntries(Object.entries(files).filter(([path, text]) => CODE_FILES[path as 'numbers.js'] !== text));

describePods('a kill', () => {
  const pods = podsFolder();
  const product = productForSuite({ environment: { FLOTILLA_PODS: pods } });
  const work = new Work(pods);

  /**
   * One subtask whose turns are given; what its requests say is kept, and at each of them the workspace is one of `states`. `atFirst` is done
   * before the first of them is answered.
   */
  async function begin(
    name: string,
    turns: Call[][],
    states: object[],
    { atFirst = () => undefined, ...more }: { atFirst?: () => void } & Partial<StartOptions> = {},
  ) {
    const id = newId(name);
    const requests: string[] = [];
    const looks: (object | null)[] = [];
    const workspaceId = `${id}/add/1`;
    const look = async (): Promise<void> => void looks.push(changesIn(await keptFiles(product.home, workspaceId)));
    product.script = async ({ callKey, request }) => {
      if (!callKey.startsWith(`${workspaceId}/`)) return null;
      if (requests.push(JSON.stringify(request.input)) === 1) atFirst();
      await look();
      return { kind: 'answer', utterance: { calls: turns[Number(callKey.split('/')[3]) - 1] ?? [FINISH] } };
    };
    const subtask = { id: 'add', kind: 'code', title: 'Mend add', instructions: 'Mend add.', checks: ['add'] };
    const handle = await product.flotilla.start({
      ...{ id, objective: 'Mend the library.', isWithoutAnswer: true },
      ...{ workspace: codeRepository(), plan: { checks: CHECKS, subtasks: [subtask] }, ...more },
    });
    const expectStates = async (): Promise<void> => {
      await look();
      // Nobody holds it any more.
      expect(looks.at(-1)).toBeNull();
      for (const state of looks.filter((files) => files !== null)) expect(states).toContainEqual(state);
    };
    return { handle, id, workspaceId, requests, look, expectStates };
  }

  /** Kills the worker, and sees what ran in its pods end with it. */
  async function killMini(): Promise<void> {
    const before = await work.processes();
    expect(before).not.toEqual([]);
    product.kill('mini');
    await until(async () => {
      const now = (await work.processes()).map(({ pid }) => pid);
      return before.every(({ pid }) => !now.includes(pid));
    });
  }

  async function expectClean(handle: ObjectiveHandle): Promise<void> {
    await work.untilGone();
    await until(() => work.folders().length === 0);
    const created = product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${handle.id}/`));
    expect(breaches(created, bookedCreates(product.home, handle.id))).toEqual([]);
    const ledger = await handle.ledger();
    expect([verifyLedger(ledger), againstBills(created, ledger.creates)]).toEqual([[], []]);
    const books = new Books(storeFolder(product.home));
    expect(loose(books, handle.id)).toEqual([]);
    books.close();
  }

  async function expectMended(handle: ObjectiveHandle, more: Record<string, string> = {}): Promise<void> {
    const result = await handle.result();
    const progress = await handle.progress();
    // Why an attempt failed is what is to be seen first.
    expect(progress.subtasks.map(({ failure }) => failure)).toEqual([null]);
    expect(result).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect(progress.subtasks.map(({ attempt }) => attempt)).toEqual([1]);
    const files = await filesOf(product.home, progress.merged?.at(-1)?.ref ?? '');
    expect(files).toEqual({ ...CODE_FILES, ...MENDED, ...more });
    await expectClean(handle);
  }

  test('in the middle of a command sets the workspace back to before its turn, and the model is told', async () => {
    const log = shell('echo line >> log.txt');
    const states = [{}, MENDED, { ...MENDED, 'log.txt': 'line\n' }];
    const { handle, workspaceId, requests, expectStates } = await begin(
      'command',
      [[apply(PATCHES.add)], [log, shell(HELD)]],
      states,
    );
    const first = await work.next('work', 'held');
    expect(readFileSync(join(first, 'log.txt'), 'utf8')).toBe('line\n');
    expect(changesIn(await keptFiles(product.home, workspaceId))).toEqual(MENDED);
    await killMini();
    const second = await work.next('work', 'held');
    expect(existsSync(first)).toBe(false);
    letGo(second);
    await expectMended(handle, { 'log.txt': 'line\n' });
    await expectStates();
    expect(requests.filter((text) => text.includes(AGAIN))).toHaveLength(1);
    expect(requests.at(-1)).toContain(AGAIN);
    expect(leaseCounts(product.home, workspaceId)).toEqual({ token: 2, turns: 3 });
  });

  test('in the middle of patches leaves none of them', async () => {
    const added = Array.from({ length: 12 }, (_, n) => [`made/${n}.txt`, `${n}: ${'x'.repeat(20_000)}\n`] as const);
    const adding = added.map(([path, text]) =>
      apply(`*** Begin Patch\n*** Add File: ${path}\n+${text.trim()}\n*** End Patch`),
    );
    const made = Object.fromEntries(added);
    const { handle, expectStates } = await begin(
      'patches',
      [[apply(PATCHES.add), ...adding, shell(HELD)]],
      [{}, { ...MENDED, ...made }],
    );
    await work.next('work', 'made/0.txt');
    await killMini();
    letGo(await work.next('work', 'held'));
    await expectMended(handle, made);
    await expectStates();
  });

  test('while the snapshot is taken leaves the one before', async () => {
    const many = 1500;
    const made = Object.fromEntries(
      Array.from({ length: many }, (_, n) => [`made/${n}.txt`, `${n} of this test's own\n`]),
    );
    const making = shell(
      `mkdir made; for n in $(seq 0 ${many - 1}); do echo "$n of this test's own" > made/$n.txt; done`,
    );
    const { handle, expectStates } = await begin(
      'snapshot',
      [[apply(PATCHES.add), making]],
      [{}, { ...MENDED, ...made }],
    );
    const blobs = new Blobs(join(storeFolder(product.home), 'blobs'));
    await until(() => Object.values(made).some((text) => existsSync(blobs.pathOf(refOf(text)))));
    await killMini();
    await expectMended(handle, made);
    await expectStates();
  });

  const held = { ...CHECKS, add: { ...CHECKS.add, command: `${HELD}; ${CHECKS.add.command}` } };
  const heldPlan = {
    checks: held,
    subtasks: [{ id: 'add', kind: 'code', title: 'Mend add', instructions: 'Mend add.', checks: ['add'] }],
  };

  test('while the work is judged judges it again', async () => {
    const { handle, expectStates } = await begin('judged', [[apply(PATCHES.add)]], [{}, MENDED], { plan: heldPlan });
    await work.next('checks', 'held');
    await killMini();
    letGo(await work.next('checks', 'held'));
    await expectMended(handle);
    await expectStates();
  });

  test('while it is judged after merging judges it again', async () => {
    const id = newId('merging');
    const merged = async (): Promise<number> => (await handle.progress()).merged?.length ?? 0;
    product.script = async ({ callKey }) => {
      if (callKey === `${id}/add/1/2/turn`) await until(async () => (await merged()) === 1);
      return null;
    };
    const code = (name: 'add' | 'clamp') => ({
      ...{ id: name, kind: 'code', title: name, instructions: PATCHES[name], checks: [name] },
    });
    const handle = await product.flotilla.start({
      ...{ id, objective: 'Mend the library.', isWithoutAnswer: true, workspace: codeRepository() },
      plan: { checks: held, subtasks: [code('add'), code('clamp')] },
    });
    letGo(await work.next('checks', 'held'));
    await work.next('checks', 'held');
    await killMini();
    letGo(await work.next('checks', 'held'));
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 2 } });
    expect((await handle.progress()).merged?.map(({ subtaskId }) => subtaskId)).toEqual(['clamp', 'add']);
    await expectClean(handle);
  });

  test('between what was kept and its being told runs nothing again', async () => {
    const { handle, workspaceId, requests, expectStates } = await begin(
      'untold',
      [[apply(PATCHES.add), shell('echo line >> log.txt'), shell(HELD)]],
      [{}, { ...MENDED, 'log.txt': 'line\n' }],
    );
    const folder = await work.next('work', 'held');
    const server = product.endpoint.processes['temporal'] ?? 0;
    process.kill(-server, 'SIGSTOP');
    try {
      letGo(folder);
      await until(() => leaseCounts(product.home, workspaceId).turns === 1);
      product.kill('mini');
    } finally {
      // What was said to it meanwhile is lost with it.
      product.kill('temporal');
    }
    await expectMended(handle, { 'log.txt': 'line\n' });
    await expectStates();
    expect(requests.filter((text) => text.includes(AGAIN))).toEqual([]);
  });

  test('of nobody: a turn that fails on a worker that lives is run again from before it', async () => {
    const blobs = new Blobs(join(storeFolder(product.home), 'blobs'));
    const text = 'of this test\n';
    const folder = dirname(blobs.pathOf(refOf(text)));
    const aside = `${folder}.aside`;
    /** In the place of a folder of the store there is a file, once nothing else is to be put there. */
    const block = (): void => {
      mkdirSync(folder, { recursive: true });
      renameSync(folder, aside);
      writeFileSync(folder, 'in the way');
    };
    /** Whoever tries again makes the folder, too. */
    const unblock = (): void => {
      rmSync(folder);
      mkdirSync(folder, { recursive: true });
      for (const name of readdirSync(aside)) renameSync(join(aside, name), join(folder, name));
    };
    const made = { 'log.txt': 'line\n', 'made.txt': text };
    const { handle, workspaceId, expectStates } = await begin(
      'fails',
      [[apply(PATCHES.add), shell(`echo line >> log.txt; echo '${text.trim()}' > made.txt`)]],
      [{}, { ...MENDED, ...made }],
      { atFirst: block },
    );
    try {
      await until(() => leaseCounts(product.home, workspaceId).token > 0);
      await until(async () => (await attemptOf(workspaceId)) > 1);
    } finally {
      unblock();
    }
    await expectMended(handle, made);
    await expectStates();
  });

  /** Of the Activity that is under way. */
  const attemptOf = (workflowId: string): Promise<number> =>
    withClient(product, async ({ workflow }) => {
      const { raw } = await workflow.getHandle(workflowId).describe();
      return raw.pendingActivities?.[0]?.attempt ?? 0;
    });

  test('of an objective, by a person, ends its commands and books', async () => {
    const { handle } = await begin('cancelled', [[shell('echo > held; sleep 600')]], [{}]);
    await work.next('work', 'held');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    await expectClean(handle);
  });

  test('of an objective from outside, without a word, ends its commands', async () => {
    const { id, workspaceId } = await begin('terminated', [[shell('echo > held; sleep 600')]], [{}]);
    await work.next('work', 'held');
    await withClient(product, ({ workflow }) => workflow.getHandle(objectiveWorkflowId(id)).terminate());
    await work.untilGone();
    expect(leaseCounts(product.home, workspaceId)).toMatchObject({ turns: 0 });
    // Nobody was told to give it up; whoever works there next finds nothing of the dead.
    product.kill('mini');
    await until(() => work.folders().length === 0);
  });

  test('that never comes: a worker that slept through its lease keeps nothing, and harms nobody who followed', async () => {
    const { handle, workspaceId, expectStates } = await begin(
      'sleeper',
      [[apply(PATCHES.add)], [shell('echo line >> log.txt'), shell(HELD)], [shell('cat log.txt')]],
      [{}, MENDED, { ...MENDED, 'log.txt': 'line\n' }],
    );
    const first = await work.next('work', 'held');
    const sleeper = product.endpoint.processes['mini'] ?? 0;
    process.kill(sleeper, 'SIGSTOP');
    const other = spawn(process.execPath, [fileURLToPath(new URL('../../dist/workers/mini.js', import.meta.url))], {
      env: product.environment(),
      stdio: 'ignore',
    });
    try {
      await work.next('work', 'held');
      expect(existsSync(first)).toBe(false);
      process.kill(sleeper, 'SIGCONT');
      await until(async () => (await work.processes()).every(({ command }) => !command.includes(first)));
      expect(existsSync(first)).toBe(false);
      // Whoever has the lease by now: a machine that is busy may lose one more.
      let isOver = false;
      const over = handle.result().finally(() => (isOver = true));
      const told = new Set<string>();
      await until(() => {
        for (const folder of work.workspaces('work').filter((each) => existsSync(join(each, 'held')))) {
          if (!told.has(folder)) letGoIfThere(folder);
          told.add(folder);
        }
        return isOver;
      });
      await over;
      await expectMended(handle, { 'log.txt': 'line\n' });
      await expectStates();
      expect(leaseCounts(product.home, workspaceId).turns).toBe(4);
    } finally {
      process.kill(sleeper, 'SIGCONT');
      const ended = new Promise((resolve) => other.once('exit', resolve));
      other.kill('SIGTERM');
      await ended;
    }
  });

  test('goes on in a new run with the workspace where it was', async () => {
    const turns = Array.from({ length: 40 }, (_, n) => [shell(`echo ${n} | tee -a log.txt`)]);
    const written = Array.from({ length: 41 }, (_, n) =>
      Array.from({ length: n }, (__, line) => `${line}\n`).join(''),
    ).slice(1);
    const states = [{}, MENDED, ...written.map((text) => ({ ...MENDED, 'log.txt': text }))];
    const { handle, id, workspaceId, expectStates } = await begin('long', [[apply(PATCHES.add)], ...turns], states, {
      policy: { limits: { maxHistoryEvents: 200, maxTurns: 60, heartbeatTimeoutMs: 60_000 } },
    });
    await expectMended(handle, { 'log.txt': written.at(-1) ?? '' });
    await expectStates();
    expect(leaseCounts(product.home, workspaceId)).toEqual({ token: 1, turns: 42 });
    const runs = (await runsOf(product, id)).filter(({ workflowId }) => workflowId === subtaskWorkflowId(id, 'add', 1));
    expect(runs.length).toBeGreaterThan(1);
  });
});
