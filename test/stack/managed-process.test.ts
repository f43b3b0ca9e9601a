import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ManagedProcess, NotReady, type ProcessEvent, type ProcessSpec } from '../../src/embedded/managed-process.ts';
import { folderWith } from '../support/folders.ts';
import { livingIn } from '../support/processes.ts';
import { until } from '../support/until.ts';

const STAY = 'setInterval(() => undefined, 60_000);';
const READY = "process.send('ready');";

const running: ManagedProcess[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A process that runs `code`, and what is told of it. */
function managed(code: string, change: Partial<ProcessSpec> = {}) {
  const folder = folderWith({ 'child.mjs': `import { spawn } from 'node:child_process';\n${code}\n` });
  const events: ProcessEvent[] = [];
  const spec: ProcessSpec = {
    name: 'child',
    module: join(folder, 'child.mjs'),
    args: [],
    env: process.env,
    logFile: join(folder, 'logs', 'child.log'),
    graceMs: 20_000,
    ...change,
  };
  const child = new ManagedProcess(spec, (event) => events.push(event));
  running.push(child);
  return { child, events, log: () => readFileSync(spec.logFile, 'utf8') };
}

describe('a managed process', () => {
  test('is started once it says that it is ready, in a group of its own', async () => {
    const { child, events } = managed(READY + STAY);
    await child.start();
    expect(events).toEqual([{ kind: 'ready', name: 'child', pid: child.pid }]);
    expect(await livingIn([child.pid ?? 0])).toMatchObject([{ pid: child.pid }]);
  });

  test('that ends before it is ready is told with how it ended and where its log is', async () => {
    const { child, log } = managed("console.error('no disk'); process.exit(3);");
    const problem = await child.start().catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(NotReady);
    expect((problem as Error).message).toBe(
      `child ended before it was ready (exit code 3). Its log: ${child.spec.logFile}`,
    );
    expect(log()).toBe('no disk\n');
  });

  test('is not started where it never answers, and leaves nothing once it is stopped', async () => {
    const { child } = managed(STAY, { whenReady: () => Promise.reject(new Error('no answer')) });
    await expect(child.start()).rejects.toThrow('no answer');
    const group = child.pid ?? 0;
    await child.stop();
    expect(await livingIn([group])).toEqual([]);
  });

  test('that keeps ending is started again after twice as long each time', async () => {
    const { child, events } = managed('process.exit(1);', { whenReady: () => Promise.resolve() });
    await child.start();
    const endings = () => events.filter((event) => event.kind === 'ended');
    await until(() => endings().length === 4);
    expect(endings().map(({ how, restartsInMs }) => [how, restartsInMs])).toEqual([
      ['exit code 1', 200],
      ['exit code 1', 400],
      ['exit code 1', 800],
      ['exit code 1', 1600],
    ]);
    await child.stop();
  });

  test('may drain when it is stopped', async () => {
    const { child, events, log } = managed(
      `process.once('SIGTERM', () => setTimeout(() => { console.log('drained'); process.exit(0); }, 100)); ${READY} ${STAY}`,
    );
    await child.start();
    await child.stop();
    expect(log()).toBe('drained\n');
    expect(events.at(-1)).toEqual({ kind: 'stopped', name: 'child' });
  });

  test('that does not end within its grace is forced, with all that it started', async () => {
    const deaf = "process.on('SIGTERM', () => undefined);";
    const { child } = managed(
      `${deaf} spawn(process.execPath, ['-e', ${JSON.stringify(deaf + STAY)}]).once('spawn', () => ${READY.slice(0, -1)}); ${STAY}`,
      { graceMs: 300 },
    );
    await child.start();
    const group = child.pid ?? 0;
    expect(await livingIn([group])).toHaveLength(2);
    await child.stop();
    expect(await livingIn([group])).toEqual([]);
  });

  test('is stopped once nothing of it lives, also what takes its time to go', async () => {
    const large = `process.on('SIGTERM', () => undefined); globalThis.room = Buffer.alloc(400_000_000, 1); ${READY} ${STAY}`;
    const { child } = managed(
      `spawn(process.execPath, ['-e', ${JSON.stringify(large)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }).once('message', () => ${READY.slice(0, -1)}); ${STAY}`,
    );
    await child.start();
    const group = child.pid ?? 0;
    await child.stop();
    expect(await livingIn([group])).toEqual([]);
  });

  test('that ends by itself takes along what it started', async () => {
    const { child, events } = managed(
      `spawn(process.execPath, ['-e', ${JSON.stringify(STAY)}]).once('spawn', () => process.send('ready', () => process.exit(0)));`,
    );
    await child.start();
    const group = child.pid ?? 0;
    await until(() => events.some(({ kind }) => kind === 'ended'));
    await until(async () => (await livingIn([group])).length === 0);
  });

  test('appends to its log', async () => {
    const logs = folderWith({ 'child.log': 'old\n' });
    const { child, log } = managed(`console.log('new'); ${READY} ${STAY}`, { logFile: join(logs, 'child.log') });
    await child.start();
    await until(() => log() === 'old\nnew\n');
  });

  test('puts aside a log that has grown large', async () => {
    const logs = folderWith({ 'child.log': '' });
    truncateSync(join(logs, 'child.log'), 20_000_001);
    const { child, log } = managed(`console.log('new'); ${READY} ${STAY}`, { logFile: join(logs, 'child.log') });
    await child.start();
    await until(() => log() === 'new\n');
    expect(statSync(join(logs, 'child.log.1')).size).toBe(20_000_001);
  });
});
