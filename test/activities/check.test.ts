import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../../activities/check/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/until.ts';

const PATH = process.env['PATH'] ?? '';

function run(command: string | string[], change: { timeoutMs?: number; signal?: AbortSignal; folder?: string } = {}) {
  const folder = change.folder ?? temporaryFolder();
  return runCommand({
    command,
    folder,
    home: folder,
    path: PATH,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    ...change,
  });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a command', () => {
  test('gives its exit code and both of its outputs', async () => {
    const end = await run('echo out; echo err >&2; exit 3');
    expect(end).toMatchObject({ exitCode: 3, signal: null, isTimedOut: false });
    expect(end.output.text.split('\n').toSorted()).toEqual(['', 'err', 'out']);
  });

  test('as an array is run as it is, without a shell', async () => {
    expect((await run(['echo', '$HOME; exit 1'])).output.text).toBe('$HOME; exit 1\n');
  });

  test('sees an environment made from nothing', async () => {
    process.env['FLOTILLA_CANARY'] = 'secret';
    const { output } = await run('env | cut -d= -f1 | sort');
    delete process.env['FLOTILLA_CANARY'];
    expect(
      output.text
        .trim()
        .split('\n')
        .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
    ).toEqual(['CI', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
  });

  test('is stopped at its time-out, with everything that it started', async () => {
    const folder = temporaryFolder();
    const end = await run('sleep 300 & echo $! > pid; sleep 300', { timeoutMs: 4000, folder });
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', isTimedOut: true });
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(pid).toBeGreaterThan(0);
    await until(() => !isAlive(pid));
  });

  test('leaves nothing running behind it', async () => {
    const folder = temporaryFolder();
    await run('sleep 300 >/dev/null 2>&1 & echo $! > pid', { folder });
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await until(() => !isAlive(pid));
  });

  test('whose output something holds open ends all the same', async () => {
    const end = await run('setsid sleep 8 & echo done');
    expect([end.exitCode, end.output.text]).toEqual([0, 'done\n']);
  });

  test('ends at once when the objective is cancelled', async () => {
    const controller = new AbortController();
    const running = run('sleep 300', { signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });

  test('that floods its output is kept by head and tail, in bounded memory', async () => {
    const { output } = await run('echo first; yes flood | head -c 30000000; echo last');
    expect(output).toMatchObject({ isCut: true, bytes: 30_000_011 });
    expect(output.text.length).toBeLessThan(34_000);
    expect([output.text.startsWith('first\n'), output.text.endsWith('last\n')]).toEqual([true, true]);
  });

  test('that can’t be started says so', async () => {
    await expect(run(['/no/such/program'])).rejects.toThrow(/ENOENT/);
  });
});
