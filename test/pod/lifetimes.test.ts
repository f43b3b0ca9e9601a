import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PodLost } from '../../src/pod/errors.ts';
import { heldBy, startHolder, USERS } from '../support/holders.ts';
import { describePods, outputOf, podWith, runIn, SANDBOXES, workspaceFolder } from '../support/pods.ts';
import { livingProcesses } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** Everything that has one of these in its command line: the pods' own processes name their workspace, commands are told apart by what they sleep. */
const living = async (...parts: string[]) =>
  (await livingProcesses()).filter(({ command }) => parts.some((part) => command.includes(part)));

let sleeps = 0;
/** How long a command of this test alone sleeps. */
const seconds = (): string => `${process.pid}.${(sleeps += 1)}`;

/** Something in the command's group, something out of it, something that has no parent any more. */
const spread = (sleep: string): string =>
  `${sleep} & setsid ${sleep} & (setsid sh -c "${sleep} & ${sleep}" &); ${sleep}`;

describePods('a pod', () => {
  describe.each(SANDBOXES)('with sandbox %s', (sandbox) => {
    test('leaves no process when it is closed, and says so to whoever waits', async () => {
      const workspace = workspaceFolder();
      const sleep = `sleep ${seconds()}`;
      const pod = await podWith({ workspace }, { sandbox });
      const waiting = runIn(pod, spread(sleep), { timeoutMs: 600_000 }).catch((error: unknown) => error);
      await until(async () => (await living(sleep)).length >= 5);
      await pod.close();
      expect(await living(sleep, workspace)).toEqual([]);
      expect(await waiting).toBeInstanceOf(PodLost);
      expect(await pod.ended).toMatchObject({ reason: 'closed' });
      await expect(runIn(pod, 'true')).rejects.toThrow('The pod is gone (closed)');
      await pod.close();
    });

    test.each(USERS)('leaves no process when the worker of %s is killed', async (user) => {
      const sleep = `sleep ${seconds()}`;
      const holder = startHolder(user, { sandbox, commands: [{ command: spread(sleep), timeoutMs: 600_000 }] });
      expect((await holder.lines.next()).done).toBe(false);
      await until(async () => (await living(sleep)).length >= 5);
      holder.process.kill('SIGKILL');
      await until(async () => (await living(sleep, holder.podsFolder)).length === 0);
    });

    test('whose supervisor is killed is gone with all that ran in it', async () => {
      const workspace = workspaceFolder();
      const sleep = `sleep ${seconds()}`;
      const pod = await podWith({ workspace }, { sandbox });
      const supervisor = sandbox === 'pod' ? '2' : '$(ps -o ppid= $$)';
      await expect(runIn(pod, `(setsid ${sleep} &); kill -9 ${supervisor}; ${sleep}`)).rejects.toThrow(PodLost);
      expect(await living(sleep, workspace)).toEqual([]);
      expect(await pod.ended).toMatchObject({ reason: 'died' });
    });

    test('keeps its workspace', async () => {
      const workspace = workspaceFolder();
      const first = await podWith({ workspace }, { sandbox });
      await runIn(first, 'echo kept >file');
      await first.close();
      expect(await outputOf(await podWith({ workspace }, { sandbox }), 'cat file')).toBe('kept');
    });
  });

  test.each(USERS)('is gone with the worker of %s, though its supervisor hears nothing any more', async (user) => {
    const sleep = `sleep ${seconds()}`;
    const command = `kill -STOP 2; ${spread(sleep)}`;
    const holder = startHolder(user, { commands: [{ command, timeoutMs: 600_000 }] });
    expect((await holder.lines.next()).done).toBe(false);
    await until(async () => (await living(sleep)).length >= 5);
    holder.process.kill('SIGKILL');
    await until(async () => (await living(sleep, holder.podsFolder)).length === 0);
  });

  test.each(USERS)('hands nothing on that the worker of %s has open', async (user) => {
    const [held] = await heldBy(user, { commands: [{ command: 'ls -l /proc/1/fd /proc/$$/fd', timeoutMs: 600_000 }] });
    expect(held?.output).toContain('/proc/1/fd');
    expect(held?.output).not.toContain('left-open');
  });

  test('that can not be started says what bubblewrap said', async () => {
    const layers = [{ path: 'layer', folder: '/no/such/folder', scratch: [] }];
    await expect(podWith({ layers })).rejects.toThrow('/no/such/folder');
    await expect(podWith({}, { bwrap: '/no/such/bwrap' })).rejects.toThrow('/no/such/bwrap');
  });

  test('mounts nothing where the workspace has a link', async () => {
    const workspace = workspaceFolder();
    const folder = workspaceFolder();
    chmodSync(folder, 0o755);
    await runIn(await podWith({ workspace }), 'ln -s /etc node_modules');
    await expect(podWith({ workspace, layers: [{ path: 'node_modules', folder, scratch: [] }] })).rejects.toThrow(
      'node_modules should be a folder',
    );
  });
});

describe('a supervisor that was taken over', () => {
  /** In the place of bubblewrap: says that it is ready, hears one request, and answers with what `answer` prints. */
  const takenOver = (answer: string) => {
    const folder = workspaceFolder();
    chmodSync(folder, 0o755);
    const bwrap = join(folder, 'bwrap');
    writeFileSync(bwrap, `#!/bin/sh\necho '{"ready":true}'\nread line\n${answer}\nread line\n`, { mode: 0o755 });
    return podWith({}, { bwrap });
  };

  test.each([
    ['no JSON', `echo 'rm -rf /'`],
    ['an answer to another request', `echo '{"id":7,"value":null}'`],
    ['an answer of another shape', `echo '{"id":1,"value":{"exitCode":"0"}}'`],
    ['more than the answer has', `echo '{"id":1,"refused":"no","also":1}'`],
    ['a line without end', `exec tr '\\0' x </dev/zero`],
    ['nothing, and ends', 'exit 0'],
  ])('and says %s is ended', async (_what, answer) => {
    const pod = await takenOver(answer);
    await expect(runIn(pod, 'true')).rejects.toThrow(PodLost);
    expect(await pod.ended).toMatchObject({ reason: 'died' });
  });

  test.each([
    ['writeFile', { path: 'x', content: '' }, { isNew: true, bytes: -1 }],
    ['applyPatch', { patch: '' }, { changed: [{ path: '../x', change: 'added' }] }],
    [
      'scan',
      { seen: null },
      { scan: 1, isWhole: true, files: [], links: [{ path: '/etc/x', target: '' }], removed: [], leftOut: [] },
    ],
    ['scan', { seen: null }, { scan: 1, isWhole: true, files: [], links: [], removed: ['a//b'], leftOut: [] }],
  ] as const)('can not have %s answer %j with %j', async (name, args, value) => {
    const pod = await takenOver(`echo '${JSON.stringify({ id: 1, value })}'`);
    await expect(pod.request(name, args as never, new AbortController().signal)).rejects.toThrow(PodLost);
  });
});
