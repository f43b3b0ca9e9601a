import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { isProcessLockHeld } from '../../src/store/process-lock.ts';
import { temporaryFolder } from '../support/folders.ts';

const HOLDER = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));

test('a process lock is not collected with the last reference to it', async () => {
  const file = join(temporaryFolder(), 'lock');
  const child = spawn(process.execPath, ['--expose-gc', HOLDER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect([said.toString(), isProcessLockHeld(file)]).toEqual(['held\n', true]);
  } finally {
    child.kill('SIGKILL');
  }
});
