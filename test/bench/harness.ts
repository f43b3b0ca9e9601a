/** A stack and a stand-in for one benchmark, both in processes of their own; and the medians that are quoted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Product } from '../support/product.ts';

export interface Bench {
  product: Product;
  /** Holds `lines.txt`, which the agents of the benchmarks read. */
  workspace: string;
  modelUrl: string;
}

const LINES = 6000;

/** Starts stand-in and stack, runs `work`, and leaves nothing behind. */
export async function withStack<T>(latencyMs: number, work: (bench: Bench) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const workspace = join(scratch, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'lines.txt'), Array.from({ length: LINES }, (_, line) => `line ${line}`).join('\n'));
  const { process: standIn, modelUrl } = await benchStandIn(latencyMs);
  const product = new Product(join(scratch, 'home'), { OPENAI_BASE_URL: modelUrl });
  try {
    await product.start();
    return await work({ product, workspace, modelUrl });
  } finally {
    await product.stop();
    standIn.kill();
    rmSync(scratch, { recursive: true, force: true });
  }
}

export async function benchStandIn(latencyMs: number): Promise<{ process: ChildProcess; modelUrl: string }> {
  const module = fileURLToPath(new URL('./stand-in.ts', import.meta.url));
  const child = spawn(process.execPath, [module, String(latencyMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const modelUrl = await new Promise<string>((resolve) =>
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim())),
  );
  return { process: child, modelUrl };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export interface Measurement {
  name: string;
  value: string;
  goal: string;
  isMet: boolean;
  /** What the number means, and what it was made of. */
  note: string;
}
