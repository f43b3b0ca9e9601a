import { spawn } from 'node:child_process';
import { existsSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { OwnerLeases } from '../../src/store/owners.ts';
import { acquireProcessLock, isProcessLockHeld } from '../../src/store/process-lock.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/until.ts';

const HOLDER = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));

/** A process that holds the lock until it dies. */
async function holder(file: string) {
  const child = spawn(process.execPath, [HOLDER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe('a process lock', () => {
  test('is held by one, and free again when released', () => {
    const file = join(temporaryFolder(), 'lock');
    const lock = acquireProcessLock(file);
    expect(acquireProcessLock(file)).toBeNull();
    expect(isProcessLockHeld(file)).toBe(true);
    lock?.release();
    expect(isProcessLockHeld(file)).toBe(false);
  });

  test('dies with its process, but not with its process being stopped', async () => {
    const file = join(temporaryFolder(), 'lock');
    const child = await holder(file);
    child.kill('SIGSTOP');
    expect(isProcessLockHeld(file)).toBe(true);
    expect(acquireProcessLock(file)).toBeNull();
    child.kill('SIGKILL');
    await until(() => !isProcessLockHeld(file));
  });

  test('is asked about without a trace: who only looks may have no right to more', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'lock');
    const child = await holder(file);
    const looked = () => {
      utimesSync(folder, 0, 0);
      return [isProcessLockHeld(file), statSync(folder).mtimeMs];
    };
    expect(looked()).toEqual([true, 0]);
    child.kill('SIGKILL');
    await until(() => !isProcessLockHeld(file));
    expect(looked()).toEqual([false, 0]);
  });

  test('of a file that never was is held by nobody', () => {
    expect(isProcessLockHeld(join(temporaryFolder(), 'none'))).toBe(false);
  });

  test('may be asked about while its file comes to be', async () => {
    const folder = temporaryFolder();
    const files = Array.from({ length: 2000 }, (_, number) => join(folder, String(number)));
    const creator = new Worker(
      `const { writeFileSync } = require('node:fs'); for (const file of ${JSON.stringify(files)}) writeFileSync(file, '');`,
      { eval: true },
    );
    for (const file of files) while (!existsSync(file)) expect(isProcessLockHeld(file)).toBe(false);
    await creator.terminate();
  });
});

describe('an owner', () => {
  test('lives while its process does, and only once it has taken its lease', () => {
    const folder = temporaryFolder();
    const [mine, other] = [new OwnerLeases(folder), new OwnerLeases(folder)];
    expect(mine.isAlive(mine.ownerId)).toBe(true);
    expect(mine.isAlive(other.ownerId)).toBe(false);
    other.take();
    expect(mine.isAlive(other.ownerId)).toBe(true);
    other.release();
    expect(mine.isAlive(other.ownerId)).toBe(false);
  });
});
