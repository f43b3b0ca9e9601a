/** Commands that follow an objective. Where it does not end they would wait for a stack that is gone: they end with the suite at the latest. */
import type { ChildProcess } from 'node:child_process';
import { afterAll } from '@jest/globals';
import type { Product } from './product.ts';

interface Follower {
  /** What it has written so far. */
  said: () => string;
  ended: Promise<{ exitCode: number | null; stdout: string }>;
}

export function followersOf(product: Product): (...args: string[]) => Follower {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));
  return (...args) => {
    const child = product.spawn(args);
    children.push(child);
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { said: () => stdout, ended: closed.then((exitCode) => ({ exitCode, stdout })) };
  };
}
