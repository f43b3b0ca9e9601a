/** Commands that follow an objective. Where it does not end they would wait for a stack that is gone: they end with the suite at the latest. */
import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll } from '@jest/globals';
import type { Product } from './product.ts';

interface FollowerEnd {
  exitCode: number | null;
  stdout: string;
}

export function followersOf(product: Product): (...args: string[]) => Promise<FollowerEnd> {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));
  return async (...args) => {
    const child = product.spawn(args);
    children.push(child);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const stdout = child.stdout ? await text(child.stdout) : '';
    return { exitCode: await ended, stdout };
  };
}
