import { chmodSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PodRefusal } from '../../src/pod/errors.ts';
import { describePods, MIB, outputOf, podWith, runIn, SANDBOXES, workspaceFolder } from '../support/pods.ts';
import { until } from '../support/until.ts';

describePods('commands', () => {
  describe.each(SANDBOXES)('with sandbox %s', (sandbox) => {
    test('give their exit code and both of their outputs', async () => {
      const pod = await podWith({}, { sandbox });
      const end = await runIn(pod, 'echo out; echo err >&2; exit 3');
      expect(end).toMatchObject({ exitCode: 3, signal: null, isTimedOut: false, isFlooding: false });
      expect(end.output.text.split('\n').toSorted()).toEqual(['', 'err', 'out']);
    });

    test('as an array are run as they are, without a shell', async () => {
      const pod = await podWith({}, { sandbox });
      expect(await outputOf(pod, ['echo', '$HOME; exit 1'])).toBe('$HOME; exit 1');
    });

    test('that can not be found are like those of a shell that can not be found', async () => {
      const pod = await podWith({}, { sandbox });
      expect(await runIn(pod, ['no-such-program'])).toMatchObject({ exitCode: 127 });
    });

    test('that kill themselves tell the signal', async () => {
      const pod = await podWith({}, { sandbox });
      expect(await runIn(pod, 'kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
    });

    test('run in a folder of the workspace, and in no other', async () => {
      const workspace = workspaceFolder();
      await mkdir(join(workspace, 'deep/er'), { recursive: true });
      const pod = await podWith({ workspace }, { sandbox });
      const end = await runIn(pod, 'echo here > file; pwd', { folder: 'deep/er' });
      expect(end.output.text).toMatch(/\/deep\/er\n$/);
      expect(await outputOf(pod, 'cat deep/er/file')).toBe('here');
      await expect(runIn(pod, 'true', { folder: '../..' })).rejects.toThrow(PodRefusal);
      await expect(runIn(pod, 'true', { folder: 'missing' })).rejects.toThrow('"missing" is not a folder');
    });

    test('are stopped at their time-out, with everything that they started', async () => {
      const pod = await podWith({}, { sandbox });
      const end = await runIn(pod, 'sleep 300.25 & setsid sleep 300.25 & sleep 300.25', { timeoutMs: 1000 });
      expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', isTimedOut: true });
      expect(await sleeping(pod, '300.25')).toBe('0');
    });

    test('leave nothing running, whatever group it went to', async () => {
      const pod = await podWith({}, { sandbox });
      // Whoever has left the group shows it by a file; only then does the command end.
      const leaving = (name: string): string => `setsid sh -c "touch ${name}; exec sleep 300.75" &`;
      await runIn(
        pod,
        `${leaving('one')} (${leaving('other')}) ; sleep 300.75 & until test -e one && test -e other; do sleep 0.02; done`,
      );
      expect(await sleeping(pod, '300.75')).toBe('0');
    });

    test('leave others running that are not over', async () => {
      const workspace = workspaceFolder();
      const pod = await podWith({ workspace }, { sandbox });
      const longer = runIn(pod, 'mkfifo go; read line <go; echo "$line"');
      await until(async () => (await runIn(pod, 'test -p go')).exitCode === 0);
      await runIn(pod, 'echo further >go');
      expect((await longer).output.text).toBe('further\n');
    });

    test('that write more than is kept lose the middle of it', async () => {
      const pod = await podWith({}, { sandbox });
      const { output } = await runIn(pod, 'echo first; head -c 1000000 /dev/zero | tr "\\0" x; echo last', {
        keepBytes: 1000,
      });
      expect(output).toMatchObject({ isCut: true, bytes: 1_000_011 });
      expect(output.text).toMatch(/^first\nx+\n… 999011 bytes left out …\nx+last\n$/);
    });

    test('that are floods are ended', async () => {
      const pod = await podWith({}, { sandbox });
      const end = await runIn(pod, 'yes');
      expect(end).toMatchObject({ isFlooding: true, signal: 'SIGKILL' });
      expect(end.output.text.length).toBeLessThan(70_000);
      expect(await outputOf(pod, 'echo still here')).toBe('still here');
    });

    test('see an environment made from nothing, and what is asked for', async () => {
      process.env['FLOTILLA_CANARY'] = 'secret-of-the-worker';
      try {
        const pod = await podWith({}, { sandbox, env: { ADDED: '1' } });
        const end = await runIn(pod, 'env', { env: { ASKED: '2' } });
        const names = end.output.text.split('\n').map((line) => line.split('=')[0] ?? '');
        expect(names.filter((name) => !['', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).toSorted()).toEqual(
          ['ADDED', 'ASKED', 'CI', 'FLOTILLA_POD', 'HOME', 'LANG', 'PATH', 'TMPDIR'].toSorted(),
        );
        expect(await outputOf(pod, 'touch "$HOME/x" "$TMPDIR/y" && echo ok')).toBe('ok');
      } finally {
        delete process.env['FLOTILLA_CANARY'];
      }
    });

    test('are the first to go when memory is short', async () => {
      const pod = await podWith({}, { sandbox });
      expect(await outputOf(pod, 'cat /proc/self/oom_score_adj')).toBe('500');
    });

    test.each([
      ['one file', { fileBytes: MIB }, 'exec head -c 2M /dev/zero > file', { signal: 'SIGXFSZ' }],
      ['data', { dataBytes: 64 * MIB }, 'exec perl -e \'$x = "x" x 2e8; print "had it"\'', { exitCode: 12 }],
      ['processor time', { cpuSeconds: 1 }, 'while :; do :; done', { signal: 'SIGKILL' }],
      [
        'open files',
        { openFiles: 16 },
        'exec 3<. && exec perl -e \'for (1..20) { open($f[$_], "<", ".") or opendir($f[$_], ".") or exit 7 }\'',
        { exitCode: 7 },
      ],
    ])('are bound in %s', async (_what, limits, command, outcome) => {
      const pod = await podWith({ limits }, { sandbox });
      expect(await runIn(pod, command)).toMatchObject(outcome);
      expect(await outputOf(pod, 'echo still here')).toBe('still here');
    });

    test('that are aborted end, and no other one does', async () => {
      const pod = await podWith({}, { sandbox });
      const abort = new AbortController();
      const other = runIn(pod, 'mkfifo go; read line <go; echo "$line"');
      const aborted = pod.request(
        'run',
        { command: 'touch started; exec sleep 300.5', folder: '.', timeoutMs: 600_000, keepBytes: 1000 },
        abort.signal,
      );
      await until(async () => (await runIn(pod, 'test -e started && test -p go')).exitCode === 0);
      abort.abort(new Error('no longer wanted'));
      await expect(aborted).rejects.toThrow('no longer wanted');
      expect(await sleeping(pod, '300.5')).toBe('0');
      await runIn(pod, 'echo further >go');
      expect((await other).output.text).toBe('further\n');
    });
  });

  test('find no secret of the worker in any process that they see', async () => {
    process.env['FLOTILLA_CANARY'] = 'secret-of-the-worker';
    try {
      const pod = await podWith();
      const seen = await outputOf(
        pod,
        'for p in /proc/[0-9]*; do echo "$p"; cat $p/environ $p/cmdline; done 2>/dev/null | tr "\\0" "\\n"',
      );
      expect(seen).toContain('/proc/1\n');
      expect(seen).not.toContain('secret-of-the-worker');
    } finally {
      delete process.env['FLOTILLA_CANARY'];
    }
  });

  test('can not reach into the supervisor', async () => {
    const pod = await podWith();
    const attempts = [
      'head -c 1 /proc/2/mem',
      'echo >/proc/2/mem',
      'ls /proc/2/fd',
      'echo x >/proc/2/fd/1',
      'cat /run/flotilla/bin/node',
    ];
    for (const attempt of attempts) expect([attempt, (await runIn(pod, attempt)).exitCode]).not.toEqual([attempt, 0]);
  });

  test('write nowhere but to workspace and temporary folders', async () => {
    const pod = await podWith();
    const places = [
      '/',
      '/etc',
      '/usr',
      '/run',
      '/run/flotilla',
      '/var',
      '/dev',
      '/proc',
      '/workspace',
      '/tmp',
      '/tmp/home',
      '/dev/shm',
    ];
    const written = await outputOf(
      pod,
      `for p in ${places.join(' ')}; do (: >$p/written) 2>/dev/null && echo $p; done; true`,
    );
    expect(written.split('\n')).toEqual(['/workspace', '/tmp', '/tmp/home', '/dev/shm']);
  });

  test('see layers read-only, but for their scratch', async () => {
    const folder = workspaceFolder();
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'installed'), 'a package');
    const pod = await podWith({ layers: [{ path: 'node_modules', folder, scratch: ['.cache'] }] });
    expect(await outputOf(pod, 'cat node_modules/installed')).toBe('a package');
    expect(await runIn(pod, ': >node_modules/installed')).not.toMatchObject({ exitCode: 0 });
    expect(await outputOf(pod, ': >node_modules/.cache/x && echo ok')).toBe('ok');
  });

  test('run on workers, threads and processes of Node as anywhere', async () => {
    const pod = await podWith();
    const script = `
      const { Worker } = require('node:worker_threads');
      const { execFileSync } = require('node:child_process');
      new Worker('require("node:worker_threads").parentPort.postMessage(42)', { eval: true })
        .on('message', (said) => console.log(said, execFileSync('echo', ['child']).toString().trim()));`;
    expect(await outputOf(pod, ['/run/flotilla/bin/node', '-e', script])).toBe('42 child');
  });
});

/** How many processes sleep for this long, as seen from within the pod. */
const sleeping = async (pod: Awaited<ReturnType<typeof podWith>>, seconds: string): Promise<string> =>
  outputOf(
    pod,
    `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -c '^${seconds.replace('.', '[.]')}$' || true`,
  );
